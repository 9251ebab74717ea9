-- Drops what says which chapters and mentors somebody is in charge of.
drop function if exists public.readable_mentors(uuid[]);
drop function if exists public.readable_chapters(uuid[]);

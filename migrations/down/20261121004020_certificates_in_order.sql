-- The order is worked out by reading all of a mentor's certificates.
drop index if exists public.certifications_user_id_expires_on_id_idx;

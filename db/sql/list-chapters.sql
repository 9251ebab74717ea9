-- Chapters by name, a page of them.
-- in   ids uuid[] (null: all); name text (a part of it, in any case; null: any); after_id uuid (of these ids, of any name; null: from the
--      beginning); most bigint
-- out  a row per chapter: id uuid, name text, organization text; either name may be null
select c.id, c.name, o.name as organization
from chapters c
left join organizations o on o.id = c.organization_id
where (:'ids'::uuid[] is null or c.id = any (:'ids'::uuid[]))
  and (:'name'::text is null or position(lower(:'name'::text) in lower(c.name)) > 0)
  and (:'after_id'::uuid is null
    or (coalesce(c.name, ''), c.id) > (
      select coalesce(a.name, ''), a.id
      from chapters a
      -- Where one of somebody else's stands in the order would say that it exists, and its name.
      where a.id = :'after_id'::uuid and (:'ids'::uuid[] is null or a.id = any (:'ids'::uuid[]))
    ))
order by coalesce(c.name, ''), c.id
limit :'most'::bigint

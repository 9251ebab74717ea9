-- Which claims settle-claims.sql settles. Whose they are as well: the index finds them by both.
-- in   claim_ids, user_ids uuid[]
and c.user_id = any (:'user_ids'::uuid[]) and c.id = any (:'claim_ids'::uuid[])

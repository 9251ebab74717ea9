-- The next certificates of a mentor to run out, in order: of one who holds thousands the 50 that come first count, and the
-- others must not be read to know that.
select scenario_push.need_index('certifications_user_id_expires_on_id_idx', 'certifications',
  array['user_id', 'expires_on', 'id']);

-- Who was told in a chapter, the latest first, a page of them. Policies decide whether there is anything to read.
-- in     chapter_id uuid; after_id uuid (the line that the page before ended with; null: from the latest), most bigint
-- out    a row per line of chapter_log
-- needs  follow_up_notification_log (chapter_id, delivered_at desc, log_id desc)
select l.log_id, l.peer_mentor_id, l.scenario_type, l.delivered_at, l.delivery_channel, l.status, l.reason
from chapter_log l
where l.chapter_id = :'chapter_id'::uuid
  and (:'after_id'::uuid is null or (l.delivered_at, l.log_id) < (
    select a.delivered_at, a.log_id from follow_up_notification_log a where a.log_id = :'after_id'::uuid))
order by l.delivered_at desc, l.log_id desc
limit :'most'::bigint

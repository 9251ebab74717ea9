-- After prunable-batches.sql.
-- in   before timestamptz
-- out  one row: batches, claims, attempts, skips, budgets int
select
  (select count(*) from prunable)::int as batches,
  (select count(*) from prunable join scenario_claims c using (batch_key))::int as claims,
  (select count(*) from prunable join scenario_claims c using (batch_key) join delivery_attempts a on a.claim_id = c.id)::int as attempts,
  (select count(*) from logged_skips where logged_at < :'before'::timestamptz)::int as skips,
  (select count(*) from sweep_budgets where created_at < :'before'::timestamptz)::int as budgets

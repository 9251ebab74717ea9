-- What the service writes, written down a second time as it changes, in its own transactions: the tables of the service
-- hold the last state only, and a duplicate is explained by what was known when it left. The triggers run as their owner:
-- the worker's role has no right to this schema.
create schema chaos;

create table chaos.journal (
  seq bigint generated always as identity primary key,
  -- When it was committed: pg_xact_commit_timestamp(xid).
  xid xid not null default pg_current_xact_id()::xid,
  what text not null,
  claim_id uuid,
  idempotency_key text,
  device_id uuid,
  attempt int,
  -- Of the claim, or outcome of the attempt.
  state text
);

create function chaos.note_claim() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'INSERT' or old.state is distinct from new.state then
    insert into chaos.journal (what, claim_id, idempotency_key, state) values ('claim', new.id, new.idempotency_key, new.state);
  end if;
  return null;
end
$$;
create trigger note_claim after insert or update on scenario_claims for each row execute function chaos.note_claim();

create function chaos.note_attempt() returns trigger language plpgsql security definer as $$
begin
  if tg_op = 'INSERT' or old.outcome is distinct from new.outcome or old.error_code is distinct from new.error_code then
    insert into chaos.journal (what, claim_id, device_id, attempt, state)
    values (case tg_op when 'INSERT' then 'begun' else 'outcome' end, new.claim_id, new.device_id, new.attempt, new.outcome);
  end if;
  return null;
end
$$;
create trigger note_attempt after insert or update on delivery_attempts for each row execute function chaos.note_attempt();

-- Every token that a device ever had; a deleted device stays known.
create table chaos.tokens (token text primary key, device_id uuid not null, user_id uuid not null);
create function chaos.note_token() returns trigger language plpgsql security definer as $$
begin
  insert into chaos.tokens values (new.token, new.id, new.user_id) on conflict do nothing;
  return null;
end
$$;
create trigger note_token after insert or update of token on device_tokens for each row execute function chaos.note_token();

-- device_tokens.token_kind: what the token is to the push service, an FCM registration token, as all were before, or a
-- Firebase installation id. Apps move from the first to the second, and a message names one of the two.
--
-- Where a column of this name is there already, only 'installation_id' says something; all else is a registration token.
select scenario_push.need_column('device_tokens', 'token_kind', 'text',
  $$not null default 'registration_token' check (token_kind in ('registration_token', 'installation_id'))$$,
  labels => array['registration_token', 'installation_id']);
grant select (token_kind) on public.device_tokens to scenario_push_worker;

-- What belongs to one installation of an app: register_device_token looks for it whoever it belongs to. By hash, since a
-- token may be longer than a B-tree takes.
do $$
begin
  if scenario_push.is_created('device_tokens') then
    create index if not exists device_tokens_installation_idx on public.device_tokens using hash (split_part(token, ':', 1));
  end if;
end
$$;

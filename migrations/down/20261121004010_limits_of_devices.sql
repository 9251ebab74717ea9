-- Any number of devices, of tokens of any length. What gave way stays invalidated.
do $$
begin
  if to_regclass('public.device_tokens') is not null then
    drop trigger if exists token_length on public.device_tokens;
    drop trigger if exists newest_devices_on_insert on public.device_tokens;
    drop trigger if exists newest_devices_on_update on public.device_tokens;
    drop index if exists public.device_tokens_in_use_idx;
  end if;
end
$$;
drop function if exists scenario_push.refuse_token();
drop function if exists scenario_push.let_oldest_devices_give_way();

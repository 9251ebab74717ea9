-- Drops the function by which the statements of this version find the devices to try.
drop function if exists scenario_push.devices_to_try(uuid, uuid);

-- Drops the function by which apps register a device.
drop function if exists public.register_device_token(text, text);

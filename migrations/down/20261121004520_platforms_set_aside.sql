-- Drops the function by which the statements of this version find the platforms that are set aside.
drop function if exists scenario_push.platforms_set_aside(text);

-- Drops the functions that export and erase what is stored about a person.
drop function if exists scenario_push.erase_person(uuid);
drop function if exists scenario_push.export_person(uuid);
drop function if exists scenario_push.tables_about_people();

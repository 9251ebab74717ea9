-- Drops what operators wrote when they decided what became of held notifications.
alter table if exists public.scenario_claims drop column if exists decision_note;

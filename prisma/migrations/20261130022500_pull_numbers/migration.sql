-- Pulls are numbered from one sequence, each before it asks the provider for anything. A request that draws a number from the
-- same sequence knows by it which pulls began later, whatever the clocks of the processes say.
create sequence slotwire_pull;

alter table calendar_state
  -- The pull that began last, the last one that proved the calendar, and the last possible change that was noticed.
  add column started_pull bigint,
  add column proven_pull bigint,
  add column dirty_pull bigint;

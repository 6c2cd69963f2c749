-- Figures: whether a sum is a number, withheld, unknown or has parts missing. The same tables and columns as ../postgres.
--
-- The views over these tables are in ../005_views.sql. A cell is what a reporting unit says of a contest with a voting method.

-- Read from the rules by whoever makes or opens the count with them (teller init, teller serve); until then as far as the totals tell.
alter table contests add column write_ins integer not null default 0;
-- Reporting units at or below the contest's that have none below them.
alter table contests add column leaf_units bigint not null default 0;
alter table contests add column option_count bigint not null default 0;
alter table contest_totals add column known bigint not null default 0;

-- figures: known and withheld ones; cards: of its column cards. Moved in the transaction of the totals.
create table cells (
  contest integer not null, unit integer not null, method integer not null,
  figures bigint not null, cards bigint not null,
  options_known bigint not null, options_withheld bigint not null,
  write_ins_known bigint not null, write_ins_withheld bigint not null,
  primary key (contest, unit, method)
);

-- The cells of a contest that were heard from, counted; moved with them. votes_…: of all options and the write-ins together.
create table contest_heard (
  contest integer primary key,
  reports bigint not null, sheets bigint not null, ballots bigint not null,
  units bigint not null, units_above bigint not null, -- Of which have units below them.
  votes_numbers bigint not null, votes_withheld bigint not null, votes_unknown bigint not null
);

-- The one table that says how a sum is known, from what there is of it.
create table figure_states (
  heard integer not null, numbers integer not null, withheld integer not null, unknown integer not null,
  how text not null, shown integer not null,
  primary key (heard, numbers, withheld, unknown)
);
insert into figure_states values
  (0, 0, 0, 0, 'not reported', 0),
  (1, 1, 0, 0, 'number', 1),
  (1, 1, 1, 0, 'partial', 1),
  (1, 1, 0, 1, 'partial', 1),
  (1, 1, 1, 1, 'partial', 1),
  (1, 0, 1, 0, 'withheld', 0),
  (1, 0, 1, 1, 'withheld', 0),
  (1, 0, 0, 1, 'unknown', 0);

-- What a count of an older program holds already.
update contest_totals set known =
  (select coalesce(sum(t.known), 0) from totals t where t.contest = contest_totals.contest and t.slot = contest_totals.slot);
insert into cells
select contest, unit, method, sum(known + withheld), coalesce(sum(value) filter (where slot = 65280), 0),
       coalesce(sum(known) filter (where slot < 65280), 0), coalesce(sum(withheld) filter (where slot < 65280), 0),
       coalesce(sum(known) filter (where slot = 65285), 0), coalesce(sum(withheld) filter (where slot = 65285), 0)
from totals where contest <> 65535 group by contest, unit, method;
update contests set
  option_count = (select count(*) from options o where o.contest = contests.contest),
  write_ins = exists (select 1 from contest_totals t where t.contest = contests.contest and t.slot = 65285),
  leaf_units = (with recursive inside (unit) as (
      select contests.unit union all select u.unit from inside i join units u on u.parent = i.unit)
    select count(*) from inside i where not exists (select 1 from units u where u.parent = i.unit));

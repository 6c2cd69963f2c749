-- Figures: whether a sum is a number, withheld, unknown or has parts missing. The same tables and columns as ../sqlite.
--
-- The rules are those of src/publish/figures.h and docs/design/figures.md, and a test holds these views to them. A cell is what a
-- reporting unit says of a contest with a voting method; it is heard from as soon as a figure is known or withheld there, or a card
-- was counted. In every view: `how` is one of 'number', 'partial' (parts are missing), 'withheld', 'unknown', 'not reported'; the
-- value beside it is null unless it is a number or partial; withheld_in and unknown_in say in how many of of_reports cells.

-- Read from the rules by whoever makes or opens the count with them (teller init, teller serve); until then as far as the totals tell.
alter table contests add column write_ins boolean not null default false;
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
  heard boolean not null, numbers boolean not null, withheld boolean not null, unknown boolean not null,
  how text not null, shown boolean not null,
  primary key (heard, numbers, withheld, unknown)
);
insert into figure_states values
  (false, false, false, false, 'not reported', false),
  (true, true, false, false, 'number', true),
  (true, true, true, false, 'partial', true),
  (true, true, false, true, 'partial', true),
  (true, true, true, true, 'partial', true),
  (true, false, true, false, 'withheld', false),
  (true, false, true, true, 'withheld', false),
  (true, false, false, true, 'unknown', false);

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

-- ------------------------------------------------------------------------------------------------ what the pub_* views are made of

-- Sheets need not give write-ins where the contest allows none.
create view heard as
select c.contest, c.unit, c.method, x.from_sheets,
       case when not x.from_sheets or c.options_known + c.write_ins_known > 0 then 1 else 0 end as votes_number,
       case when x.from_sheets and c.options_withheld + c.write_ins_withheld > 0 then 1 else 0 end as votes_withheld,
       case when x.from_sheets and c.options_withheld + c.write_ins_withheld = 0
             and (c.options_known < k.option_count or (k.write_ins and c.write_ins_known = 0)) then 1 else 0 end as votes_unknown
from cells c
join contests k on k.contest = c.contest
join contest_methods x on x.contest = c.contest and x.method = c.method
where c.figures > 0 or c.cards > 0;

-- What contest_heard has to hold.
create view contest_heard_anew as
select k.contest, count(h.unit) as reports, count(case when h.from_sheets then 1 end) as sheets,
       count(case when not h.from_sheets then 1 end) as ballots, count(distinct h.unit) as units,
       count(distinct case when exists (select 1 from units child where child.parent = h.unit) then h.unit end) as units_above,
       coalesce(sum(h.votes_number), 0) as votes_numbers, coalesce(sum(h.votes_withheld), 0) as votes_withheld,
       coalesce(sum(h.votes_unknown), 0) as votes_unknown
from contests k left join heard h on h.contest = k.contest group by k.contest;
insert into contest_heard select * from contest_heard_anew;

-- An option, or a counter of the contest but registered voters.
create view slots as
select contest, slot from options
union all
select c.contest, n.slot from contests c cross join counters n where n.slot < 65287;

create view column_sums as
select s.contest, s.slot, coalesce(t.value, 0) as total, h.reports, h.ballots + coalesce(t.known, 0) as numbers_in,
       coalesce(t.withheld, 0) as withheld_in, h.sheets - coalesce(t.known, 0) - coalesce(t.withheld, 0) as unknown_in
from slots s join contest_heard h on h.contest = s.contest
left join contest_totals t on t.contest = s.contest and t.slot = s.slot;

-- All options and the write-ins.
create view vote_sums as
select h.contest,
       (select cast(coalesce(sum(t.value), 0) as bigint) from contest_totals t
         where t.contest = h.contest and (t.slot < 65280 or t.slot = 65285)) as total,
       h.reports, h.votes_numbers as numbers_in, h.votes_withheld as withheld_in, h.votes_unknown as unknown_in
from contest_heard h;

-- An option's list of parties, by their numbers: an id may hold any character. Options with the same list are one line; '' of
-- those without a party.
create view party_lines as
select o.contest, o.slot, coalesce((select string_agg(x.party::text, '+' order by x.place) from option_parties x
         where x.contest = o.contest and x.slot = o.slot), '') as line
from options o;

create view line_cells as
select l.contest, l.line, t.unit, t.method, sum(t.known) as known, sum(t.withheld) as withheld
from party_lines l join totals t on t.contest = l.contest and t.slot = l.slot
where t.known > 0 or t.withheld > 0 group by l.contest, l.line, t.unit, t.method;

-- Of a line of one option its column. Of several the cells are looked at only where something is missing.
create view line_sums as
select g.contest, g.line, g.slot, g.options, g.total, g.reports,
       case when g.simple = 1 then g.numbers_in else g.ballots +
         (select count(*) from line_cells c where c.contest = g.contest and c.line = g.line and c.known > 0) end as numbers_in,
       case when g.simple = 1 then g.withheld_in else
         (select count(*) from line_cells c where c.contest = g.contest and c.line = g.line and c.withheld > 0) end as withheld_in,
       case when g.simple = 1 then g.unknown_in else g.sheets -
         (select count(*) from line_cells c where c.contest = g.contest and c.line = g.line
            and (c.withheld > 0 or c.known = g.options)) end as unknown_in
from (select l.contest, l.line, min(l.slot) as slot, count(*) as options, cast(sum(c.total) as bigint) as total,
             max(c.reports) as reports, max(c.numbers_in) as numbers_in, max(c.withheld_in) as withheld_in,
             max(c.unknown_in) as unknown_in, max(h.sheets) as sheets, max(h.ballots) as ballots,
             case when count(*) = 1 or max(c.withheld_in + c.unknown_in) = 0 then 1 else 0 end as simple
      from party_lines l join column_sums c on c.contest = l.contest and c.slot = l.slot
      join contest_heard h on h.contest = l.contest group by l.contest, l.line) g;

create view column_figures as
select s.contest, s.slot, case when f.shown then s.total end as value, f.how, s.withheld_in, s.unknown_in, s.reports
from column_sums s join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers_in > 0)
 and f.withheld = (s.withheld_in > 0) and f.unknown = (s.unknown_in > 0);

create view vote_figures as
select s.contest, case when f.shown then s.total end as value, f.how, s.withheld_in, s.unknown_in, s.reports
from vote_sums s join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers_in > 0)
 and f.withheld = (s.withheld_in > 0) and f.unknown = (s.unknown_in > 0);

-- What shares are shares of. A share of what is known is shown only where every option of the contest has a value.
create view share_bases as
select k.contest, b.value as base, b.how as base_how,
       k.share_base = 'votes' and not exists (select 1 from column_figures c
         where c.contest = k.contest and c.slot < 65280 and c.value is null) as of_known
from contests k join (
  select v.contest, 'votes' as share_base, v.value, v.how from vote_figures v
  union all
  select c.contest, 'cards', c.value, c.how from column_figures c where c.slot = 65280
) b on b.contest = k.contest and b.share_base = k.share_base;

-- Options (by slot), the write-ins together, and lists of parties (by line) as what is shown of them.
create view line_figures as
select s.contest, s.kind, s.slot, s.line, s.options, case when f.shown then s.total end as value, f.how,
       s.withheld_in, s.unknown_in, s.reports,
       case when not f.shown or coalesce(b.base, 0) = 0 then null
            when f.how = 'number' and b.base_how = 'number' then 'all'
            when b.of_known then 'known' end as share_of,
       case when f.shown and b.base > 0 then cast(s.total as double precision) / b.base end as part
from (select contest, 'option' as kind, slot, '' as line, 1 as options, total, reports, numbers_in, withheld_in, unknown_in
      from column_sums where slot < 65280
      union all
      select contest, 'write_ins', slot, '', 1, total, reports, numbers_in, withheld_in, unknown_in
      from column_sums where slot = 65285
      union all
      select contest, 'party', slot, line, options, total, reports, numbers_in, withheld_in, unknown_in from line_sums) s
join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers_in > 0)
 and f.withheld = (s.withheld_in > 0) and f.unknown = (s.unknown_in > 0)
join share_bases b on b.contest = s.contest;

-- ------------------------------------------------------------------------------------------------------- what people may read

drop view pub_contests;
create view pub_contests as
select c.contest, c.id as contest_id, c.name as contest_name, c.kind, c.seats, c.votes_allowed, c.share_base, c.decides,
       c.unit,
       (select case when min(case when x.from_sheets then 1 else 0 end) = 1 then 'sheets'
                    when max(case when x.from_sheets then 1 else 0 end) = 1 then 'both' else 'ballots' end
         from contest_methods x where x.contest = c.contest) as counted_from,
       v.value as votes, v.how as votes_how, v.withheld_in as votes_withheld_in, v.unknown_in as votes_unknown_in,
       v.reports as of_reports, n.cards, n.cards_how, n.cards_withheld_in, n.cards_unknown_in,
       n.undervotes, n.overvotes, n.blank, n.invalid, c.write_ins as write_ins_allowed,
       w.write_ins, w.write_ins_how, w.write_ins_withheld_in, w.write_ins_unknown_in, w.write_ins_share, w.write_ins_share_of,
       h.units as reporting,
       case when h.units > c.leaf_units + h.units_above then h.units else c.leaf_units + h.units_above end as units,
       (select max(t.changed_at_commit) from contest_totals t where t.contest = c.contest) as changed_at_commit
from contests c
join vote_figures v on v.contest = c.contest
join contest_heard h on h.contest = c.contest
join (select f.contest, max(case when f.slot = 65280 then f.value end) as cards,
             max(case when f.slot = 65280 then f.how end) as cards_how,
             max(case when f.slot = 65280 then f.withheld_in end) as cards_withheld_in,
             max(case when f.slot = 65280 then f.unknown_in end) as cards_unknown_in,
             max(case when f.slot = 65281 then f.value end) as undervotes,
             max(case when f.slot = 65282 then f.value end) as overvotes,
             max(case when f.slot = 65283 then f.value end) as blank,
             max(case when f.slot = 65284 then f.value end) as invalid
      from column_figures f where f.slot >= 65280 group by f.contest) n on n.contest = c.contest
join (select f.contest, max(f.value) as write_ins, max(f.how) as write_ins_how, max(f.withheld_in) as write_ins_withheld_in,
             max(f.unknown_in) as write_ins_unknown_in, max(case when f.share_of is not null then f.part end) as write_ins_share,
             max(f.share_of) as write_ins_share_of
      from line_figures f where f.kind = 'write_ins' group by f.contest) w on w.contest = c.contest;

-- The counters of each contest, of which something is known, and its cards.
create view pub_counters as
select c.id as contest_id, c.name as contest_name, n.id as counter, f.value, f.how, f.withheld_in, f.unknown_in,
       f.reports as of_reports, f.contest, f.slot
from column_figures f join contests c on c.contest = f.contest join counters n on n.slot = f.slot
where n.slot = 65280 or f.how not in ('unknown', 'not reported');

drop view pub_options;
create view pub_options as
select o.contest, c.id as contest_id, c.name as contest_name, o.slot, o.id as option_id, o.name as option_name,
       o.short_name, o.kind, coalesce(o.colour, p.colour) as colour, o.photo, p.party_ids, p.party_names,
       f.value as votes, f.how, f.withheld_in, f.unknown_in, f.reports as of_reports,
       case when f.share_of is not null then f.part end as share, f.share_of,
       coalesce(t.changed_at_commit, 0) as changed_at_commit
from options o
join contests c on c.contest = o.contest
join line_figures f on f.contest = o.contest and f.slot = o.slot and f.kind = 'option'
left join contest_totals t on t.contest = o.contest and t.slot = o.slot
left join (select x.contest, x.slot, string_agg(q.id, ', ' order by x.place) as party_ids,
                  string_agg(q.name, ', ' order by x.place) as party_names, min(q.colour) as colour
           from option_parties x join parties q on q.party = x.party group by x.contest, x.slot) p
       on p.contest = o.contest and p.slot = o.slot;

-- A line for each list of parties that options of the contest have, and one for those that have none. `place` is the first of its
-- options, in the order of the rules.
drop view pub_parties;
create view pub_parties as
select f.contest, c.id as contest_id, coalesce((select string_agg(q.id, '+' order by x.place) from option_parties x join parties q on q.party = x.party
         where x.contest = f.contest and x.slot = f.slot), '') as party_id,
       case when f.line = '' then 'No party' else (select string_agg(q.name, ' + ' order by x.place) from option_parties x join parties q on q.party = x.party
         where x.contest = f.contest and x.slot = f.slot) end as party_name,
       (select min(q.colour) from option_parties x join parties q on q.party = x.party
         where x.contest = f.contest and x.slot = f.slot) as colour,
       f.value as votes, f.how, f.withheld_in, f.unknown_in, f.reports as of_reports,
       case when f.share_of is not null then f.part end as share, f.share_of, f.options, f.slot as place
from line_figures f
join contests c on c.contest = f.contest
where f.kind = 'party';

-- What each unit says of each contest that it has reported, all voting methods together.
create view pub_unit_figures as
select s.contest, c.id as contest_id, s.unit, u.id as unit_id, u.name as unit_name, s.slot, coalesce(o.id, n.id) as option_id,
       coalesce(o.name, n.id) as option_name, o.id is not null as is_option,
       case when f.shown then s.total end as value, f.how, s.withheld_in, s.unknown_in, s.reports as of_reports
from (select h.contest, h.unit, k.slot, h.reports,
             coalesce((select cast(sum(t.value) as bigint) from totals t
               where t.contest = h.contest and t.slot = k.slot and t.unit = h.unit), 0) as total,
             h.ballots + coalesce((select sum(t.known) from totals t
               where t.contest = h.contest and t.slot = k.slot and t.unit = h.unit), 0) as numbers_in,
             coalesce((select sum(t.withheld) from totals t
               where t.contest = h.contest and t.slot = k.slot and t.unit = h.unit), 0) as withheld_in,
             h.sheets - coalesce((select sum(t.known + t.withheld) from totals t
               where t.contest = h.contest and t.slot = k.slot and t.unit = h.unit), 0) as unknown_in
      from (select contest, unit, count(*) as reports, count(case when from_sheets then 1 end) as sheets,
                   count(case when not from_sheets then 1 end) as ballots from heard group by contest, unit) h
      join slots k on k.contest = h.contest) s
join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers_in > 0)
 and f.withheld = (s.withheld_in > 0) and f.unknown = (s.unknown_in > 0)
join contests c on c.contest = s.contest
join units u on u.unit = s.unit
left join options o on o.contest = s.contest and o.slot = s.slot
left join counters n on n.slot = s.slot;

-- The same by area: the unit right below the whole that a unit belongs to, or the whole itself. `reporting`: units heard from.
create view pub_area_figures as
select h.contest, c.id as contest_id, h.area as unit, u.id as area_id, u.name as area_name, k.slot, coalesce(o.id, n.id) as option_id,
       coalesce(o.name, n.id) as option_name, o.id is not null as is_option,
       case when f.shown then coalesce(t.total, 0) end as value, f.how, coalesce(t.withheld, 0) as withheld_in,
       h.sheets - coalesce(t.known, 0) - coalesce(t.withheld, 0) as unknown_in, h.reports as of_reports, h.units as reporting
from (select d.contest, coalesce(a.top, a.unit) as area, count(*) as reports, count(distinct d.unit) as units,
             count(case when d.from_sheets then 1 end) as sheets, count(case when not d.from_sheets then 1 end) as ballots
      from heard d join units a on a.unit = d.unit group by d.contest, coalesce(a.top, a.unit)) h
join slots k on k.contest = h.contest
left join (select w.contest, w.slot, coalesce(a.top, a.unit) as area, cast(sum(w.value) as bigint) as total,
                  cast(sum(w.known) as bigint) as known, cast(sum(w.withheld) as bigint) as withheld
           from totals w join units a on a.unit = w.unit group by w.contest, w.slot, coalesce(a.top, a.unit)) t
       on t.contest = h.contest and t.slot = k.slot and t.area = h.area
join figure_states f on f.heard = (h.reports > 0) and f.numbers = (h.ballots + coalesce(t.known, 0) > 0)
 and f.withheld = (coalesce(t.withheld, 0) > 0) and f.unknown = (h.sheets - coalesce(t.known, 0) - coalesce(t.withheld, 0) > 0)
join contests c on c.contest = h.contest
join units u on u.unit = h.area
left join options o on o.contest = h.contest and o.slot = k.slot
left join counters n on n.slot = k.slot;

-- Cards are those of ballots; where a unit has sent sheets instead, how many it has is not known here.
drop view pub_units;
create view pub_units as
select u.unit, u.id as unit_id, u.name as unit_name, u.kind, u.depth, pu.id as parent_id, pu.name as parent_name,
       tu.id as top_id, tu.name as top_name, u.registered, case when k.sheets = 0 then k.cards end as cards,
       case when k.unit is null then 'not reported' when k.sheets = 0 then 'number' else 'unknown' end as cards_how,
       coalesce(k.sheets, 0) as sheets, coalesce(k.changed_at_commit, 0) as changed_at_commit,
       not exists (select 1 from units child where child.parent = u.unit) as is_leaf
from units u
left join units pu on pu.unit = u.parent
left join units tu on tu.unit = u.top
left join unit_cards k on k.unit = u.unit;

-- Of units whose registered voters are known; cards of all that lies below them. Sheets do not say how many cards a unit has, so
-- that where one of the units below has sent any, neither cards nor turnout are known.
drop view pub_turnout;
create view pub_turnout as
with recursive below (unit, part) as (
  select unit, unit from units where registered is not null
  union all
  select b.unit, u.unit from below b join units u on u.parent = b.part
), counted as (
  select b.unit, case when coalesce(sum(k.sheets), 0) = 0 then cast(coalesce(sum(k.cards), 0) as bigint) end as cards
  from below b left join unit_cards k on k.unit = b.part group by b.unit
)
select u.unit, u.id as unit_id, u.name as unit_name, u.registered, k.cards,
       case when u.registered > 0 then cast(k.cards as double precision) / u.registered end as turnout
from units u join counted k on k.unit = u.unit;

grant select on cells, contest_heard, figure_states to teller_writer, teller_publisher;
grant insert, update, delete on cells, contest_heard to teller_writer;
grant select on heard to teller_writer;
grant select on pub_contests, pub_counters, pub_options, pub_parties, pub_unit_figures, pub_area_figures, pub_units, pub_turnout
  to teller_reader;
grant select on pub_contests, pub_counters, pub_options, pub_parties, pub_unit_figures, pub_area_figures, pub_units, pub_turnout
  to teller_writer, teller_publisher;

-- Views over figures: what people may read of sums, and what that is made of. One text for both databases; a line that begins with
-- the name of one of them is that one's alone (src/store/schema_text.h).
--
-- The rules are those of src/publish/figures.h and docs/design/figures.md, and a test holds these views to them. A cell is what a
-- reporting unit says of a contest with a voting method; it is heard from as soon as a figure is known or withheld there, or a card
-- was counted. In every view: `how` is one of 'number', 'partial' (parts are missing), 'withheld', 'unknown', 'not reported'; the
-- value beside it is null unless it is a number or partial; withheld_in and unknown_in say in how many of of_reports cells.

-- Of a store of an older program: its own views of these names.
drop view if exists pub_turnout;
drop view if exists pub_units;
drop view if exists pub_area_figures;
drop view if exists pub_unit_figures;
drop view if exists pub_parties;
drop view if exists pub_options;
drop view if exists pub_counters;
drop view if exists pub_contests;
drop view if exists pub_timeline;
drop view if exists line_figures;
drop view if exists share_bases;
drop view if exists vote_figures;
drop view if exists column_figures;
drop view if exists line_sums;
drop view if exists line_cells;
drop view if exists party_lines;
drop view if exists vote_sums;
drop view if exists column_sums;
drop view if exists slots;
drop view if exists contest_heard_anew;
drop view if exists heard;

-- How the figure was known at that commit. Null: an older program wrote the row, and did not keep it.
alter table timeline add column how text;
update timeline set how = 'number' where not exists (select 1 from contest_methods x where x.contest = timeline.contest and x.from_sheets);

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
delete from contest_heard;
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

-- An option's parties, in its order. `line` has their numbers: an id may hold any character.
--postgres: create view party_lists as
--postgres: select x.contest, x.slot, string_agg(x.party::text, '+' order by x.place) as line, min(q.colour) as colour,
--postgres:        string_agg(q.id, '+' order by x.place) as line_id, string_agg(q.name, ' + ' order by x.place) as line_name,
--postgres:        string_agg(q.id, ', ' order by x.place) as ids, string_agg(q.name, ', ' order by x.place) as names
--postgres: from option_parties x join parties q on q.party = x.party group by x.contest, x.slot;
--sqlite: create view party_lists as
--sqlite: select x.contest, x.slot, group_concat(x.party, '+') as line, min(q.colour) as colour,
--sqlite:        group_concat(q.id, '+') as line_id, group_concat(q.name, ' + ') as line_name,
--sqlite:        group_concat(q.id, ', ') as ids, group_concat(q.name, ', ') as names
--sqlite: from (select * from option_parties order by contest, slot, place) x
--sqlite: join parties q on q.party = x.party group by x.contest, x.slot;

-- Options with the same list are one line; '' of those without a party.
create view party_lines as
select o.contest, o.slot, coalesce(p.line, '') as line
from options o left join party_lists p on p.contest = o.contest and p.slot = o.slot;

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

-- Every sum of a contest as what is shown of it: kind 'column' (an option, a counter, and as 65535 all votes: the options and the
-- write-ins), kind 'line' (a list of parties, `slot` the first of its options).
create view contest_figures as
select s.contest, s.kind, s.slot, s.line, s.options, case when f.shown then s.total end as value, f.how,
       s.withheld_in, s.unknown_in, s.reports
from (select contest, 'column' as kind, slot, '' as line, 1 as options, total, reports, numbers_in, withheld_in, unknown_in
      from column_sums
      union all
      select h.contest, 'column', 65535, '', 0,
             (select cast(coalesce(sum(t.value), 0) as bigint) from contest_totals t
               where t.contest = h.contest and (t.slot < 65280 or t.slot = 65285)),
             h.reports, h.votes_numbers, h.votes_withheld, h.votes_unknown from contest_heard h
      union all
      select contest, 'line', slot, line, options, total, reports, numbers_in, withheld_in, unknown_in from line_sums) s
join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers_in > 0)
 and f.withheld = (s.withheld_in > 0) and f.unknown = (s.unknown_in > 0);

-- What shares are shares of. A share of what is known is shown only where every option of the contest has a value.
create view share_bases as
select k.contest, max(case when b.slot = k.base_slot then b.value end) as base, max(case when b.slot = k.base_slot then b.how end) as base_how,
       min(case when k.share_base = 'cards' or (b.slot < 65280 and b.value is null) then 0 else 1 end) as of_known
from (select contest, share_base, case share_base when 'cards' then 65280 else 65535 end as base_slot from contests) k
join contest_figures b on b.contest = k.contest and b.kind = 'column' group by k.contest;

create view shared_figures as
select s.contest, s.kind, s.slot, s.line, s.options, s.value, s.how, s.withheld_in, s.unknown_in, s.reports,
       case when s.value is null or coalesce(b.base, 0) = 0 then null
            when s.how = 'number' and b.base_how = 'number' then 'all'
            when b.of_known = 1 then 'known' end as share_of,
       case when b.base > 0 then cast(s.value as double precision) / b.base end as part
from contest_figures s join share_bases b on b.contest = s.contest;

-- The areas in which a contest can be heard from, or was: those right below the whole, or the whole itself.
create view contest_areas as
select k.contest, a.unit as area from contests k join units w on w.unit = k.unit and w.depth = 0 join units a on a.parent = w.unit
union
select k.contest, coalesce(w.top, w.unit) from contests k join units w on w.unit = k.unit
where w.depth > 0 or not exists (select 1 from units child where child.parent = w.unit)
union
select d.contest, coalesce(a.top, a.unit) from heard d join units a on a.unit = d.unit;

-- Every sum of a contest in a unit that was heard from, and in each area, all voting methods together. `reporting`: units.
create view place_figures as
select s.kind, s.contest, c.id as contest_id, s.unit, u.id as unit_id, u.name as unit_name, s.slot, coalesce(o.id, n.id) as option_id,
       coalesce(o.name, n.id) as option_name, o.id is not null as is_option,
       case when f.shown then s.total end as value, f.how, s.withheld_in, s.unknown_in, s.reports as of_reports, s.reporting
from (select 'unit' as kind, h.contest, h.unit, k.slot, h.reports, 1 as reporting,
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
      join slots k on k.contest = h.contest
      union all
      select 'area', h.contest, h.area, t.slot, h.reports, h.units, t.total, h.ballots + t.known, t.withheld,
             h.sheets - t.known - t.withheld
      from (select p.contest, p.area, count(p.unit) as reports, count(distinct p.unit) as units, count(case when p.from_sheets then 1 end) as sheets,
                   count(case when not p.from_sheets then 1 end) as ballots
            from (select contest, area, null as unit, null as from_sheets from contest_areas
                  union all
                  select d.contest, coalesce(a.top, a.unit), d.unit, d.from_sheets from heard d join units a on a.unit = d.unit) p
            group by p.contest, p.area) h
      join (select contest, area, slot, cast(sum(value) as bigint) as total, cast(sum(known) as bigint) as known,
                   cast(sum(withheld) as bigint) as withheld
            from (select a.contest, a.area, k.slot, 0 as value, 0 as known, 0 as withheld
                  from contest_areas a join slots k on k.contest = a.contest
                  union all
                  select w.contest, coalesce(a.top, a.unit), w.slot, w.value, w.known, w.withheld
                  from totals w join units a on a.unit = w.unit where w.slot < 65287) c
            group by contest, area, slot) t on t.contest = h.contest and t.area = h.area) s
join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers_in > 0)
 and f.withheld = (s.withheld_in > 0) and f.unknown = (s.unknown_in > 0)
join contests c on c.contest = s.contest
join units u on u.unit = s.unit
left join options o on o.contest = s.contest and o.slot = s.slot
left join counters n on n.slot = s.slot;

-- Of each result sheet, whether it can be held against its cards, and whether it keeps the law: what src/verify/vote_law.h says.
create view sheet_sums as
select t.contest, t.unit, t.method, max(case when t.slot = 65280 and t.known > 0 then t.value end) as cards,
       cast(coalesce(sum(case when t.known > 0 and (t.slot < 65280 or t.slot in (65281, 65282, 65285, 65286)) then t.value end), 0) as bigint) as votes,
       cast(coalesce(sum(case when t.known > 0 and t.slot in (65283, 65284) then t.value end), 0) as bigint) as left_out,
       coalesce(max(case when t.known > 0 and t.slot < 65280 then t.value end), 0) as most,
       count(case when t.known > 0 and t.slot < 65280 then 1 end) as options,
       count(case when t.known > 0 and t.slot in (65281, 65282, 65283, 65284) then 1 end) as counters,
       count(case when t.known > 0 and t.slot = 65285 then 1 end) as write_ins,
       count(case when t.known > 0 and t.slot <> 65280 and t.slot < 65287 then 1 end) as to_hold
from totals t join contest_methods x on x.contest = t.contest and x.method = t.method and x.from_sheets
where t.known > 0 or t.withheld > 0 group by t.contest, t.unit, t.method;

-- checked: 'full' (all its figures are known and must balance), 'part' (what it gives may not be more than its cards carry), 'not'
-- (it gives no cards, or nothing to hold against them). cards: without those that are blank or invalid as a whole.
create view sheet_checks as
select g.contest, g.unit, g.method, g.votes, g.cards, g.allowed, g.most, g.checked,
       case when g.checked = 'not' then 0 when g.checked = 'full' and g.votes <> g.allowed * g.cards then 1
            when g.votes > g.allowed * g.cards or g.most > g.cards then 1 else 0 end as wrong
from (select s.contest, s.unit, s.method, s.votes, s.cards - s.left_out as cards, s.most,
             case k.kind when 'ranked' then 1 else k.votes_allowed end as allowed,
             case when s.cards is null or s.to_hold = 0 then 'not'
                  when k.kind <> 'ranked' and s.options = k.option_count and s.counters = 4 and (s.write_ins = 1 or not k.write_ins) then 'full'
                  else 'part' end as checked
      from sheet_sums s join contests k on k.contest = s.contest) g;

-- ------------------------------------------------------------------------------------------------------- what people may read

-- cell_word: what of_reports counts, for people: units, or reports where one unit reports once for each of several methods.
create view pub_contests as
select c.contest, c.id as contest_id, c.name as contest_name, c.kind, c.seats, c.votes_allowed, c.share_base, c.decides,
       c.unit,
       (select case when min(case when x.from_sheets then 1 else 0 end) = 1 then 'sheets'
                    when max(case when x.from_sheets then 1 else 0 end) = 1 then 'both' else 'ballots' end
         from contest_methods x where x.contest = c.contest) as counted_from,
       case when (select count(*) from methods) > 1 then 'report' else 'unit' end as cell_word,
       f.votes, f.votes_how, f.votes_withheld_in, f.votes_unknown_in, h.reports as of_reports,
       f.cards, f.cards_how, f.cards_withheld_in, f.cards_unknown_in,
       f.undervotes, f.undervotes_how, f.undervotes_withheld_in, f.undervotes_unknown_in,
       f.overvotes, f.overvotes_how, f.overvotes_withheld_in, f.overvotes_unknown_in,
       f.blank, f.blank_how, f.blank_withheld_in, f.blank_unknown_in,
       f.invalid, f.invalid_how, f.invalid_withheld_in, f.invalid_unknown_in,
       c.write_ins as write_ins_allowed,
       f.write_ins, f.write_ins_how, f.write_ins_withheld_in, f.write_ins_unknown_in, f.write_ins_share, f.write_ins_share_of,
       h.units as reporting,
       case when h.units > c.leaf_units + h.units_above then h.units else c.leaf_units + h.units_above end as units,
       (select max(t.changed_at_commit) from contest_totals t where t.contest = c.contest) as changed_at_commit
from contests c
join contest_heard h on h.contest = c.contest
join (select s.contest,
             max(case when s.slot = 65535 then s.value end) as votes, max(case when s.slot = 65535 then s.how end) as votes_how,
             max(case when s.slot = 65535 then s.withheld_in end) as votes_withheld_in,
             max(case when s.slot = 65535 then s.unknown_in end) as votes_unknown_in,
             max(case when s.slot = 65280 then s.value end) as cards, max(case when s.slot = 65280 then s.how end) as cards_how,
             max(case when s.slot = 65280 then s.withheld_in end) as cards_withheld_in,
             max(case when s.slot = 65280 then s.unknown_in end) as cards_unknown_in,
             max(case when s.slot = 65281 then s.value end) as undervotes, max(case when s.slot = 65281 then s.how end) as undervotes_how,
             max(case when s.slot = 65281 then s.withheld_in end) as undervotes_withheld_in,
             max(case when s.slot = 65281 then s.unknown_in end) as undervotes_unknown_in,
             max(case when s.slot = 65282 then s.value end) as overvotes, max(case when s.slot = 65282 then s.how end) as overvotes_how,
             max(case when s.slot = 65282 then s.withheld_in end) as overvotes_withheld_in,
             max(case when s.slot = 65282 then s.unknown_in end) as overvotes_unknown_in,
             max(case when s.slot = 65283 then s.value end) as blank, max(case when s.slot = 65283 then s.how end) as blank_how,
             max(case when s.slot = 65283 then s.withheld_in end) as blank_withheld_in,
             max(case when s.slot = 65283 then s.unknown_in end) as blank_unknown_in,
             max(case when s.slot = 65284 then s.value end) as invalid, max(case when s.slot = 65284 then s.how end) as invalid_how,
             max(case when s.slot = 65284 then s.withheld_in end) as invalid_withheld_in,
             max(case when s.slot = 65284 then s.unknown_in end) as invalid_unknown_in,
             max(case when s.slot = 65285 then s.value end) as write_ins, max(case when s.slot = 65285 then s.how end) as write_ins_how,
             max(case when s.slot = 65285 then s.withheld_in end) as write_ins_withheld_in,
             max(case when s.slot = 65285 then s.unknown_in end) as write_ins_unknown_in,
             max(case when s.slot = 65285 and s.share_of is not null then s.part end) as write_ins_share,
             max(case when s.slot = 65285 then s.share_of end) as write_ins_share_of
      from shared_figures s where s.kind = 'column' and s.slot >= 65280 group by s.contest) f on f.contest = c.contest;

-- The counters of each contest, of which something is known, and its cards.
create view pub_counters as
select c.id as contest_id, c.name as contest_name, n.id as counter, f.value, f.how, f.withheld_in, f.unknown_in,
       f.reports as of_reports, f.contest, f.slot
from contest_figures f join contests c on c.contest = f.contest join counters n on n.slot = f.slot
where f.kind = 'column' and (f.slot = 65280 or f.how not in ('unknown', 'not reported'));

create view pub_options as
select o.contest, c.id as contest_id, c.name as contest_name, o.slot, o.id as option_id, o.name as option_name,
       o.short_name, o.kind, coalesce(o.colour, p.colour) as colour, o.photo, p.ids as party_ids, p.names as party_names,
       f.value as votes, f.how, f.withheld_in, f.unknown_in, f.reports as of_reports,
       case when f.share_of is not null then f.part end as share, f.share_of,
       coalesce(t.changed_at_commit, 0) as changed_at_commit
from options o
join contests c on c.contest = o.contest
join shared_figures f on f.contest = o.contest and f.slot = o.slot and f.kind = 'column'
left join contest_totals t on t.contest = o.contest and t.slot = o.slot
left join party_lists p on p.contest = o.contest and p.slot = o.slot;

-- A line for each list of parties that options of the contest have, and one for those that have none. `place` is the first of its
-- options, in the order of the rules.
create view pub_parties as
select f.contest, c.id as contest_id, coalesce(p.line_id, '') as party_id, coalesce(p.line_name, 'No party') as party_name, p.colour,
       f.value as votes, f.how, f.withheld_in, f.unknown_in, f.reports as of_reports,
       case when f.share_of is not null then f.part end as share, f.share_of, f.options, f.slot as place
from shared_figures f
join contests c on c.contest = f.contest
left join party_lists p on p.contest = f.contest and p.slot = f.slot
where f.kind = 'line';

-- What each unit says of each contest that it has reported, all voting methods together.
create view pub_unit_figures as
select contest, contest_id, unit, unit_id, unit_name, slot, option_id, option_name, is_option, value, how, withheld_in, unknown_in, of_reports
from place_figures where kind = 'unit';

-- The same by area: the unit right below the whole that a unit belongs to, or the whole itself; also of those not heard from yet.
-- `reporting`: units heard from.
create view pub_area_figures as
select contest, contest_id, unit, unit_id as area_id, unit_name as area_name, slot, option_id, option_name, is_option, value, how,
       withheld_in, unknown_in, of_reports, reporting
from place_figures where kind = 'area';

-- The votes of options over time. `how` is null in what an older program wrote.
create view pub_timeline as
select l.commit_number, l.at, c.id as contest_id, o.id as option_id, o.name as option_name, o.short_name,
       case when l.how is null or l.how in ('number', 'partial') then l.value end as votes, l.how
from timeline l join contests c on c.contest = l.contest join options o on o.contest = l.contest and o.slot = l.slot
union all
select h.commit_number, h.committed_at, c.id, o.id, o.name, o.short_name, f.value, f.how
from head h, contest_figures f join contests c on c.contest = f.contest
join options o on o.contest = f.contest and o.slot = f.slot
where f.kind = 'column' and f.how <> 'not reported' and h.commit_number > coalesce((select max(commit_number) from timeline), 0);

-- Each result sheet: whether it could be held against its cards, and whether it breaks the law (`wrong`: 1). `votes` with undervotes
-- and overvotes, on `cards` that are not blank or invalid as a whole; `most`: votes of one option.
create view pub_sheet_checks as
select s.contest, c.id as contest_id, c.name as contest_name, s.unit, u.id as unit_id, u.name as unit_name, m.id as method_id,
       m.name as method_name, s.checked, s.wrong, s.votes, s.cards, s.allowed as votes_allowed, s.most
from sheet_checks s
join contests c on c.contest = s.contest
join units u on u.unit = s.unit
join methods m on m.method = s.method;

-- Cards are those of ballots; where a unit has sent sheets instead, how many it has is not known here.
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

--postgres: grant select on heard, contest_figures to teller_writer;
--postgres: grant select on pub_contests, pub_counters, pub_options, pub_parties, pub_unit_figures, pub_area_figures, pub_timeline,
--postgres:   pub_sheet_checks, pub_units, pub_turnout to teller_reader, teller_writer, teller_publisher;

-- Figures by place and way of voting, turnout by place, and how many were counted by when: what the dashboards show beside 005_views.sql. One text
-- for both databases (src/store/schema_text.h). No table changes; the rules are those of docs/design/figures.md.

-- Every option, list of parties and counter of a contest, and all its votes: in each area and everywhere, with each method and with
-- all of them. kind: 'option', 'party', 'counter' or 'votes'. place_id and place_name are null of everywhere, method_id and method_name
-- of all methods; `place` and `slot` give the order of the rules. Everything is read once and then added up in four ways: a nation
-- has tens of thousands of cells, and a page asks every few seconds.
create view pub_place_figures as
with listed (contest, slot, line, first, options) as (
  select l.contest, l.slot, l.line, f.first, f.options from party_lines l
  join (select contest, line, min(slot) as first, count(*) as options from party_lines group by contest, line) f
    on f.contest = l.contest and f.line = l.line
), several as ( -- Of lines of several options each cell is looked at, as line_sums does.
  select l.contest, o.first, coalesce(a.top, a.unit) as area, l.method, count(case when l.known > 0 then 1 end) as known,
         count(case when l.withheld > 0 then 1 end) as withheld, count(case when l.withheld > 0 or l.known = o.options then 1 end) as said
  from (select distinct contest, line, first, options from listed where options > 1) o
  join line_cells l on l.contest = o.contest and l.line = o.line join units a on a.unit = l.unit
  group by l.contest, o.first, coalesce(a.top, a.unit), l.method
), read (contest, slot, area, method, total, known, withheld) as (
  select w.contest, w.slot, coalesce(a.top, a.unit), w.method, cast(sum(w.value) as bigint), cast(sum(w.known) as bigint), cast(sum(w.withheld) as bigint)
  from totals w join units a on a.unit = w.unit where w.slot < 65287 and w.contest < 65535
  group by w.contest, w.slot, coalesce(a.top, a.unit), w.method
), heard_there as (
  select d.contest, coalesce(a.top, a.unit) as area, d.method, count(*) as reports, count(case when d.from_sheets then 1 end) as sheets,
         count(case when not d.from_sheets then 1 end) as ballots, sum(d.votes_number) as numbers, sum(d.votes_withheld) as withheld,
         sum(d.votes_unknown) as missing
  from heard d join units a on a.unit = d.unit group by d.contest, coalesce(a.top, a.unit), d.method
), at as ( -- Of each contest, every area in which it can be heard from, with each of its methods.
  select p.contest, p.area, p.method, coalesce(h.reports, 0) as reports, coalesce(h.sheets, 0) as sheets, coalesce(h.ballots, 0) as ballots,
         coalesce(h.numbers, 0) as numbers, coalesce(h.withheld, 0) as withheld, coalesce(h.missing, 0) as missing
  from (select a.contest, a.area, x.method from contest_areas a join contest_methods x on x.contest = a.contest) p
  left join heard_there h on h.contest = p.contest and h.area = p.area and h.method = p.method
), parts as (
  select 'column' as kind, k.contest, k.slot, t.area, t.method, t.reports, coalesce(r.total, 0) as total,
         t.ballots + coalesce(r.known, 0) as numbers, coalesce(r.withheld, 0) as withheld,
         t.sheets - coalesce(r.known, 0) - coalesce(r.withheld, 0) as missing
  from at t join slots k on k.contest = t.contest
  left join read r on r.contest = t.contest and r.slot = k.slot and r.area = t.area and r.method = t.method
  union all
  select 'line', t.contest, k.first, t.area, t.method, t.reports, coalesce(r.total, 0), t.ballots + coalesce(s.known, r.known, 0),
         coalesce(s.withheld, r.withheld, 0), t.sheets - coalesce(s.said, r.known + r.withheld, 0)
  from at t join (select distinct contest, first from listed) k on k.contest = t.contest
  left join (select l.contest, l.first, r.area, r.method, sum(r.total) as total, max(r.known) as known, max(r.withheld) as withheld
             from listed l join read r on r.contest = l.contest and r.slot = l.slot group by l.contest, l.first, r.area, r.method) r
    on r.contest = t.contest and r.first = k.first and r.area = t.area and r.method = t.method
  left join several s on s.contest = t.contest and s.first = k.first and s.area = t.area and s.method = t.method
  union all
  select 'votes', t.contest, 65535, t.area, t.method, t.reports, coalesce(r.total, 0), t.numbers, t.withheld, t.missing
  from at t left join (select contest, area, method, sum(total) as total from read where slot < 65280 or slot = 65285
                       group by contest, area, method) r
    on r.contest = t.contest and r.area = t.area and r.method = t.method
), sums as ( -- -1: everywhere, all methods.
  select p.kind, p.contest, p.slot, case r.by_area when 1 then p.area else -1 end as area,
         case r.by_method when 1 then p.method else -1 end as method, sum(p.reports) as reports, sum(p.total) as total,
         sum(p.numbers) as numbers, sum(p.withheld) as withheld, sum(p.missing) as missing
  from parts p cross join (select 0 as by_area, 0 as by_method union all select 0, 1 union all select 1, 0 union all select 1, 1) r
  group by p.kind, p.contest, p.slot, case r.by_area when 1 then p.area else -1 end, case r.by_method when 1 then p.method else -1 end
), states as (
  select s.kind, s.contest, s.slot, s.area, s.method, case when f.shown then cast(s.total as bigint) end as value, f.how,
         cast(s.withheld as bigint) as withheld_in, cast(s.missing as bigint) as unknown_in, cast(s.reports as bigint) as of_reports
  from sums s
  join figure_states f on f.heard = (s.reports > 0) and f.numbers = (s.numbers > 0) and f.withheld = (s.withheld > 0)
   and f.unknown = (s.missing > 0)
), based as (
  select s.*, max(case when s.kind <> 'line' and s.slot = k.base_slot then s.value end) over there as base,
         max(case when s.kind <> 'line' and s.slot = k.base_slot then s.how end) over there as base_how,
         min(case when k.share_base = 'cards' or (s.kind = 'column' and s.slot < 65280 and s.value is null) then 0 else 1 end) over there as of_known
  from states s
  join (select contest, share_base, case share_base when 'cards' then 65280 else 65535 end as base_slot from contests) k on k.contest = s.contest
  window there as (partition by s.contest, s.area, s.method)
), shared as (
  select b.*, case when b.slot >= 65280 or b.value is null or coalesce(b.base, 0) = 0 then null
                   when b.how = 'number' and b.base_how = 'number' then 'all' when b.of_known = 1 then 'known' end as share_of
  from based b
)
select s.contest, c.id as contest_id, s.area as place, a.id as place_id, a.name as place_name, s.method, m.id as method_id,
       m.name as method_name, case s.kind when 'line' then 'party' when 'votes' then 'votes' else
         case when s.slot < 65280 then 'option' else 'counter' end end as kind, s.slot,
       case s.kind when 'line' then coalesce(p.line_id, '') when 'votes' then 'votes' else coalesce(o.id, n.id) end as line_id,
       case s.kind when 'line' then coalesce(p.line_name, 'No party') when 'votes' then 'votes' else coalesce(o.name, n.id) end as line_name,
       case s.kind when 'column' then o.short_name end as short_name, s.value, s.how, s.withheld_in, s.unknown_in, s.of_reports,
       case when s.share_of is not null then cast(s.value as double precision) / s.base end as share, s.share_of
from shared s
join contests c on c.contest = s.contest
left join units a on a.unit = s.area
left join methods m on m.method = s.method
left join options o on o.contest = s.contest and o.slot = s.slot
left join counters n on n.slot = s.slot
left join party_lists p on p.contest = s.contest and p.slot = s.slot;

-- Registered voters, cards and turnout of each contest in each area and everywhere (place_id null). `registered` is what the count
-- lists for the place (registered_of 'listed': its own number, or that of every unit in it), else what result sheets said of units that
-- were heard from ('sheets'), of a unit the largest. There is a turnout only of two numbers; of 'sheets' it is that of the units heard from, and only where each of them said it.
-- `reporting`: units heard from.
create view pub_turnout_places as
with leaves as (
  select coalesce(u.top, u.unit) as area, u.registered from units u where not exists (select 1 from units child where child.parent = u.unit)
), leaf_sums (area, registered) as (
  select area, case when count(*) = count(registered) then cast(sum(registered) as bigint) end from leaves group by area
  union all
  select -1, case when count(*) = count(registered) then cast(sum(registered) as bigint) end from leaves
), places as (
  select contest, area as place from contest_areas union all select contest, -1 from contests
), listed as ( -- A contest of a part of an area has only what is listed of that part.
  select p.contest, p.place, coalesce(own.registered, l.registered) as registered
  from places p join contests k on k.contest = p.contest join units w on w.unit = k.unit
  left join units own on own.unit = case when p.place = -1 or w.depth > 0 then k.unit else p.place end
  left join leaf_sums l on l.area = case w.depth when 0 then p.place when 1 then k.unit end
), said as (
  select h.contest, h.unit, coalesce(u.top, u.unit) as area, max(case when h.from_sheets then 1 else 0 end) as sheet,
         max(case when t.known > 0 then t.value end) as registered, coalesce(max(t.withheld), 0) as withheld
  from heard h join units u on u.unit = h.unit
  left join totals t on t.contest = h.contest and t.slot = 65287 and t.unit = h.unit and t.method = h.method
  group by h.contest, h.unit, coalesce(u.top, u.unit)
), there as (
  select contest, area as place, count(*) as reporting, sum(sheet) as sheets, count(registered) as numbers,
         count(case when registered is null and withheld > 0 then 1 end) as withheld, sum(registered) as total
  from said group by contest, area
), sums as (
  select p.contest, p.place, cast(coalesce(sum(s.reporting), 0) as bigint) as reporting, cast(coalesce(sum(s.sheets), 0) as bigint) as sheets,
         cast(coalesce(sum(s.numbers), 0) as bigint) as numbers, cast(coalesce(sum(s.withheld), 0) as bigint) as withheld,
         cast(sum(s.total) as bigint) as total
  from places p left join there s on s.contest = p.contest and (p.place = -1 or p.place = s.place) group by p.contest, p.place
), known as (
  select s.contest, s.place, s.reporting, l.registered is not null as is_listed,
         case when l.registered is not null then l.registered when f.shown then s.total end as registered,
         case when l.registered is not null then 'number' else f.how end as registered_how,
         case when l.registered is null then s.withheld else 0 end as registered_withheld_in,
         case when l.registered is null then s.sheets - s.numbers - s.withheld else 0 end as registered_unknown_in,
         case when l.registered is null then s.sheets else 0 end as registered_of_units,
         l.registered is not null or s.numbers = s.reporting as of_all
  from sums s join listed l on l.contest = s.contest and l.place = s.place
  join figure_states f on f.heard = (s.reporting > 0) and f.numbers = (s.numbers > 0) and f.withheld = (s.withheld > 0)
   and f.unknown = (s.sheets > s.numbers + s.withheld or s.reporting > 0 and s.sheets = 0)
)
select k.contest, c.contest_id, k.place, a.id as place_id, a.name as place_name, k.reporting, k.registered, k.registered_how,
       k.registered_withheld_in, k.registered_unknown_in, k.registered_of_units,
       case when k.registered is null then '' when k.is_listed then 'listed' else 'sheets' end as registered_of,
       c.value as cards, c.how as cards_how, c.withheld_in as cards_withheld_in, c.unknown_in as cards_unknown_in, c.of_reports,
       case when k.registered > 0 and k.registered_how = 'number' and c.how = 'number' and k.of_all
            then cast(c.value as double precision) / k.registered end as turnout
from known k
join pub_place_figures c on c.contest = k.contest and c.place = k.place and c.method = -1 and c.kind = 'counter' and c.slot = 65280
left join units a on a.unit = k.place;

-- How many entries were counted by when: a row a moment of the timeline, and the last commit.
create view pub_commits as
with recursive moments (commit_number) as (
  select min(commit_number) from timeline
  union all
  select (select min(t.commit_number) from timeline t where t.commit_number > m.commit_number) from moments m where m.commit_number is not null
), told as (
  select m.commit_number, (select t.at from timeline t where t.commit_number = m.commit_number limit 1) as at
  from moments m where m.commit_number is not null
  union all
  select h.commit_number, h.committed_at from head h
  where h.commit_number > coalesce((select max(commit_number) from timeline), 0)
), grown as (
  select commit_number, cast(sum(sum(gained)) over (order by commit_number) as bigint) as counted
  from (select commit_number, log_size - lag(log_size, 1, cast(0 as bigint)) over (partition by partition order by step) as gained from steps
        union all
        select commit_number, 0 from told) s
  group by commit_number
)
select t.commit_number, t.at, g.counted from told t join grown g on g.commit_number = t.commit_number;

--postgres: grant select on pub_place_figures, pub_turnout_places, pub_commits to teller_reader, teller_writer, teller_publisher;

-- Views that a withdrawn sheet made wrong: what was heard from may now be heard from no more. One text for both databases
-- (src/store/schema_text.h); otherwise as in 005_views.sql.

drop view if exists pub_timeline;
drop view if exists pub_units;

-- The votes of options over time. `how` is null in what an older program wrote; 'not reported' only where there was a figure before.
create view pub_timeline as
select l.commit_number, l.at, c.id as contest_id, o.id as option_id, o.name as option_name, o.short_name,
       case when l.how is null or l.how in ('number', 'partial') then l.value end as votes, l.how
from timeline l join contests c on c.contest = l.contest join options o on o.contest = l.contest and o.slot = l.slot
union all
select h.commit_number, h.committed_at, c.id, o.id, o.name, o.short_name, f.value, f.how
from head h, contest_figures f join contests c on c.contest = f.contest
join options o on o.contest = f.contest and o.slot = f.slot
where f.kind = 'column'
  and (f.how <> 'not reported' or exists (select 1 from contest_totals t where t.contest = f.contest and t.slot = f.slot))
  and h.commit_number > coalesce((select max(commit_number) from timeline), 0);

-- Cards are those of ballots; where a unit has sent sheets instead, how many it has is not known here.
create view pub_units as
select u.unit, u.id as unit_id, u.name as unit_name, u.kind, u.depth, pu.id as parent_id, pu.name as parent_name,
       tu.id as top_id, tu.name as top_name, u.registered, case when k.sheets = 0 and k.cards > 0 then k.cards end as cards,
       case when coalesce(k.cards, 0) + coalesce(k.sheets, 0) = 0 then 'not reported' when k.sheets = 0 then 'number' else 'unknown' end
         as cards_how,
       coalesce(k.sheets, 0) as sheets, coalesce(k.changed_at_commit, 0) as changed_at_commit,
       not exists (select 1 from units child where child.parent = u.unit) as is_leaf
from units u
left join units pu on pu.unit = u.parent
left join units tu on tu.unit = u.top
left join unit_cards k on k.unit = u.unit;

--postgres: grant select on pub_timeline, pub_units to teller_reader, teller_writer, teller_publisher;

-- Options and lists of parties say for themselves whether their votes are first preferences: rounds of a ranked contest are not counted
-- here, and whoever reads one of these views alone must not take its order for a result. One text for both databases
-- (src/store/schema_text.h). No table changes; but for the last column the views are those of 005_views.sql.

drop view pub_parties;
drop view pub_options;

create view pub_options as
select o.contest, c.id as contest_id, c.name as contest_name, o.slot, o.id as option_id, o.name as option_name,
       o.short_name, o.kind, coalesce(o.colour, p.colour) as colour, o.photo, p.ids as party_ids, p.names as party_names,
       f.value as votes, f.how, f.withheld_in, f.unknown_in, f.reports as of_reports,
       case when f.share_of is not null then f.part end as share, f.share_of,
       coalesce(t.changed_at_commit, 0) as changed_at_commit, c.kind = 'ranked' as first_preferences
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
       case when f.share_of is not null then f.part end as share, f.share_of, f.options, f.slot as place, c.kind = 'ranked' as first_preferences
from shared_figures f
join contests c on c.contest = f.contest
left join party_lists p on p.contest = f.contest and p.slot = f.slot
where f.kind = 'line';

--postgres: grant select on pub_options, pub_parties to teller_reader, teller_writer, teller_publisher;

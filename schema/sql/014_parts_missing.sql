-- Three views said what nobody had counted, or one id of two lines. The turnout of a place that nothing was heard from was 0; a result
-- sheet whose figures cannot be held against its cards had 0 votes, or some of them and no word of the others; and the line of a party
-- "a+b" had the id of the line of the parties "a" and "b". One text for both databases (src/store/schema_text.h). No table changes; the views
-- keep their columns, and pub_turnout has one more.

-- `line_id` joins the ids of parties, of which each may hold any character: a "+" in one of them is %2B, and a "%" is %25. It is not for
-- people, who read `line_name`; `ids` lists them as the rules have them.
--postgres: create or replace view party_lists as
--postgres: select x.contest, x.slot, string_agg(x.party::text, '+' order by x.place) as line, min(q.colour) as colour,
--postgres:        string_agg(replace(replace(q.id, '%', '%25'), '+', '%2B'), '+' order by x.place) as line_id,
--postgres:        string_agg(q.name, ' + ' order by x.place) as line_name,
--postgres:        string_agg(q.id, ', ' order by x.place) as ids, string_agg(q.name, ', ' order by x.place) as names
--postgres: from option_parties x join parties q on q.party = x.party group by x.contest, x.slot;
--sqlite: drop view party_lists;
--sqlite: create view party_lists as
--sqlite: select x.contest, x.slot, group_concat(x.party, '+') as line, min(q.colour) as colour,
--sqlite:        group_concat(replace(replace(q.id, '%', '%25'), '+', '%2B'), '+') as line_id, group_concat(q.name, ' + ') as line_name,
--sqlite:        group_concat(q.id, ', ') as ids, group_concat(q.name, ', ') as names
--sqlite: from (select * from option_parties order by contest, slot, place) x
--sqlite: join parties q on q.party = x.party group by x.contest, x.slot;

-- Of units whose registered voters are known; cards of all that lies below them. Neither cards nor turnout are known where nothing
-- below has been heard from, and where one of the units there has sent a sheet, which does not say how many cards a unit has;
-- cards_how says which, in the words of pub_units.
drop view pub_turnout;
create view pub_turnout as
with recursive below (unit, part) as (
  select unit, unit from units where registered is not null
  union all
  select b.unit, u.unit from below b join units u on u.parent = b.part
), counted as (
  select b.unit, case when sum(k.sheets) = 0 and sum(k.cards) > 0 then cast(sum(k.cards) as bigint) end as cards,
         case when coalesce(sum(k.cards), 0) + coalesce(sum(k.sheets), 0) = 0 then 'not reported'
              when sum(k.sheets) = 0 then 'number' else 'unknown' end as cards_how
  from below b left join unit_cards k on k.unit = b.part group by b.unit
)
select u.unit, u.id as unit_id, u.name as unit_name, u.registered, k.cards,
       case when u.registered > 0 then cast(k.cards as double precision) / u.registered end as turnout, k.cards_how
from units u join counted k on k.unit = u.unit;

-- Of a sheet that cannot be held against its cards, neither its votes nor the most of one option: some of them may be withheld or
-- unknown.
drop view pub_sheet_checks;
create view pub_sheet_checks as
select s.contest, c.id as contest_id, c.name as contest_name, s.unit, u.id as unit_id, u.name as unit_name, m.id as method_id,
       m.name as method_name, s.checked, s.wrong, case when s.checked <> 'not' then s.votes end as votes, s.cards,
       s.allowed as votes_allowed, case when s.checked <> 'not' then s.most end as most
from sheet_checks s
join contests c on c.contest = s.contest
join units u on u.unit = s.unit
join methods m on m.method = s.method;

--postgres: grant select on pub_turnout, pub_sheet_checks to teller_reader, teller_writer, teller_publisher;

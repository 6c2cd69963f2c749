-- One count in PostgreSQL. Forward only: a later change is a new file.
--
-- Run by the owner inside one transaction, with search_path = teller. Totals are kept per contest,
-- slot, unit and method; a slot is an option's number, or from 65280 on a counter:
--   65280 cards  65281 undervotes  65282 overvotes  65283 blank  65284 invalid  65285 write_ins
--   65286 exhausted  65287 registered  65288 sheets
-- Contest 65535 is no contest but the unit itself: its cards and sheets, whatever is on them.
-- People read pub_* and nothing else.

create table head (
  only_row        smallint primary key default 1 check (only_row = 1),
  count_id        bytea    not null check (length(count_id) = 16),
  count_file      bytea    not null,
  mode            text     not null check (mode in ('demo', 'test', 'rehearsal', 'live')),
  label           text     not null,
  status          text     not null default 'unofficial' check (status in ('unofficial', 'official', 'recount')),
  publication     text     not null,
  election        text     not null,
  time_zone       text     not null,
  rules_hash      bytea    not null,
  partitions      integer  not null,
  journal_id      text,
  commit_number   bigint   not null default 0,
  committed_at    timestamptz,
  timeline_at     timestamptz
);

-- The definition, by number; copied from the rules when the count is made.
create table methods  (method  integer primary key, id text not null unique, name text not null);
create table parties  (party   integer primary key, id text not null unique, name text not null, colour text);
-- depth: 0 of a unit without a parent. top: the unit of depth 1 above it or itself (of a country: the county); null of a
-- unit of depth 0.
create table units    (unit    integer primary key, id text not null unique, name text not null, kind text not null,
                       parent  integer references units, depth integer not null, top integer references units,
                       registered bigint);
create index units_by_parent on units (parent);
create table contests (contest integer primary key, id text not null unique, name text not null, kind text not null,
                       seats   integer not null, votes_allowed integer not null, share_base text not null,
                       decides text not null, unit integer not null references units);
create table contest_methods (contest integer not null references contests, method integer not null references methods,
                       from_sheets boolean not null, primary key (contest, method));
create table options  (contest integer not null references contests, slot integer not null check (slot < 65280),
                       id text not null, name text not null, short_name text not null, kind text not null,
                       colour text, photo text, primary key (contest, slot), unique (contest, id));
create table option_parties (contest integer not null, slot integer not null, party integer not null references parties,
                       place integer not null, primary key (contest, slot, party),
                       foreign key (contest, slot) references options);
create table candidates (contest integer not null, slot integer not null, place integer not null, id text not null,
                       name text not null, primary key (contest, slot, place),
                       foreign key (contest, slot) references options);
create table counters (slot integer primary key, id text not null unique);
insert into counters values (65280, 'cards'), (65281, 'undervotes'), (65282, 'overvotes'), (65283, 'blank'),
                            (65284, 'invalid'), (65285, 'write_ins'), (65286, 'exhausted'), (65287, 'registered'), (65288, 'sheets');

-- Each presentation that was ever shown; the newest counts.
create table presentations (
  version     integer primary key,
  hash        bytea not null,
  bytes       bytea not null,
  actor       text not null,
  reason      text not null
);

-- What is committed, by partition: the fence of exactly-once counting.
create table partitions (
  partition       integer primary key,
  step            bigint not null default 0,
  position        bigint not null default 0,
  log_size        bigint not null default 0,
  root            bytea  not null,
  counted         bigint not null default 0,
  duplicate       bigint not null default 0,
  conflict        bigint not null default 0,
  rejected        bigint not null default 0,
  changed_at_commit bigint not null default 0,
  halted_because  text,
  check (counted = log_size)
);

-- Every step's boundaries: what statements sign, and what a lost segment is computed from.
create table steps (
  partition     integer not null,
  step          bigint  not null,
  from_position bigint  not null,
  to_position   bigint  not null check (to_position >= from_position),
  commit_number bigint  not null,
  log_size      bigint  not null,
  root          bytea   not null,
  segment       bytea   not null,
  primary key (partition, step)
);
create index steps_by_commit on steps (commit_number);

create table totals (
  contest   integer  not null,
  slot      integer  not null,
  unit      integer  not null,
  method    integer  not null,
  value     bigint   not null check (value >= 0),
  known     smallint not null check (known in (0, 1)),
  withheld  smallint not null check (withheld in (0, 1)),
  changed_at_commit bigint not null,
  primary key (contest, slot, unit, method)
);
create index totals_by_commit on totals (changed_at_commit);

-- The same summed over units and methods, moved in the same transaction: what most screens read.
create table contest_totals (
  contest integer not null, slot integer not null,
  value bigint not null check (value >= 0), withheld bigint not null default 0,
  changed_at_commit bigint not null,
  primary key (contest, slot)
);
create table unit_cards (
  unit integer primary key, cards bigint not null default 0, sheets bigint not null default 0, changed_at_commit bigint not null
);

-- Contest × option over time, at most once a second.
create table timeline (
  commit_number bigint not null, at timestamptz not null, contest integer not null, slot integer not null,
  value bigint not null, primary key (commit_number, contest, slot)
);

-- place: the entry's index in its record. reason: of a rejection its code; of a conflict, whose counted_leaf says all, ''.
create table incidents (
  partition integer not null, position bigint not null, place integer not null,
  outcome text not null check (outcome in ('conflict', 'rejected')),
  reason text not null, entry_id bytea not null, leaf bytea not null, counted_leaf bytea,
  commit_number bigint not null, primary key (partition, position, place)
);
create index incidents_by_commit on incidents (commit_number);

-- A figure may fall twice in one step (two new versions of a sheet): its place in the step tells them apart, from 0.
create table falls (
  partition integer not null, step bigint not null, place integer not null,
  commit_number bigint not null, contest integer not null, slot integer not null, unit integer not null,
  method integer not null, before_value bigint not null, after_value bigint not null, reason text not null,
  primary key (partition, step, place)
);

create table statements (
  number bigint primary key, commit_number bigint not null, bytes bytea not null, checkpoint text not null
);

-- What people may read.

create view pub_head as
select encode(h.count_id, 'hex') as count_id, h.mode, h.label, h.status, h.publication, h.election, h.time_zone,
       encode(h.rules_hash, 'hex') as rules_hash, h.partitions, h.commit_number, h.committed_at,
       p.counted, p.duplicate, p.conflict, p.rejected,
       p.counted + p.duplicate + p.conflict + p.rejected as recorded, p.halted
from head h, (select coalesce(sum(counted), 0)::bigint as counted, coalesce(sum(duplicate), 0)::bigint as duplicate,
                     coalesce(sum(conflict), 0)::bigint as conflict, coalesce(sum(rejected), 0)::bigint as rejected,
                     count(halted_because) as halted from partitions) p;

create view pub_contests as
select c.contest, c.id as contest_id, c.name as contest_name, c.kind, c.seats, c.votes_allowed, c.share_base, c.decides,
       (select case when bool_and(x.from_sheets) then 'sheets' when bool_or(x.from_sheets) then 'both' else 'ballots' end
         from contest_methods x where x.contest = c.contest) as counted_from,
       (select t.value from contest_totals t where t.contest = c.contest and t.slot = 65280) as cards,
       (select coalesce(sum(t.value), 0)::bigint from contest_totals t
         where t.contest = c.contest and (t.slot < 65280 or t.slot = 65285)) as votes,
       (select coalesce(sum(t.value), 0)::bigint from contest_totals t where t.contest = c.contest and t.slot = 65281) as undervotes,
       (select coalesce(sum(t.value), 0)::bigint from contest_totals t where t.contest = c.contest and t.slot = 65282) as overvotes,
       (select coalesce(sum(t.value), 0)::bigint from contest_totals t where t.contest = c.contest and t.slot = 65283) as blank,
       (select coalesce(sum(t.value), 0)::bigint from contest_totals t where t.contest = c.contest and t.slot = 65284) as invalid
from contests c;

create view pub_options as
select o.contest, c.id as contest_id, c.name as contest_name, o.slot, o.id as option_id, o.name as option_name,
       o.short_name, o.kind, coalesce(o.colour, p.colour) as colour, o.photo, p.party_ids, p.party_names,
       coalesce(t.value, 0) as votes, coalesce(t.withheld, 0) as withheld,
       case when b.base > 0 then coalesce(t.value, 0)::double precision / b.base end as share,
       coalesce(t.changed_at_commit, 0) as changed_at_commit
from options o
join contests c on c.contest = o.contest
left join contest_totals t on t.contest = o.contest and t.slot = o.slot
left join (select x.contest, x.slot, string_agg(q.id, ', ' order by x.place) as party_ids,
                  string_agg(q.name, ', ' order by x.place) as party_names, min(q.colour) as colour
           from option_parties x join parties q on q.party = x.party group by x.contest, x.slot) p
       on p.contest = o.contest and p.slot = o.slot
left join (select k.contest, case when k.share_base = 'cards'
                    then sum(t.value) filter (where t.slot = 65280)
                    else sum(t.value) filter (where t.slot < 65280 or t.slot = 65285) end as base
           from contests k join contest_totals t on t.contest = k.contest group by k.contest, k.share_base) b
       on b.contest = o.contest;

create view pub_parties as
select x.contest, c.id as contest_id, p.party, p.id as party_id, p.name as party_name, p.colour,
       sum(coalesce(t.value, 0))::bigint as votes, count(*) as options
from option_parties x
join contests c on c.contest = x.contest
join parties p on p.party = x.party
left join contest_totals t on t.contest = x.contest and t.slot = x.slot
group by x.contest, c.id, p.party, p.id, p.name, p.colour;

create view pub_units as
select u.unit, u.id as unit_id, u.name as unit_name, u.kind, u.depth, pu.id as parent_id, pu.name as parent_name,
       tu.id as top_id, tu.name as top_name, u.registered, coalesce(k.cards, 0) as cards, coalesce(k.sheets, 0) as sheets,
       coalesce(k.changed_at_commit, 0) as changed_at_commit,
       not exists (select 1 from units child where child.parent = u.unit) as is_leaf
from units u
left join units pu on pu.unit = u.parent
left join units tu on tu.unit = u.top
left join unit_cards k on k.unit = u.unit;

create view pub_totals as
select t.contest, c.id as contest_id, c.name as contest_name, t.slot, coalesce(o.id, n.id) as option_id,
       coalesce(o.name, n.id) as option_name, o.id is not null as is_option,
       t.unit, u.id as unit_id, u.name as unit_name, tu.name as top_name, m.id as method_id, m.name as method_name,
       case when t.withheld > 0 then null when x.from_sheets and t.known = 0 then null else t.value end as value,
       case when t.withheld > 0 then 'withheld' when x.from_sheets and t.known = 0 then 'unknown' else 'number' end as how,
       t.changed_at_commit
from totals t
join contests c on c.contest = t.contest
join units u on u.unit = t.unit
left join units tu on tu.unit = u.top
join methods m on m.method = t.method
join contest_methods x on x.contest = t.contest and x.method = t.method
left join options o on o.contest = t.contest and o.slot = t.slot
left join counters n on n.slot = t.slot;

create view pub_outcomes as
select partition, step, position, log_size, encode(root, 'hex') as root, counted, duplicate, conflict, rejected,
       counted + duplicate + conflict + rejected as recorded, halted_because, changed_at_commit
from partitions;

create view pub_timeline as
select l.commit_number, l.at, c.id as contest_id, o.id as option_id, o.name as option_name, o.short_name, l.value as votes
from timeline l join contests c on c.contest = l.contest join options o on o.contest = l.contest and o.slot = l.slot
union all
select h.commit_number, h.committed_at, c.id, o.id, o.name, o.short_name, t.value
from head h, contest_totals t join contests c on c.contest = t.contest
join options o on o.contest = t.contest and o.slot = t.slot
where h.commit_number > coalesce((select max(commit_number) from timeline), 0);

create view pub_falls as
select f.commit_number, c.id as contest_id, coalesce(o.id, n.id) as option_id, u.id as unit_id, m.id as method_id,
       f.before_value, f.after_value, f.reason
from falls f join contests c on c.contest = f.contest join units u on u.unit = f.unit join methods m on m.method = f.method
left join options o on o.contest = f.contest and o.slot = f.slot left join counters n on n.slot = f.slot;

create view pub_incidents as
select partition, position, place, outcome, reason, encode(leaf, 'hex') as leaf, commit_number from incidents;

create view pub_statements as
select number, commit_number, convert_from(bytes, 'UTF8') as statement, checkpoint from statements;

-- Of units whose registered voters are known; cards of all that lies below them.
create view pub_turnout as
with recursive below (unit, part) as (
  select unit, unit from units where registered is not null
  union all
  select b.unit, u.unit from below b join units u on u.parent = b.part
), counted as (
  select b.unit, sum(coalesce(k.cards, 0))::bigint as cards
  from below b left join unit_cards k on k.unit = b.part group by b.unit
)
select u.unit, u.id as unit_id, u.name as unit_name, u.registered, k.cards,
       case when u.registered > 0 then k.cards::double precision / u.registered end as turnout
from units u join counted k on k.unit = u.unit;

grant usage on schema teller to teller_writer, teller_publisher, teller_reader;
grant select on all tables in schema teller to teller_writer, teller_publisher;
grant update on head, partitions to teller_writer;
grant insert, update, delete on totals, contest_totals, unit_cards to teller_writer;
grant insert on steps, timeline, incidents, falls to teller_writer;
grant insert on statements to teller_publisher;
do $$ begin execute format('grant temporary on database %I to teller_writer', current_database()); end $$;
grant select on pub_head, pub_contests, pub_options, pub_parties, pub_units, pub_totals, pub_outcomes, pub_timeline,
                pub_falls, pub_incidents, pub_statements, pub_turnout to teller_reader;

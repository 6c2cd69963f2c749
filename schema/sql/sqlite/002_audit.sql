-- The audit log and what rejected entries were replayed as. The same tables and columns as ../postgres.
--
-- audit: a line for each change that a person made, as schema/entry.md ("An audit line") has it; numbered from 0 without a
-- hole. A line and the change that it speaks of are one transaction where the change is in these tables. No view of it:
-- who did what and why is for officers and auditors (teller audit show), not for the board.

-- Which files of this folder the tables came from.
create table schema_files (number integer primary key);
insert into schema_files values (1);

create table audit (number bigint primary key, bytes blob not null);

-- What the publisher signed of it, by how many lines there were.
create table audit_checkpoints (size bigint primary key, note text not null);

-- A rejected entry (its place in the journal, as in incidents) that was recorded anew after a fix: the place of the second
-- copy. Whether that one was counted or was a duplicate, counting says as of any entry.
create table replays (
  partition integer not null, position bigint not null, place integer not null,
  as_partition integer not null, as_position bigint not null, as_place integer not null,
  audit_number bigint not null references audit,
  primary key (partition, position, place)
);

drop view pub_incidents;
create view pub_incidents as
select i.partition, i.position, i.place, i.outcome, i.reason, lower(hex(i.leaf)) as leaf, i.commit_number,
       r.partition is not null as replayed
from incidents i
left join replays r on r.partition = i.partition and r.position = i.position and r.place = i.place;

-- What officers decided: opened, closed, certified, which ballots are void. One text for both databases (src/store/schema_text.h).
--
-- A row an entry of the log (schema/entry.md, "Control"), written in the transaction of its step. `entry` has the officers'
-- signatures, so that whoever can write here still decides nothing: src/publish/status.h believes the signatures and no column.

create table decisions (
  partition     integer not null,
  step          bigint  not null,
  place         integer not null, -- In its step: those about the stage by number, then those about ballots by leaf hash; from 0.
  commit_number bigint  not null,
  action        text    not null, -- docs/reference/decisions.md
  number        bigint  not null, -- Of those about the stage, from 1; 0: it is about a ballot.
  reason        text    not null,
  officers      text    not null, -- "a.huber, b.meier"
  statement     bigint,           -- That is certified.
--sqlite:   entry blob not null,
--postgres:   entry bytea not null,
  primary key (partition, step, place)
);
create index decisions_by_commit on decisions (commit_number);

-- A decision about the stage stands once a partition; those about ballots are counted together.
create view pub_decisions as
select action, number, reason, officers, statement, min(commit_number) as commit_number, count(*) as partitions, 0 as ballots
from decisions where number > 0 group by action, number, reason, officers, statement
union all
select action, number, reason, officers, statement, commit_number, 0, count(*)
from decisions where number = 0 group by action, number, reason, officers, statement, commit_number;

--postgres: grant select on decisions to teller_publisher, teller_writer, teller_deliverer;
--postgres: grant insert on decisions to teller_writer;
--postgres: grant select on pub_decisions to teller_reader, teller_writer, teller_publisher;

-- The voters' roll and who of it came, of a count on servers: a schema of its own in the count's database, which belongs to the registrar's
-- account (teller_registrar) and which nobody else reads. A superuser makes the schema (stack/postgres_voters.sql), `teller voters load`
-- these tables. They are no part of the count's own (schema/sql/postgres) and have no number among them.
--
-- PostgreSQL puts a row that is new or changed where there is room and writes the number of its transaction into it, so that rows say in
-- which order they came. Nothing here can prevent that, so: the row of a voter is never touched when the voter comes (nor by a foreign key,
-- which would lock it and leave a mark in it), and the rows of check-ins are written anew, in the order of their hashes and in one
-- transaction, when a quarter of an hour is over and at the close. Decision 0043 says what that does not reach.

create table teller_voters.voters (
  voter bytea   primary key check (length(voter) = 32),  -- HMAC-SHA-256 of the roll's id, by voters.key.
  unit  integer not null,
  style integer not null,
  age   integer not null,  -- A number of voter_groups; 0: not given.
  sex   integer not null
);

-- Who came. The first row of a voter counts: the key lets no second one in.
create table teller_voters.check_ins (
  voter  bytea   primary key check (length(voter) = 32),
  method integer not null
) with (autovacuum_enabled = false);  -- What it counts, everybody may read in the catalog (pg_class).

create table teller_voters.voter_groups (
  kind   text    not null check (kind in ('age', 'sex')),
  number integer not null,
  name   text    not null,
  primary key (kind, number)
);

create table teller_voters.about (
  one      boolean primary key check (one),
  version  integer not null,
  count_id bytea   not null,
  rules    bytea   not null,  -- Their hash: units and styles are numbers of these rules.
  key_mark bytea   not null,  -- By which voters.key is known again.
  closed   boolean not null,
  quarter  bigint  not null,  -- In which somebody came last: quarters of an hour since 1970.
  let_out  bigint  not null   -- How many had come when that quarter began.
);

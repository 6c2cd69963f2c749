-- voters.sqlite of a home: the voters' roll and who of it came. A file of its own, which shares nothing with the store of the count.
--
-- Every voter has a row from the load on, keyed by a keyed hash, and a check-in changes three bytes of it in place. So neither the order
-- of rows nor their places in the file say who came before whom; a row that was put in would. For the same reason what grows has a fixed
-- width. There is no time anywhere but the number of the quarter of an hour in which somebody came last.

create table voters (
  voter blob    primary key check (length(voter) = 32),  -- HMAC-SHA-256 of the roll's id, by voters.key.
  unit  integer not null,
  style integer not null,
  age   integer not null,  -- A number of voter_groups; 0: not given.
  sex   integer not null,
  came  blob    not null check (length(came) = 3)  -- 0 or 1, and the method in two bytes.
) without rowid;

create table voter_groups (
  kind   text    not null check (kind in ('age', 'sex')),
  number integer not null,
  name   text    not null,
  primary key (kind, number)
) without rowid;

create table voters_about (
  one      integer primary key check (one = 1),
  version  integer not null,
  count_id blob    not null,
  rules    blob    not null,  -- Their hash: units and styles are numbers of these rules.
  key_mark blob    not null,  -- By which voters.key is known again.
  closed   integer not null,
  quarter  integer not null,  -- In which somebody came last: quarters of an hour since 1970.
  came     text    not null,  -- How many, in ten digits,
  let_out  text    not null   -- and how many when that quarter began.
);

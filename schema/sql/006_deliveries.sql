-- Deliveries of result sheets: who sent what, when its figures were true, and what became of each sheet. One text for both
-- databases (src/store/schema_text.h); src/store/delivery_store.h says what always holds.
--
-- The count knows nothing of them: of a sheet it knows key and version, and here stands which delivery brought that version.

create table deliveries (
  number         bigint primary key, -- From 1, without a hole.
  source         text   not null,    -- Who the figures are of: "Rill County".
  file           text   not null,    -- What the sender called it; '' when it has no name.
  figures_at     bigint,             -- When they were true, in microseconds since 1970, UTC. Null: nobody said.
  received_at    bigint not null,
  act            text   not null,    -- update, correction or withdrawal
  reason         text   not null,
  sender         text   not null,
--sqlite:   content        blob   not null,    -- SHA-256 of what was sent; the bytes are in the home's folder deliveries/.
--postgres:   content        bytea  not null,    -- SHA-256 of what was sent; the bytes are in the home's folder deliveries/.
  unchanged      bigint not null,    -- Sheets of it that stood already with the same figures.
  settled_at     bigint              -- Null: it was begun, and ended by nobody yet.
);

-- The sheets of a delivery that changed something, or were not taken.
create table delivery_sheets (
  delivery bigint  not null references deliveries,
  unit     bigint  not null,
  method   integer not null,
  contest  integer not null,
  version  bigint  not null,         -- 0: none was given.
  became   text    not null,         -- '': not known yet.
  primary key (delivery, unit, method, contest)
);
create index delivery_sheets_of_a_key on delivery_sheets (unit, method, contest, version);

--postgres: grant select on deliveries, delivery_sheets to teller_publisher, teller_writer;

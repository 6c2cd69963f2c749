-- What the last reconciliation said, for people to see. The same tables and columns as ../sqlite.
--
-- One row, of the last pass, as the process that reconciles left it: `teller serve`, `teller reconcile --every`. A figure of a
-- difference may be one that policy does not let out yet, so here is only which comparisons differ; the process itself prints
-- the rest, and `teller reconcile` shows it at any time.

create table reconciliation (
  only_row      smallint primary key default 1 check (only_row = 1),
  at            timestamptz not null,
  commit_number bigint  not null,
  differences   bigint  not null,
  differs       text    not null, -- "log = store, static files = store"; '' when nothing does.
  not_looked_at text    not null  -- The same of what was away.
);

create view pub_reconcile as
select at, commit_number, differences, differs, not_looked_at from reconciliation;

-- Who reconciles reads the tables as the publisher already; no other service may say that all is well.
grant select, insert, update on reconciliation to teller_publisher;
grant select on pub_reconcile to teller_reader;

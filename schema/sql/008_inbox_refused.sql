-- What the inbox refused, by code, for people to see: messages of outside producers that are no entries, and so stand nowhere else
-- in the store. As the last reconciliation that read the topic `refused` to its end counted them (003_reconcile.sql); an embedded
-- count has no inbox, and no rows. One text for both databases (src/store/schema_text.h).

create table inbox_refused (
  code     text   primary key, -- docs/reference/errors.md; 'other' is one of a newer program.
  messages bigint not null
);

create view pub_inbox_refused as
select code, messages from inbox_refused;

--postgres: grant select, insert, update on inbox_refused to teller_publisher;
--postgres: grant select on pub_inbox_refused to teller_reader;

-- Why a sheet of a delivery was not taken; and what `teller api` may do, which delivers in the service form. One text for both
-- databases (src/store/schema_text.h).

alter table delivery_sheets add column why text not null default ''; -- Of a sheet that was refused or held.

-- It reads what is counted, and nothing else is written by it than deliveries; a delivery that is settled stays as it is.
--postgres: grant usage on schema teller to teller_deliverer;
--postgres: grant select on head, presentations, schema_files, partitions, steps, incidents, replays, totals, statements, audit, deliveries,
--postgres:   delivery_sheets to teller_deliverer;
--postgres: grant insert on deliveries to teller_deliverer;
--postgres: grant update (unchanged, settled_at) on deliveries to teller_deliverer;
--postgres: grant insert, delete on delivery_sheets to teller_deliverer;

-- What a commit writes of each total that it moves: the row, and nothing beside it. One text for both databases (src/store/schema_text.h); no
-- table, column or view changes.

-- A commit gives each of them its number, and an index on that was written anew with each row. Who asks what has changed since a commit reads
-- the table. (`if exists`: of a store that is taken for an older one it is gone already.)
drop index if exists totals_by_commit;

-- PostgreSQL leaves the other index alone as well if the row's next version has room beside the last one, on the same page (HOT). So more than half
-- of each new page stays empty. Pages that were filled before are left by the next commits, and emptied by vacuum.
--postgres: alter table totals set (fillfactor = 45);
--postgres: alter table cells set (fillfactor = 45);
--postgres: alter table unit_cards set (fillfactor = 45);
--postgres: alter table contest_totals set (fillfactor = 45);

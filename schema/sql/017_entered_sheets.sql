-- Result sheets that two people type on the servers (/v1/officer/sheets), and the lines of the audit log that say who did. One text for both
-- databases (src/store/schema_text.h).

-- A sheet as src/entering/entered_sheets.h writes it (`sheet`), under a hash of its unit, method and contest (`place`); the SHA-256 of that text:
-- whoever changes it names the one that he saw; and whether somebody has typed it and it was not delivered. Who can read a sheet knows what one
-- person typed before the second one has. So no service has it but `teller api`, which cannot delete one, and `teller publish`'s account sees how
-- many are open, and nothing else. In SQLite no row: `teller serve` keeps a file of each in its home (docs/decisions/0044).
create table entered_sheets (
  place text not null primary key,
--sqlite:   is_open smallint not null check (is_open in (0, 1)), version blob not null, sheet blob not null
--postgres:   is_open boolean not null, version bytea not null, sheet bytea not null
);

-- As 015_officers.sql has it, with what is done to such a sheet. No line about one has a hash: its figures are small numbers, which can be tried out.
--postgres: create or replace view officer_lines as
--postgres: select a.number, a.bytes from audit a where convert_from(a.bytes, 'UTF8') ~ (
--postgres:   '^teller audit 1\ncount ' || (select encode(h.count_id, 'hex') from head h) || '\nnumber ' || a.number || '\nprevious '
--postgres:   || (select encode(sha256(b.bytes), 'hex') from audit b where b.number = a.number - 1)
--postgres:   || '\ntime \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\nactor +[^\u0001-\u0020\u007f-\u009f][^\u0001-\u001f\u007f-\u009f]*'
--postgres:   || '\naction (refused|hand-in|approval-expired|sheet-(typed|read|kept|retyped|again|explained|delivered))'
--postgres:   || '\nsubject +[^\u0001-\u0020\u007f-\u009f][^\u0001-\u001f\u007f-\u009f]*'
--postgres:   || '\nreason +[^\u0001-\u0020\u007f-\u009f][^\u0001-\u001f\u007f-\u009f]*\nbefore 0{64}'
--postgres:   || '\nafter [0-9a-f]{64}\napprover -\nrandom [0-9a-f]{32}\n$')
--postgres:   and (convert_from(a.bytes, 'UTF8') !~ '\naction sheet-' or convert_from(a.bytes, 'UTF8') ~ '\nafter 0{64}\n')
--postgres:   and octet_length(substring(convert_from(a.bytes, 'UTF8') from '\nactor ([^\n]*)\n')) <= 200
--postgres:   and octet_length(substring(convert_from(a.bytes, 'UTF8') from '\nsubject ([^\n]*)\n')) <= 200
--postgres:   and octet_length(substring(convert_from(a.bytes, 'UTF8') from '\nreason ([^\n]*)\n')) <= 2000
--postgres:   and to_char(substring(convert_from(a.bytes, 'UTF8') from '\ntime ([^\n]*)Z\n')::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US')
--postgres:     = substring(convert_from(a.bytes, 'UTF8') from '\ntime ([^\n]*)Z\n')
--postgres:   with check option;

--postgres: grant select, insert, update on entered_sheets to teller_deliverer;
--postgres: grant select (is_open) on entered_sheets to teller_publisher;

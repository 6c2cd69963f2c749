-- What `teller api` needs for persons who ask it (/v1/officer/): decisions that wait for signatures, and the lines of the audit log that it may
-- add. One text for both databases (src/store/schema_text.h).

-- A decision that was handed in and waits, as src/decide/approvals.h writes it (`waiting`), and the SHA-256 of that: who puts a signature to it
-- names the one that he saw, so that none is lost where two come at once. What waits decides nothing. In SQLite no row: `teller serve` keeps a
-- file of each in its home (docs/decisions/0041).
create table approvals (
  id text not null primary key,
--sqlite:   version blob not null, waiting blob not null
--postgres:   version bytea not null, waiting bytea not null
);

-- The audit log's lines are the owner's (002_audit). These alone a service adds too: of a person whose request was refused, who handed in a
-- decision, or whose decision waited too long; one line behind the last, of this count, with its number and the hash of the one before it, and
-- nobody's approval. Each as src/publish/audit_line.h reads it, by the letter: a line that nobody can read would stop the log for everybody. The
-- view takes no other, nor any when there is none yet; nobody has the right to change a line through it.
--postgres: create view officer_lines as
--postgres: select a.number, a.bytes from audit a where convert_from(a.bytes, 'UTF8') ~ (
--postgres:   '^teller audit 1\ncount ' || (select encode(h.count_id, 'hex') from head h) || '\nnumber ' || a.number || '\nprevious '
--postgres:   || (select encode(sha256(b.bytes), 'hex') from audit b where b.number = a.number - 1)
--postgres:   || '\ntime \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z\nactor +[^\u0001-\u0020\u007f-\u009f][^\u0001-\u001f\u007f-\u009f]*'
--postgres:   || '\naction (refused|hand-in|approval-expired)\nsubject +[^\u0001-\u0020\u007f-\u009f][^\u0001-\u001f\u007f-\u009f]*'
--postgres:   || '\nreason +[^\u0001-\u0020\u007f-\u009f][^\u0001-\u001f\u007f-\u009f]*\nbefore 0{64}'
--postgres:   || '\nafter [0-9a-f]{64}\napprover -\nrandom [0-9a-f]{32}\n$')
--postgres:   and octet_length(substring(convert_from(a.bytes, 'UTF8') from '\nactor ([^\n]*)\n')) <= 200
--postgres:   and octet_length(substring(convert_from(a.bytes, 'UTF8') from '\nsubject ([^\n]*)\n')) <= 200
--postgres:   and octet_length(substring(convert_from(a.bytes, 'UTF8') from '\nreason ([^\n]*)\n')) <= 2000
--postgres:   and to_char(substring(convert_from(a.bytes, 'UTF8') from '\ntime ([^\n]*)Z\n')::timestamp, 'YYYY-MM-DD"T"HH24:MI:SS.US')
--postgres:     = substring(convert_from(a.bytes, 'UTF8') from '\ntime ([^\n]*)Z\n')
--postgres: with check option;

--postgres: grant insert on officer_lines to teller_deliverer;
--postgres: grant select, insert, update, delete on approvals to teller_deliverer;

-- Counts the list that `teller generate --truth` writes, knowing nothing of Teller's code: what is sent first under an id counts,
-- the same again is a duplicate, other content under the same id a conflict. Prints CSV, one fact a line, sorted.
--
--   sqlite3 :memory: ".mode csv" ".import sent.csv sent" ".read tests/truth.sql"
--
-- Run by tests/truth.sh and by whoever compares a count with it. Each part holds all that was sent under an id, in order.
.mode csv
.headers off
CREATE INDEX by_id ON sent (id);

CREATE VIEW judged AS
SELECT *,
       CASE
           WHEN code <> '' THEN 'refused'
           WHEN place = 1 THEN 'counted'
           WHEN content = first_value(content) OVER in_order THEN 'duplicate'
           ELSE 'conflict'
       END AS outcome
FROM (
    SELECT *, unit || '|' || style || '|' || card || '|' || method || '|' || contests AS content,
           row_number() OVER (PARTITION BY id, code <> '' ORDER BY CAST(part AS INTEGER), CAST("index" AS INTEGER)) AS place
    FROM sent
)
WINDOW in_order AS (PARTITION BY id, code <> '' ORDER BY place);

CREATE TABLE selected AS
SELECT unit, method, selection.key AS contest, selection.value AS selection,
       json_extract(selection.value, '$.allowed') AS allowed,
       json_extract(selection.value, '$.blank') AS blank,
       json_extract(selection.value, '$.invalid') AS invalid,
       json_extract(selection.value, '$.ranking') AS ranking,
       json_array_length(selection.value, '$.marks') + json_extract(selection.value, '$.write_ins') AS marks,
       json_extract(selection.value, '$.write_ins') AS write_ins
FROM judged, json_each(judged.contests) AS selection
WHERE outcome = 'counted';

-- The first rank that holds anything.
CREATE TABLE preferred AS
SELECT unit, method, contest, (
    SELECT json_extract(selection, '$.ranking[' || rank.key || ']')
    FROM json_each(selection, '$.ranking') AS rank
    WHERE json_array_length(rank.value) > 0
    ORDER BY rank.key
    LIMIT 1
) AS first
FROM selected
WHERE ranking IS NOT NULL;

CREATE TABLE cells AS
SELECT unit, method, contest, mark.value AS slot, 1 AS votes
FROM selected, json_each(selection, '$.marks') AS mark
WHERE marks <= allowed
UNION ALL SELECT unit, method, contest, '#cards', 1 FROM selected
UNION ALL SELECT unit, method, contest, '#blank', 1 FROM selected WHERE blank
UNION ALL SELECT unit, method, contest, '#invalid', 1 FROM selected WHERE invalid
UNION ALL SELECT unit, method, contest, '#overvotes', allowed FROM selected WHERE marks > allowed
UNION ALL SELECT unit, method, contest, '#undervotes', allowed - marks FROM selected WHERE marks < allowed
UNION ALL SELECT unit, method, contest, '#write_ins', write_ins FROM selected WHERE marks <= allowed AND write_ins > 0
UNION ALL SELECT unit, method, contest, '#exhausted', 1 FROM preferred WHERE first IS NULL
UNION ALL SELECT unit, method, contest, '#overvotes', 1 FROM preferred WHERE json_array_length(first) > 1
UNION ALL SELECT unit, method, contest, json_extract(first, '$[0]'), 1 FROM preferred WHERE json_array_length(first) = 1;

CREATE TABLE sums AS
SELECT contest, slot, unit, method, sum(votes) AS votes FROM cells GROUP BY contest, slot, unit, method;

SELECT 'outcome', outcome, code, count(*) FROM judged GROUP BY outcome, code ORDER BY 2, 3;
-- What the generator meant to send is what it sent.
SELECT 'wrong', id, kind, outcome FROM judged
WHERE outcome <> CASE kind WHEN 'first' THEN 'counted' WHEN 'invalid' THEN 'refused' ELSE kind END;
SELECT 'total', contest, slot, sum(votes) FROM sums GROUP BY contest, slot ORDER BY 2, 3;
SELECT 'cell', contest, slot, unit, method, votes FROM sums WHERE votes <> 0 ORDER BY 2, 3, 4, 5;
-- The law: votes + undervotes + overvotes = votes allowed x cards, without those that are blank or invalid as a whole.
-- (Ranked contests have one of their own.)
SELECT 'law broken', contest, unit, method
FROM (
    SELECT contest, unit, method, sum(allowed) AS there FROM selected
    WHERE blank IS NULL AND invalid IS NULL GROUP BY 1, 2, 3
)
LEFT JOIN (
    SELECT contest, unit, method, sum(votes) AS used FROM sums
    WHERE slot NOT IN ('#cards', '#blank', '#invalid') GROUP BY 1, 2, 3
) USING (contest, unit, method)
WHERE coalesce(used, 0) <> there AND contest NOT IN (SELECT contest FROM selected WHERE ranking IS NOT NULL);

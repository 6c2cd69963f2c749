"""The questions of docs/guides/questions.md: what the page asks in SQL and of Elasticsearch, and what it says is answered."""

import json
import pathlib
import re

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs/guides/questions.md"
ASKED = re.compile(
    r"^## (?P<name>[^\n]+)\n(?:(?!^## ).)*?```sql\n(?P<sql>.*?)```.*?```json\n(?P<json>.*?)```.*?```text\n(?P<said>.*?)```", re.DOTALL | re.MULTILINE
)


def questions():
    """By heading: the SQL, the index and the body for Elasticsearch, and the rows that the page shows."""
    found = {}
    for one in ASKED.finditer(PAGE.read_text(encoding="utf-8")):
        of = json.loads(one["json"])
        found[one["name"]] = (one["sql"], of["index"], of["question"], [tuple(line.split("  ")) for line in one["said"].splitlines()])
    return found


QUESTIONS = questions()


def hold_sql(ask, name):
    sql, _, _, said = QUESTIONS[name]
    assert [tuple(map(str, row)) for row in ask(sql)] == said


def rows_of(answer, fields):
    """What Elasticsearch answers, as rows; `fields` of documents."""
    if "aggregations" not in answer:
        return [tuple(str(hit["_source"][field]) for field in fields) for hit in answer["hits"]["hits"]]
    rows = []
    for bucket in answer["aggregations"]["by"]["buckets"]:
        if "options" in bucket:
            options = bucket["options"]["buckets"]
            most = max(option["votes"]["value"] for option in options)
            if bucket["missing"]["doc_count"] == 0:
                rows += [(bucket["key"], option["key"], f"{most:.0f}") for option in options if option["votes"]["value"] == most]
        else:
            rows.append((bucket["key"], *([f"{bucket['votes']['value']:.0f}"] if "votes" in bucket else [])))
    return rows


def hold_index(search, name):
    """`search`: index and body -> the answer."""
    _, index, question, said = QUESTIONS[name]
    assert rows_of(search(index, question), question.get("_source")) == said

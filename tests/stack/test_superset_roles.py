"""What each role of Superset may do, at each endpoint: Observer looks, Analyst also asks in SQL Lab of public views alone, Admin all.

Of data that nobody may see it is asked as well in the places where a person can put SQL: columns and filters of a chart, and SQL Lab.
"""

import re

import pytest
import requests

from running_stack import CA, port, secret

URL = f"https://localhost:{port('SUPERSET_PORT')}"
ROLES = ("observer", "analyst", "admin")


class Person(requests.Session):
    """Signed in as a browser is, with its token against forged requests."""

    def __init__(self, name):
        super().__init__()
        self.verify, self.trust_env = CA, False
        self.headers["Referer"] = URL
        asked = self.get(URL + "/login/", timeout=60).text
        token = re.search(r"csrf_token[^A-Za-z0-9]+(?:value=)?[^A-Za-z0-9]*([A-Za-z0-9_.-]{40,})", asked)[1]
        form = {"username": name, "password": secret(f"superset.{name}"), "csrf_token": token}
        assert self.post(URL + "/login/", data=form, timeout=60, allow_redirects=False).status_code == 302
        self.headers["X-CSRFToken"] = token
        assert self.get(URL + "/api/v1/me/", timeout=60).json()["result"]["username"] == name

    def ask(self, method, path, **body):
        return self.request(method, URL + path, timeout=60, allow_redirects=False, **({"json": body} if body else {}))


@pytest.fixture(scope="module")
def people():
    return {name: Person(name) for name in ROLES}


@pytest.fixture(scope="module")
def there(people):
    """Ids of what is there: datasets, charts and dashboards by name, and the database."""
    admin = people["admin"]

    def ids(kind, name):
        return {one[name]: one["id"] for one in admin.ask("GET", f"/api/v1/{kind}/?q=(page_size:100)").json()["result"]}

    databases = ids("database", "database_name")
    return {
        "dataset": ids("dataset", "table_name"),
        "chart": ids("chart", "slice_name"),
        "dashboard": ids("dashboard", "dashboard_title"),
        "database": databases["teller"],
    }


ALLOWED, NO = 200, 403
READS = {
    "/api/v1/me/": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/chart/": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_turnout": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_operations": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_audit": (ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/database/": (NO, ALLOWED, ALLOWED),
    "/api/v1/query/": (NO, ALLOWED, ALLOWED),
    "/api/v1/saved_query/": (NO, ALLOWED, ALLOWED),
    "/api/v1/sqllab/": (NO, ALLOWED, ALLOWED),
    "/api/v1/dataset/": (NO, NO, ALLOWED),
    "/api/v1/explore/": (NO, NO, ALLOWED),
    "/api/v1/assets/export/": (NO, NO, ALLOWED),
    "/api/v1/log/": (NO, NO, ALLOWED),
    "/api/v1/tag/": (NO, NO, ALLOWED),
    "/api/v1/css_template/": (NO, NO, ALLOWED),
    "/api/v1/rowlevelsecurity/": (NO, NO, ALLOWED),
    "/api/v1/annotation_layer/": (NO, NO, ALLOWED),
    "/api/v1/security/users/": (NO, NO, ALLOWED),
    "/api/v1/security/roles/": (NO, NO, ALLOWED),
}


@pytest.mark.parametrize("path", READS)
def test_who_may_read(people, path):
    assert tuple(people[name].ask("GET", path).status_code for name in ROLES) == READS[path]


@pytest.mark.parametrize("name", ["observer", "analyst"])
@pytest.mark.parametrize("kind", ["dashboard", "chart", "dataset", "database"])
def test_only_an_admin_changes_what_people_see(people, there, name, kind):
    one = there[kind] if kind == "database" else next(iter(there[kind].values()))
    assert people[name].ask("POST", f"/api/v1/{kind}/", slice_name="mine", dashboard_title="mine").status_code == NO
    assert people[name].ask("PUT", f"/api/v1/{kind}/{one}", description="mine").status_code == NO
    assert people[name].ask("DELETE", f"/api/v1/{kind}/{one}").status_code == NO


def chart_data(person, there, column, extras=None, of_dashboard=True):
    query = {"columns": [column], "metrics": [], "filters": [], "orderby": [], "row_limit": 5, "extras": extras or {}}
    of = {"dashboardId": there["dashboard"]["Teller: unofficial totals"], "slice_id": there["chart"]["The count"]} if of_dashboard else {}
    return person.ask(
        "POST",
        "/api/v1/chart/data",
        datasource={"id": there["dataset"]["pub_head"], "type": "table"},
        queries=[query],
        form_data=of,
        result_format="json",
        result_type="full",
        force=True,
    )


def written(sql):
    return {"expressionType": "SQL", "sqlExpression": sql, "label": "x"}


# Functions of PostgreSQL that run a query which they are given as a text, or read a whole table: no look at the statement sees it.
RUNS_SQL = [
    "select query_to_xml('select * from teller.audit', true, true, '')",
    "select query_to_xml_and_xmlschema('select rolname from pg_authid', true, true, '')::text as found",
    "select x from query_to_xml('select 1', true, true, '') as x",
    "with x as (select query_to_xml('delete from teller.totals', true, true, '') as y) select y from x",
    "select election, query_to_xml('select * from teller.totals', true, true, '') from pub_head",
    "select table_to_xml('teller.audit', true, true, '')",
    "select schema_to_xml('teller', true, true, '')",
    "select database_to_xml(true, true, '')",
    "select cursor_to_xml('c', 1, true, true, '')",
]


@pytest.mark.parametrize("name", ROLES)
def test_a_chart_gives_its_own_data_and_no_other(people, there, name):
    person = people[name]
    assert chart_data(person, there, "said").status_code == 200
    assert chart_data(person, there, "said", of_dashboard=False).status_code == (200 if name == "admin" else NO)
    for sql in ("(select rolname from pg_authid limit 1)", "(select count(*) from teller.audit)"):
        assert "cannot contain sub-queries" in chart_data(person, there, written(sql)).text
    assert "permission denied" in chart_data(person, there, written("set_config('statement_timeout', '0', false)")).text
    for sql in (
        "query_to_xml('select 1', true, true, '')",
        "query_to_xml('select * from teller.audit', true, true, '')",
        "database_to_xml(true, true, '')",
    ):
        asked = chart_data(person, there, written(sql + "::text"))
        assert "permission denied" in asked.text, (sql, asked.text)
    where = {"where": "query_to_xml('select * from teller.audit', true, true, '')::text is not null"}
    assert chart_data(person, there, "said", where).status_code in (400, 403)
    assert chart_data(person, there, "said", {"where": "1 = 1) union select 'x' from teller.audit --"}).status_code == 400
    assert chart_data(person, there, "said", {"where": "exists (select 1 from teller.audit)"}).status_code in (400, 403)


def laboratory(person, there, sql):
    return person.ask("POST", "/api/v1/sqllab/execute/", database_id=there["database"], schema="teller", sql=sql, runAsync=False, queryLimit=5)


@pytest.mark.parametrize("sql", ["select election from pub_head", *RUNS_SQL])
def test_an_observer_has_no_laboratory(people, there, sql):
    assert laboratory(people["observer"], there, sql).status_code == NO


@pytest.mark.parametrize("sql", ["select election from pub_head", "with h as (select * from teller.pub_head) select mode from h"])
def test_an_analyst_asks_public_views(people, there, sql):
    answer = laboratory(people["analyst"], there, sql)
    assert answer.status_code == 200 and answer.json()["status"] == "success", answer.text


REFUSED = [
    "select * from teller.audit",
    "select * from teller.totals",
    "select * from pg_catalog.pg_authid",
    "select * from pg_roles",
    "select * from information_schema.tables",
    "select pg_sleep(1)",
    "select set_config('statement_timeout', '0', false)",
    "set statement_timeout = 0",
    "alter role teller_reader set statement_timeout = 0",
    "alter role teller_reader password 'mine'",
    "delete from teller.pub_head",
    "do $$ begin end $$",
    "copy teller.pub_head to stdout",
    "explain analyze select 1",
    "select * into mine from teller.pub_head",
    "grant select on teller.pub_head to public",
    "select 1; set statement_timeout = 0; select 2",
    *RUNS_SQL,
]


@pytest.mark.parametrize("sql", REFUSED)
def test_an_analyst_asks_nothing_else(people, there, sql):
    answer = laboratory(people["analyst"], there, sql)
    assert answer.status_code >= 400 and "errors" in answer.json(), answer.text


@pytest.mark.parametrize("sql", [one for one in REFUSED if "information_schema" not in one])
def test_not_even_an_admin_reads_beyond_the_account_of_the_dashboards(people, there, sql):
    answer = laboratory(people["admin"], there, sql)
    assert answer.status_code >= 400 and "errors" in answer.json(), answer.text


def test_an_analyst_finds_ten_saved_queries(people, there):
    found = people["analyst"].ask("GET", "/api/v1/saved_query/?q=(page_size:100)").json()["result"]
    assert len([one for one in found if one["database"]["id"] == there["database"]]) == 10

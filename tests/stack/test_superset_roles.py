"""What each role of Superset may do, at each endpoint: Observer looks, Auditor also at the audit log, Analyst also asks in SQL Lab of
public views alone, Admin all. And that what the files say can be brought there again, with nothing changed.

Of data that nobody may see it is asked as well in the places where a person can put SQL: columns and filters of a chart, and SQL Lab.
"""

import io
import re
import zipfile

import pytest
import requests

from running_stack import CA, STATE, port, secret, stack

URL = f"https://localhost:{port('SUPERSET_PORT')}"
ROLES = ("observer", "auditor", "analyst", "admin")


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
NO_DASHBOARD = 404  # Of a dashboard that is there, and that one was not given: not even that it is there is told.
READS = {
    "/api/v1/me/": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/chart/": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_turnout": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_operations": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_audit": (ALLOWED, ALLOWED, ALLOWED, ALLOWED),
    "/api/v1/dashboard/teller_audit_log": (NO_DASHBOARD, ALLOWED, NO_DASHBOARD, ALLOWED),
    "/api/v1/database/": (NO, NO, ALLOWED, ALLOWED),
    "/api/v1/query/": (NO, NO, ALLOWED, ALLOWED),
    "/api/v1/saved_query/": (NO, NO, ALLOWED, ALLOWED),
    "/api/v1/sqllab/": (NO, NO, ALLOWED, ALLOWED),
    "/api/v1/dataset/": (NO, NO, NO, ALLOWED),
    "/api/v1/explore/": (NO, NO, NO, ALLOWED),
    "/api/v1/assets/export/": (NO, NO, NO, ALLOWED),
    "/api/v1/log/": (NO, NO, NO, ALLOWED),
    "/api/v1/tag/": (NO, NO, NO, ALLOWED),
    "/api/v1/css_template/": (NO, NO, NO, ALLOWED),
    "/api/v1/rowlevelsecurity/": (NO, NO, NO, ALLOWED),
    "/api/v1/annotation_layer/": (NO, NO, NO, ALLOWED),
    "/api/v1/security/users/": (NO, NO, NO, ALLOWED),
    "/api/v1/security/roles/": (NO, NO, NO, ALLOWED),
}


@pytest.mark.parametrize("path", READS)
def test_who_may_read(people, path):
    assert tuple(people[name].ask("GET", path).status_code for name in ROLES) == READS[path]


@pytest.mark.parametrize("name", ["observer", "auditor", "analyst"])
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


@pytest.mark.parametrize("name", ["observer", "auditor"])
@pytest.mark.parametrize("sql", ["select election from pub_head", *RUNS_SQL])
def test_who_only_looks_has_no_laboratory(people, there, name, sql):
    assert laboratory(people[name], there, sql).status_code == NO


# ------------------------------------------------------------------------------------------------ the audit log


def audit_log(person, there, dashboard, column="actor"):
    """What the chart "Who changed what" shows, asked for as a chart of `dashboard`."""
    return person.ask(
        "POST",
        "/api/v1/chart/data",
        datasource={"id": there["dataset"]["audit_log"], "type": "table"},
        queries=[{"columns": [column], "metrics": [], "filters": [], "orderby": [], "row_limit": 5, "extras": {}}],
        form_data={"dashboardId": there["dashboard"][dashboard], "slice_id": there["chart"]["Who changed what"]},
        result_format="json",
        result_type="full",
        force=True,
    )


def test_an_auditor_sees_who_changed_what(people, there):
    answer = audit_log(people["auditor"], there, "Teller: audit log")
    assert answer.status_code == 200, answer.text
    assert [row["actor"] for row in answer.json()["result"][0]["data"]], "the first line of every log is that of who made the count"


@pytest.mark.parametrize("name", ["observer", "analyst"])
@pytest.mark.parametrize("dashboard", ["Teller: audit log", "Teller: audit", "Teller: unofficial totals"])
def test_nobody_else_sees_it_by_whatever_dashboard_they_name(people, there, name, dashboard):
    answer = audit_log(people[name], there, dashboard)
    assert answer.status_code == NO and "actor" not in answer.text.replace('"actor"', ""), answer.text


def test_an_auditor_puts_no_sql_into_the_chart(people, there):
    for sql in ("(select rolname from pg_authid limit 1)", "(select count(*) from teller.totals)"):
        assert "cannot contain sub-queries" in audit_log(people["auditor"], there, "Teller: audit log", written(sql)).text
    assert (
        "permission denied"
        in audit_log(people["auditor"], there, "Teller: audit log", written("query_to_xml('select 1', true, true, '')::text")).text
    )


def test_the_database_of_auditors_is_in_no_laboratory(people):
    found = people["admin"].ask("GET", "/api/v1/database/?q=(page_size:100)").json()["result"]
    (database,) = [one for one in found if one["database_name"] == "teller audit"]
    assert not database["expose_in_sqllab"]
    assert "teller audit" not in people["analyst"].ask("GET", "/api/v1/database/?q=(page_size:100)").text
    asked = people["analyst"].ask(
        "POST", "/api/v1/sqllab/execute/", database_id=database["id"], schema="ops", sql="select * from audit_log", runAsync=False
    )
    assert asked.status_code >= 400, asked.text


# ----------------------------------------------------------------------------------------------------- SQL Lab


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


# ------------------------------------------------------------------------------------------------- applied again


def all_that_is_there(admin):
    """What an apply brings: the assets as Superset exports them, which roles see which dashboard, and what each role may do."""
    archive = zipfile.ZipFile(io.BytesIO(admin.ask("GET", "/api/v1/assets/export/").content))
    files = {name.split("/", 1)[1]: archive.read(name).decode() for name in archive.namelist() if not name.endswith("metadata.yaml")}
    dashboards = admin.ask("GET", "/api/v1/dashboard/?q=(page_size:100)").json()["result"]
    roles = admin.ask("GET", "/api/v1/security/roles/?q=(page_size:100)").json()["result"]
    may = {role["name"]: admin.ask("GET", f"/api/v1/security/roles/{role['id']}/permissions/").json()["result"] for role in roles}
    users = admin.ask("GET", "/api/v1/security/users/?q=(page_size:100)").json()["result"]
    return {
        "files": files,
        "ids": {one["dashboard_title"]: one["id"] for one in dashboards},
        "given to": {one["dashboard_title"]: sorted(role["name"] for role in one["roles"]) for one in dashboards},
        "may": {name: sorted((one["permission_name"], one["view_menu_name"]) for one in of) for name, of in may.items()},
        "users": {user["username"]: sorted(role["name"] for role in user["roles"]) for user in users},
    }


def test_what_the_files_say_can_be_applied_again_and_nothing_changes(people):
    before = all_that_is_there(people["admin"])
    assert before["given to"]["Teller: audit log"] == ["Auditor"] and before["given to"]["Teller: audit"] == ["Analyst", "Auditor", "Observer"]

    (STATE / "run/superset/applied").unlink()  # What says that nothing needs to be applied.
    stack("superset.sh", "counts")

    after = all_that_is_there(Person("admin"))
    assert after.keys() == before.keys()
    for part in before:
        assert after[part] == before[part], part

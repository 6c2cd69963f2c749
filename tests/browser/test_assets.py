"""The committed dashboard is what its generator writes, and has no secret in it."""

import pathlib
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
SUPERSET = TREE / "view" / "superset"
sys.path.insert(0, str(SUPERSET))


def contents(folder):
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in folder.rglob("*.yaml")}


def test_the_committed_dashboard_is_what_its_generator_writes(tmp_path):
    import make_assets

    make_assets.write(tmp_path)

    assert contents(SUPERSET / "assets") == contents(tmp_path)


def test_the_dashboard_reads_only_public_views_and_carries_no_password():
    import make_assets

    of_auditors = {name for name, one in make_assets.DATASETS.items() if one["database_uuid"] == make_assets.AUDIT_DATABASE["uuid"]}
    assert of_auditors == {"audit_log"}
    assert all(name.startswith("pub_") for name in make_assets.DATASETS.keys() - of_auditors)
    assert "password" not in "".join(contents(SUPERSET / "assets").values()).lower()
    assert make_assets.DATABASE["sqlalchemy_uri"] == "${TELLER_READER_URI}"
    assert make_assets.AUDIT_DATABASE["sqlalchemy_uri"] == "${TELLER_AUDITOR_URI}" and not make_assets.AUDIT_DATABASE["expose_in_sqllab"]


def test_the_audit_log_stands_on_the_dashboard_of_auditors_alone():
    """Who is given a dashboard sees the data of its charts, whatever account of the database they are read with."""
    import make_assets

    of_auditors = {name for name, one in make_assets.CHARTS.items() if one["dataset_uuid"] == make_assets.DATASETS["audit_log"]["uuid"]}
    on = {slug for slug, (_, rows) in make_assets.DASHBOARDS.items() if of_auditors & {name for *names, _ in rows for name in names}}

    assert of_auditors == {"Who changed what"} and on == {"teller_audit_log"}


def test_a_click_chooses_in_the_charts_that_show_the_same_and_in_no_other():
    import make_assets

    made = make_assets.dashboard("teller")
    numbers = {
        one["meta"]["sliceName"]: one["meta"]["chartId"] for one in made["position"].values() if isinstance(one, dict) and one.get("type") == "CHART"
    }
    linked = {numbers[name] for name in ("Votes by option", "Votes over time", "Options")}
    scopes = made["metadata"]["chart_configuration"]

    assert made["metadata"]["cross_filters_enabled"] and {int(number) for number in scopes} == set(numbers.values())
    for number in numbers.values():
        reached = set(scopes[str(number)]["crossFilters"]["chartsInScope"])
        assert reached == (linked - {number} if number in linked else set())
        assert set(scopes[str(number)]["crossFilters"]["scope"]["excluded"]) == set(numbers.values()) - reached
    # What they have in common is a column of one name: what a click says, the others understand.
    column = {"Votes by option": "pub_place_figures", "Options": "pub_place_figures", "Votes over time": "pub_timeline"}
    assert all("line_name" in {c["column_name"] for c in make_assets.DATASETS[of]["columns"]} for of in column.values())
    assert not make_assets.dashboard("teller_audit")["metadata"]["cross_filters_enabled"]

"""Counts beside each other on the stack: what follows from a name, and that the count without one has what it always had.

No server runs here. tests/service/test_two_counts.py counts two elections side by side.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tomllib

import pytest
import yaml

from stack_settings import settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "stack"))
import superset_counts  # noqa: E402

ASSETS = ROOT / "view/superset/assets"


def environment(state, more=None):
    return {"PATH": os.environ["PATH"], "HOME": str(state), "TELLER_STATE": str(state)} | (more or {})


def teller(state, *arguments, code=0, **more):
    done = subprocess.run([ROOT / "stack/teller.sh", *arguments], env=environment(state, more), capture_output=True, text=True, timeout=120)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stderr


def shell(state, script, **more):
    return subprocess.run(["bash", "-c", script], cwd=ROOT, env=environment(state, more), capture_output=True, text=True, timeout=120)


def config(state, name):
    return tomllib.loads((state / f"teller-{name}.toml").read_text())


def test_the_count_without_a_name_has_what_it_always_had(tmp_path):
    teller(tmp_path, "config")
    told = tomllib.loads((tmp_path / "teller.toml").read_text())
    assert told["count"] == {"home": str(tmp_path / "count")}
    assert [told["kafka"][topic] for topic in ("entries", "inbox", "refused")] == ["entries", "inbox", "refused"]
    assert " dbname=teller " in told["postgres"]["conninfo"]
    assert told["gateway"]["listen"] == f"127.0.0.1:{settings()['GATEWAY_PORT']}" and told["gateway"]["senders"] == ["station"]
    assert told["api"]["listen"] == f"127.0.0.1:{settings()['API_PORT']}" and told["api"]["senders"] == ["clerk"]
    assert told["segments"]["directory"] == str(tmp_path / "count/segments")


def test_what_a_count_has_follows_from_its_name(tmp_path):
    teller(tmp_path, "--count", "rill", "create")
    teller(tmp_path, "--count", "brook-2026", "create", COUNT_SENDERS="county station", COUNT_CLERKS="north south", COUNT_CORES="3")
    first, second = config(tmp_path, "rill"), config(tmp_path, "brook-2026")
    base = int(settings()["COUNT_PORT_BASE"])
    assert first["count"] == {"home": str(tmp_path / "count-rill"), "name": "rill"}
    assert " dbname=teller_rill " in first["postgres"]["conninfo"] and " dbname=teller_brook-2026 " in second["postgres"]["conninfo"]
    assert "entries" not in first["kafka"]
    assert first["gateway"]["listen"] == f"127.0.0.1:{base + 10}" and second["gateway"]["listen"] == f"127.0.0.1:{base + 20}"
    assert first["gateway"]["senders"] == ["station"] and second["gateway"]["senders"] == ["county", "station"]
    assert first["api"]["listen"] == f"127.0.0.1:{base + 16}" and second["api"]["listen"] == f"127.0.0.1:{base + 26}"
    assert first["api"]["senders"] == ["clerk"] and second["api"]["senders"] == ["north", "south"]
    names = shell(tmp_path, ". stack/counts.sh; of_count brook-2026; echo $board_port $log_port $page_port $cores $process $dashboard")
    assert names.stdout.split() == [str(base + 23), str(base + 22), str(base + 24), "3", "brook-2026.", "teller-brook-2026"]


def test_a_slot_is_given_again_when_its_count_is_gone(tmp_path):
    base = int(settings()["COUNT_PORT_BASE"])
    for name in "abcdefghi":
        teller(tmp_path, "--count", name, "create")
    assert "already" in teller(tmp_path, "--count", "more", "create", code=3)
    teller(tmp_path, "--count", "c", "delete")
    teller(tmp_path, "--count", "more", "create")
    teller(tmp_path, "--count", "more", "create")  # What is there stays.
    assert config(tmp_path, "more")["gateway"]["listen"] == f"127.0.0.1:{base + 30}"


@pytest.mark.parametrize("name", ["", "Rill", "2rill", "-rill", "rill-", "a.b", "a_b", "a b", "../x", "a" * 21])
def test_a_name_that_could_be_no_topic_or_database_is_refused(tmp_path, name):
    teller(tmp_path, "--count", name, "create", code=1 if not name else 3)
    assert not list(tmp_path.glob("teller-*")) and not list(tmp_path.glob("counts/*"))


def test_a_count_that_was_not_created_is_named(tmp_path):
    teller(tmp_path, "--count", "rill", "create")
    assert "there is no count brook here (there are: rill )" in teller(tmp_path, "--count", "brook", "start", code=3)


def test_each_of_several_drivers_takes_its_part_unless_it_is_told(tmp_path):
    def cores(name, **more):
        return shell(tmp_path, f". stack/counts.sh; of_count '{name}'; echo $cores", SPARK_WORKERS="4", **more).stdout.strip()

    assert cores("") == "4"
    (tmp_path / "count").mkdir()
    (tmp_path / "count/count.json").write_text("{}")
    teller(tmp_path, "--count", "rill", "create")
    assert (cores(""), cores("rill")) == ("2", "2")
    teller(tmp_path, "--count", "brook", "create", COUNT_CORES="1")
    assert (cores(""), cores("rill"), cores("brook"), cores("", COUNT_CORES="3")) == ("1", "1", "1", "3")


# It would wait for ever, and say so only once a minute.
@pytest.mark.parametrize(("free", "code"), [(0, 3), (1, 0), (2, 0)])
def test_a_driver_for_which_no_core_is_free_is_not_started(tmp_path, free, code):
    jobs = [{"name": "teller-count-0123abcd", "cores": 2 - free}]
    (tmp_path / "page/json").mkdir(parents=True)
    (tmp_path / "page/json/index.html").write_text(json.dumps({"cores": 2, "coresused": 2 - free, "activeapps": jobs}))
    script = """
        . stack/counts.sh
        python3 -u -m http.server --bind 127.0.0.1 --directory "$TELLER_STATE/page" 0 >"$TELLER_STATE/log" 2>&1 &
        server=$!
        trap 'kill $server $(<"$run/pids/spark-master")' EXIT
        until SPARK_PAGE_PORT=$(grep -oP 'port \\K\\d+' "$TELLER_STATE/log"); do sleep 0.05; done
        launch spark-master "$TELLER_STATE/master.log" sleep 60
        core_wait_s=1
        of_count ''
        must_have_a_core rill.count
    """
    done = shell(tmp_path, script)
    assert done.returncode == code, done.stdout + done.stderr
    said = done.stderr if code else done.stdout
    assert ("teller-count-0123abcd has" in said) == (free < 2)


# ------------------------------------------------------------------------------------------------- dashboards


def uuids(files):
    return {path: yaml.safe_load(text)["uuid"] for path, text in files.items() if path != "metadata.yaml"}


def test_each_count_has_a_dashboard_of_its_own_in_superset():
    uri, auditors = (f"postgresql+psycopg2://{account}@localhost:25432/teller?sslmode=verify-full" for account in ("teller_reader", "teller_auditor"))
    uris = {"TELLER_READER_URI": uri, "TELLER_AUDITOR_URI": auditors}
    one, rill, brook = (superset_counts.assets(ASSETS, name, uris) for name in ("", "rill", "brook"))
    assert one == {
        str(file.relative_to(ASSETS)): file.read_text().replace("${TELLER_READER_URI}", uri).replace("${TELLER_AUDITOR_URI}", auditors)
        for file in ASSETS.rglob("*.yaml")
    }
    all_of_them = [uuid for files in (one, rill, brook) for uuid in uuids(files).values()]
    assert len(all_of_them) == len(set(all_of_them)) == 3 * len(uuids(one))
    assert rill == superset_counts.assets(ASSETS, "rill", uris), "another import would make everything twice"

    database = yaml.safe_load(rill["databases/teller.yaml"])
    assert database["database_name"] == "teller-rill"
    assert database["sqlalchemy_uri"] == uri.replace("/teller?", "/teller_rill?")
    audit = yaml.safe_load(rill["databases/teller_audit.yaml"])
    assert audit["database_name"] == "teller-rill audit" and audit["sqlalchemy_uri"] == auditors.replace("/teller?", "/teller_rill?")
    assert superset_counts.count_of("teller-rill audit") == superset_counts.count_of("teller-rill") == "rill"
    dashboard = yaml.safe_load(rill["dashboards/teller.yaml"])
    assert dashboard["slug"] == "teller-rill" and dashboard["dashboard_title"] == "Teller rill: unofficial totals"
    # Nothing of it shows another count's.
    assert not set(superset_counts.UUID.findall("".join(rill.values()))) - set(uuids(rill).values())


@pytest.mark.parametrize("name", ["", "rill"])
def test_what_auditors_read_is_on_no_dashboard_of_others_whatever_it_is_called(tmp_path, name):
    assets = tmp_path / "assets"
    shutil.copytree(ASSETS, assets)
    uris = dict.fromkeys(superset_counts.ACCOUNTS, "postgresql+psycopg2://somebody@localhost:25432/teller?sslmode=verify-full")

    def for_auditors():
        contents = superset_counts.assets(assets, name, uris)
        theirs = superset_counts.for_auditors(assets, name, contents)
        return sorted(path for path, uuid in uuids(contents).items() if uuid in theirs)

    its = assets / "dashboards/teller_audit_log.yaml"
    assert for_auditors() == ["dashboards/teller_audit_log.yaml"]
    # Under another name, and beside a second one.
    text = its.read_text().replace("slug: teller_audit_log", "slug: teller_who_did_what")
    its.rename(its.with_name("teller_who_did_what.yaml")).write_text(text)
    (assets / "dashboards/teller_second.yaml").write_text(
        text.replace(yaml.safe_load(text)["uuid"], superset_counts.id_of("second", yaml.safe_load(text)["uuid"])).replace("who_did_what", "second")
    )
    assert for_auditors() == ["dashboards/teller_second.yaml", "dashboards/teller_who_did_what.yaml"]

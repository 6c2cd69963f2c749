"""What `teller serve` tells Prometheus of its checks, and the alerts that come with it (examples/prometheus)."""

import json
import re
import time

import requests
import yaml

from conftest import TREE, run, serving
from officers import Officers
from test_checks import RULES, bad_sheets, good_sheets, send

ALERTS = yaml.safe_load((TREE / "examples/prometheus/teller-alerts.yml").read_text())
# Words of PromQL in these expressions, and what Prometheus itself says.
NOT_OURS = {"sum", "by", "increase", "rate", "offset", "up"}


def metrics_of(url):
    return requests.get(f"{url}/metrics", headers=url.headers, timeout=60).text


def value_of(text, name, **labels):
    """Of the one line with this name and these labels."""
    said = "".join(sorted(f'{label}="{value}"' for label, value in labels.items()))
    found = [
        float(value)
        for has, value in re.findall(rf"^{name}(?:\{{(.*)\}})? (\S+)$", text, re.MULTILINE)
        if "".join(sorted(re.findall(r'\w+="[^"]*"', has))) == said
    ]
    assert len(found) == 1, (name, labels, text)
    return found[0]


def when_looked(url, after=0):
    """What it tells once its checks are as of a commit behind `after`."""
    for _ in range(1200):
        text = metrics_of(url)
        if value_of(text, "teller_check_commit") > after:
            return text
        time.sleep(0.1)
    raise AssertionError(text)


def test_the_metrics_tell_as_many_findings_as_teller_check(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules)
    send(home, *bad_sheets())
    with serving(home, tmp_path / "engine.log") as url:
        text = when_looked(url)
    checked = json.loads(run("check", "--home", home, "--json", code=1)[0])
    assert checked["errors"] > 0
    for name, check in checked["checks"].items():
        # The roll is not looked at here; this home has none.
        assert value_of(text, "teller_check_findings", check=name, severity=check["severity"]) == check["found"], name
    assert value_of(text, "teller_check_age_seconds") < 60


def test_thresholds_of_ones_own_are_those_of_the_metrics_too(tmp_path, new_home):
    rules, checks = tmp_path / "rules.json", tmp_path / "checks.toml"
    rules.write_text(json.dumps(RULES))
    checks.write_text('[silent_unit]\nseverity = "error"\nunits_min = 1\nreported_percent = 1\n')
    home = new_home(rules)
    send(home, good_sheets()[0])
    with serving(home, tmp_path / "engine.log", "--checks", checks) as url:
        text = when_looked(url)
    assert len(re.findall("^teller_check_findings{", text, re.MULTILINE)) == 1
    assert value_of(text, "teller_check_findings", check="silent_unit", severity="error") > 0
    checks.write_text("[silent]\n")
    assert "checks.invalid" in run("serve", "--home", home, "--listen", "127.0.0.1:0", "--checks", checks, code=2)[1]


def test_every_alert_names_metrics_that_there_are_and_says_what_to_do(tmp_path, new_home):
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps(RULES))
    home = new_home(rules)
    with serving(home, tmp_path / "engine.log") as url:
        requests.post(f"{url}/v1/entries", data="[{}]", headers=url.headers | {"Content-Type": "application/json"}, timeout=60)
        told = set(re.findall(r"^# TYPE (\S+) ", metrics_of(url), re.MULTILINE))
    alerts = [rule for group in ALERTS["groups"] for rule in group["rules"]]
    assert len({alert["alert"] for alert in alerts}) == len(alerts) > 5
    named = set()
    for alert in alerts:
        assert set(alert) <= {"alert", "expr", "for", "labels", "annotations"}
        assert alert["labels"]["severity"] in ("critical", "warning")
        assert alert["annotations"]["summary"] and alert["annotations"]["do"]
        bare = re.sub(r"\{[^}]*\}|\[[^]]*\](?: offset \w+)?|by \([^)]*\)", "", alert["expr"])
        metrics = set(re.findall(r"[a-z_]{2,}", bare)) - NOT_OURS
        assert metrics <= told, (alert["alert"], metrics - told)
        named |= metrics
        for page in re.findall(r"docs/[\w/.-]+\.md", alert["annotations"]["do"]):
            assert (TREE / page).exists()
    assert "teller_check_findings" in named


def test_nothing_is_told_of_findings_before_the_close_of_voting(tmp_path, new_home):
    rules, officers = tmp_path / "rules.json", Officers(tmp_path, lambda *arguments: run(*arguments)[0])
    rules.write_text(json.dumps(RULES))
    home = new_home(rules, "--officers", officers.file, "--publication", "after_close")
    officers.decide("open", "--home", home)
    send(home, *bad_sheets())
    with serving(home, tmp_path / "engine.log") as url:
        # It has looked around, as it does at once after the start.
        while value_of(metrics_of(url), "teller_reconcile_passes_total") < 1:
            time.sleep(0.1)
        text = metrics_of(url)
        assert value_of(text, "teller_check_commit") == 0
        found = re.findall(r"^teller_check_findings\{.*\} (\S+)$", text, re.MULTILINE)
        assert found and set(found) == {"0"}
    officers.decide("close", "--home", home)
    with serving(home, tmp_path / "engine.log") as url:
        text = when_looked(url)
        assert value_of(text, "teller_check_findings", check="votes_above_cards", severity="error") > 0

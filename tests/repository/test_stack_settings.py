"""Where the scripts of stack/ take their settings from. No server runs here."""

import os
import pathlib
import subprocess

import pytest

import stack_settings

ROOT = pathlib.Path(__file__).resolve().parents[2]
SERVER = ROOT / "stack/server.env"


def asked(names, tmp_path, **environment):
    """What stack/lib.sh made of these settings, in a folder that is not the tree."""
    script = f". {ROOT}/stack/lib.sh; printf '%s\\n' " + " ".join(f'"${name}"' for name in names)
    kept = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TELLER_STATE": str(tmp_path)}
    return subprocess.run(["bash", "-c", script], cwd=ROOT / "stack", env=kept | environment, capture_output=True, text=True, timeout=60)


def test_a_profile_changes_only_what_is_a_setting():
    profile, all_of_them = stack_settings.read(SERVER), stack_settings.read(stack_settings.FILE)
    assert profile.keys() <= all_of_them.keys()
    assert {name for name in profile if profile[name] == all_of_them[name]} == set(), "what is the same need not stand there"


@pytest.mark.parametrize("environment", [{}, {"STACK_SETTINGS": str(SERVER)}, {"STACK_SETTINGS": "server.env", "KAFKA_HEAP": "1g"}])
def test_scripts_and_tests_read_the_same(environment, tmp_path, monkeypatch):
    names = sorted(stack_settings.read(stack_settings.FILE).keys() - {"COUNT_CORES", "SUPERSET_OIDC"})
    told = asked(names, tmp_path, **environment)
    assert told.returncode == 0, told.stderr
    monkeypatch.chdir(ROOT / "stack")
    for name in (*names, "STACK_SETTINGS"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    read = stack_settings.settings()
    assert dict(zip(names, told.stdout.splitlines(), strict=True)) == {name: read[name] for name in names}
    assert read["KAFKA_HEAP"] == environment.get("KAFKA_HEAP", "2g" if environment else "320m")


def test_a_profile_that_is_not_there_is_said(tmp_path):
    told = asked(["KAFKA_HEAP"], tmp_path, STACK_SETTINGS="elsewhere.env")
    assert told.returncode == 3 and "elsewhere.env, which cannot be read; stack/server.env is one" in told.stderr, told

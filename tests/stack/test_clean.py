"""stack.sh clean asks PostgreSQL too: a live count whose home lies elsewhere stays, and so does everything that runs."""

import json
import secrets
import subprocess

from running_stack import API, GATEWAY, ROOT, STATE, TELLER, own_config, rows, stack


def test_a_live_count_that_only_postgresql_knows_is_not_deleted(tmp_path):
    database = "clean" + secrets.token_hex(3)
    home = tmp_path / "home"
    config = tmp_path / "teller.toml"
    config.write_text(own_config(home, tmp_path, database + "-", database, GATEWAY, API))
    stack("postgres.sh", "database", database)
    before = rows()
    try:
        rules = ROOT / "tests/vectors/rules.json"
        subprocess.run([TELLER, "init", "--config", config, "--rules", rules, "--mode", "live"], check=True, capture_output=True)
        count = json.loads((home / "count.json").read_text())["id"]
        refused = subprocess.run([ROOT / "stack/stack.sh", "clean"], capture_output=True, text=True, timeout=600)
        assert refused.returncode == 3 and f"COUNT='{count}'" in refused.stderr, refused.stderr
        assert rows() == before and (STATE / "secrets/ca.crt").exists()
    finally:
        stack("postgres.sh", "drop-database", database)

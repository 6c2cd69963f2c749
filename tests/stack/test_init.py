"""A `teller init` that fails at the database leaves neither tables nor a home; when that is mended, the same command works."""

import secrets
import subprocess

from running_stack import API, GATEWAY, ROOT, TELLER, own_config, stack


def test_a_schema_that_cannot_be_made_leaves_nothing(tmp_path):
    database = "init" + secrets.token_hex(3)
    home, config = tmp_path / "home", tmp_path / "teller.toml"
    config.write_text(own_config(home, tmp_path, database + "-", database, GATEWAY, API))
    stack("postgres.sh", "database", database)

    def tables():
        return stack("postgres.sh", "sql", "-At", "-d", database, "-c", "SELECT tablename FROM pg_tables WHERE schemaname = 'teller'").split()

    def init(mode):
        command = [TELLER, "init", "--config", config, "--rules", ROOT / "tests/vectors/rules.json", "--mode", mode]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    try:
        # Somebody's table stands where one of ours is to be: what comes before it is made, and goes again.
        stack("postgres.sh", "sql", "-d", database, "-c", "CREATE TABLE teller.figure_states (i int)")
        failed = init("test")
        assert failed.returncode == 3, failed.stderr
        assert tables() == ["figure_states"] and not home.exists(), failed.stderr
        stack("postgres.sh", "sql", "-d", database, "-c", "DROP TABLE teller.figure_states")
        # Nothing of the first try is in the way of a count that is another one.
        assert init("rehearsal").returncode == 0
        assert len(tables()) > 10 and (home / "count.json").exists()
        again = init("live")
        assert again.returncode == 2 and "home.exists" in again.stderr, "it would have stayed a rehearsal"
    finally:
        stack("postgres.sh", "drop-database", database)

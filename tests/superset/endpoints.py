"""What Superset answers to each of its roles, endpoint by endpoint: prints it as JSON, {role: {"GET /path": status}}.

    build/venv/superset/bin/python tests/superset/endpoints.py FOLDER

Superset runs in this process, with the settings of the stack and what stack/superset_apply.py brings, and keeps what it knows in an
SQLite file in FOLDER: no server is needed, and none is asked. Its tables are made as its models have them; three hundred migrations
would take minutes. Every route is asked, with something that is there where it wants something named. Admin is only asked what GET
gives, since he may delete; all roles read before one of them changes anything. "broken: …": Superset itself came to no end.
"""

import json
import os
import pathlib
import runpy
import secrets
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]
PEOPLE = {"Observer": "observer", "Auditor": "auditor", "Analyst": "analyst", "Admin": "admin"}
HERE = "https://localhost"
NOT_ASKED = ("/static/", "/logout", "/login", "/health", "/ping", "/healthcheck")  # Of nobody in particular.
CHANGES = {"POST", "PUT", "PATCH", "DELETE"}
NAMED = {"id_or_slug": "teller", "dashboard_id_or_slug": "teller"}
CONFIG = """import sys
sys.path.insert(0, {stack!r})
from superset_config import *
SQLALCHEMY_ENGINE_OPTIONS = {{}}  # SQLite has no pool.
WTF_CSRF_ENABLED = RATELIMIT_ENABLED = AUTH_RATE_LIMITED = False  # What a browser does is not asked here.
"""


def settings(folder):
    """As stack/superset.sh makes them; nobody is asked for a count's figures."""
    config = folder / "config.py"
    config.write_text(CONFIG.format(stack=str(TREE / "stack")))
    nowhere = "postgresql+psycopg2://{}@localhost:1/teller?sslmode=disable"
    return {
        "SUPERSET_SECRET_KEY": secrets.token_hex(32),
        "SUPERSET_METADATA_URI": f"sqlite:///{folder}/superset.sqlite",
        "SUPERSET_HOME": str(folder),
        "HOME": str(folder),
        "SUPERSET_CONFIG_PATH": str(config),
        "TELLER_READER_URI": nowhere.format("teller_reader"),
        "TELLER_AUDITOR_URI": nowhere.format("teller_auditor"),
        **{f"SUPERSET_{name.upper()}_PASSWORD": secrets.token_hex(16) for name in PEOPLE.values()},
    }


def applied():
    """The app, after stack/superset_apply.py has brought it to what the files say."""
    import flask_migrate

    def as_the_models_have_them():
        from flask_appbuilder import Model
        from superset import db

        Model.metadata.create_all(db.engine)
        db.create_all()

    flask_migrate.upgrade = as_the_models_have_them
    sys.path.insert(0, str(TREE / "stack"))
    sys.argv = ["superset_apply.py", str(TREE / "view/superset")]
    return runpy.run_path(str(TREE / "stack/superset_apply.py"))["app"]


def an_action(app, rule):
    """The first action of a list of things, which is asked for by its name."""
    actions = getattr(getattr(app.view_functions[rule.endpoint], "__self__", None), "actions", None)
    return next(iter(actions), "1") if actions else "1"


def path_of(app, rule):
    values = {}
    for name in rule.arguments:
        kind = type(rule._converters[name]).__name__
        default = 1 if kind in ("IntegerConverter", "FloatConverter") else "00000000-0000-0000-0000-000000000000" if kind == "UUIDConverter" else "1"
        values[name] = an_action(app, rule) if "/action/" in str(rule) and name == "name" else NAMED.get(name, default)
    return rule.build(values, append_unknown=False)[1]


def person(app, name):
    client = app.test_client()
    form = {"username": name, "password": os.environ[f"SUPERSET_{name.upper()}_PASSWORD"]}
    assert client.post("/login/", data=form, base_url=HERE).status_code == 302
    assert client.get("/api/v1/me/", base_url=HERE).json["result"]["username"] == name
    return client


def ask(app, client, rules, methods):
    """{endpoint: what it answers}; "refused": to sign in, back to where one was, or without the right."""
    said = {}
    for rule in rules:
        for method in sorted(rule.methods & methods):
            form = {"data": {"action": an_action(app, rule), "rowid": "1"}} if str(rule).endswith("/action_post") else {"json": {}}
            try:
                answer = client.open(path_of(app, rule), method=method, base_url=HERE, **({} if method == "GET" else form))
                away = answer.status_code == 302 and ("/login" in answer.headers["Location"] or answer.headers["Location"] == ".")
                status = "refused" if away or answer.status_code in (401, 403) else answer.status_code
            except Exception as error:  # noqa: BLE001  (whatever it is: it is no answer)
                status = f"broken: {type(error).__name__}"
            said[f"{method} {rule}"] = status
    return said


def main(folder):
    os.environ.update(settings(folder))
    app = applied()
    app.config["PROPAGATE_EXCEPTIONS"] = False
    rules = [rule for rule in sorted(app.url_map.iter_rules(), key=str) if not rule.build_only and not str(rule).startswith(NOT_ASKED)]
    people = {role: person(app, name) for role, name in PEOPLE.items()}
    found = {role: ask(app, client, rules, {"GET"}) for role, client in people.items()}
    for role, client in people.items():
        found[role] |= ask(app, client, rules, CHANGES) if role != "Admin" else {}
    return found


if __name__ == "__main__":
    output, sys.stdout = sys.stdout, sys.stderr  # What Superset prints is none of it.
    json.dump(main(pathlib.Path(sys.argv[1]).absolute()), output, indent=1)

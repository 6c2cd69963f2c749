"""Brings Superset to what the files say, in one process: migrations, stock roles, our roles, users, dashboards.

    python superset_apply.py FOLDER [NAME...]

FOLDER (view/superset) may hold roles.json (as `superset fab export-roles` writes it) and assets/ (metadata.yaml of type
`assets`, databases/, datasets/, charts/, dashboards/), both optional. ${TELLER_READER_URI} and ${TELLER_AUDITOR_URI} in a YAML file
are replaced from the environment; there is no password in them. Everything is overwritten by UUID or name, so that running it again
changes nothing. Each NAME is a count beside the one without a name, with the same on a database of its own
(superset_counts.py); what is there of a count that is not named any more goes. Every dashboard of the folder is given to the
roles Observer, Analyst and Auditor, one with a chart of what the auditor's account reads to Auditor alone; the schema `teller` of each count's database to Analyst, and the saved queries are the account
analyst's: a saved query is seen by whom it belongs to. Called by superset.sh.
"""

import json
import os
import pathlib
import sys

import superset_counts as counts
import yaml
from superset.app import create_app

folder, names = pathlib.Path(sys.argv[1]), sys.argv[2:]
root, uris = folder / "assets", {account: os.environ.get(account, "") for account in counts.ACCOUNTS}

# What the role Observer may do when FOLDER does not say: look at dashboards that are given to it.
OBSERVER = [
    ("can_read", "Dashboard"),
    ("can_read", "Chart"),
    ("can_dashboard", "Superset"),
    ("can_log", "Superset"),
    ("can_read", "CurrentUserRestApi"),
    ("can_read", "DashboardFilterStateRestApi"),
    ("can_write", "DashboardFilterStateRestApi"),
    ("can_time_range", "Api"),
    ("menu_access", "Dashboards"),
]


def roles():
    wanted = {"Observer": OBSERVER, "Analyst": OBSERVER, "Auditor": OBSERVER}
    file = folder / "roles.json"
    if file.exists():
        for role in json.loads(file.read_text()):
            wanted[role["name"]] = [(p["permission"]["name"], p["view_menu"]["name"]) for p in role["permissions"]]
    return wanted


def set_user(security, name, password, role):
    user = security.find_user(name)
    if user is None:
        security.add_user(name, name, "account", f"{name}@localhost", security.find_role(role), password=password)
    else:
        user.roles = [security.find_role(role)]
        security.reset_password(user.id, password)


def may_query(role, database):
    """SQL Lab, on the schema of the pub_* views and on no other: a query that names another table is refused before it is sent."""
    schema = security.get_schema_perm(database.database_name, database.get_default_catalog(), "teller")
    role.permissions.append(security.add_permission_view_menu("schema_access", schema))


def remove(database):
    """A database of a count that is gone, with what was made on it."""
    db.session.query(SavedQuery).filter_by(db_id=database.id).delete()
    db.session.query(Query).filter_by(database_id=database.id).delete()
    for table in db.session.query(SqlaTable).filter_by(database_id=database.id).all():
        for chart in db.session.query(Slice).filter_by(datasource_id=table.id, datasource_type="table").all():
            for dashboard in chart.dashboards:
                db.session.delete(dashboard)
            db.session.flush()
            db.session.delete(chart)
        db.session.delete(table)
    db.session.flush()
    db.session.delete(database)


app = create_app()
with app.app_context():
    import flask_migrate
    from flask import g
    from superset import db
    from superset import security_manager as security

    flask_migrate.upgrade()

    import superset.cli.main  # noqa: F401  (registers what the stock roles are made of)
    from superset.commands.importers.v1.assets import ImportAssetsCommand
    from superset.connectors.sqla.models import SqlaTable
    from superset.models.core import Database
    from superset.models.dashboard import Dashboard
    from superset.models.slice import Slice
    from superset.models.sql_lab import Query, SavedQuery

    app.appbuilder.add_permissions(update_perms=True)
    security.sync_role_definitions()
    for name, permissions in roles().items():
        # Exactly these: what a file no longer gives is taken away.
        security.add_role(name).permissions = [security.add_permission_view_menu(*one) for one in permissions]
    db.session.commit()
    set_user(security, "admin", os.environ["SUPERSET_ADMIN_PASSWORD"], "Admin")
    set_user(security, "observer", os.environ["SUPERSET_OBSERVER_PASSWORD"], "Observer")
    set_user(security, "analyst", os.environ["SUPERSET_ANALYST_PASSWORD"], "Analyst")
    set_user(security, "auditor", os.environ["SUPERSET_AUDITOR_PASSWORD"], "Auditor")

    for name in ["", *names]:
        contents = counts.assets(root, name, uris)
        if not contents:
            continue
        g.user = security.find_user("admin")
        ImportAssetsCommand(contents, passwords={}).run()
        auditors_alone = counts.for_auditors(root, name, contents)
        for path, text in contents.items():
            content = yaml.safe_load(text)
            kind, of = path.split("/")[0], content.get("uuid")
            if kind == "dashboards":
                dashboard = db.session.query(Dashboard).filter_by(uuid=of).one()
                may_see = ["Auditor"] if of in auditors_alone else ["Observer", "Analyst", "Auditor"]
                dashboard.roles = [security.find_role(role) for role in may_see]
            elif kind == "databases" and content["expose_in_sqllab"]:
                may_query(security.find_role("Analyst"), db.session.query(Database).filter_by(uuid=of).one())
            elif kind == "queries":
                query = db.session.query(SavedQuery).filter_by(uuid=of).one()
                query.user = query.created_by = security.find_user("analyst")
        print(f"{len(contents)} files of {folder} imported{' for the count ' * bool(name)}{name}")
    originals = [yaml.safe_load(file.read_text())["uuid"] for file in root.glob("databases/*.yaml")]
    for database in db.session.query(Database).filter(Database.database_name.like("teller-%")).all():
        name = counts.count_of(database.database_name)
        if name not in names and str(database.uuid) in [counts.id_of(name, original) for original in originals]:
            remove(database)
            print(f"what there was of the count {name} is removed ({database.database_name})")
    db.session.commit()

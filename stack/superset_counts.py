"""The dashboards of each count: view/superset/assets, and for a count with a name the same under names and UUIDs of its own.

UUIDs come from the UUID in the files and the name, so that an import overwrites what was there and running it again changes
nothing. Nothing of Superset is needed here.
"""

import pathlib
import re
import uuid

import yaml

AUDITOR = "TELLER_AUDITOR_URI"  # It reads the audit log, and nobody else does.
ACCOUNTS = ("TELLER_READER_URI", AUDITOR)  # As whom the dashboards read a count: words in the files, and what stands for them.
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def id_of(name, original):
    """The UUID of the count `name` for what has `original` in the files; the count without a name has those."""
    return original if not name else str(uuid.uuid5(uuid.UUID(original), name))


def uri_of(name, uri):
    """Where its database is. `uri`: that of the count without a name."""
    return uri.replace("/teller?", f"/teller_{name}?") if name else uri


def slug_of(name):
    return f"teller-{name}" if name else "teller"


def with_uris(text, name, uris):
    for account in ACCOUNTS:
        text = text.replace(f"${{{account}}}", uri_of(name, uris.get(account, "")))
    return text


def assets(root, name, uris):
    """Path below `root` -> text, as Superset imports it, of the count `name` (empty: the one without). `uris`: by ACCOUNTS, where
    the database of the count without a name is."""
    files = {str(path.relative_to(root)): path.read_text() for path in sorted(pathlib.Path(root).rglob("*.yaml"))}
    if not name:
        return {path: with_uris(text, name, uris) for path, text in files.items()}
    return {path: _of_count(path, text, name, uris) for path, text in files.items()}


def for_auditors(root, name, contents):
    """The UUIDs of dashboards of the count `name` that show what AUDITOR reads, whatever they are called: who sees a dashboard
    sees the data of its charts. `contents`: of assets()."""
    databases = [yaml.safe_load(file.read_text()) for file in pathlib.Path(root).glob("databases/*.yaml")]
    theirs = {id_of(name, one["uuid"]) for one in databases if f"${{{AUDITOR}}}" in one["sqlalchemy_uri"]}
    for kind, of in (("datasets", "database_uuid"), ("charts", "dataset_uuid")):
        made = [yaml.safe_load(text) for path, text in contents.items() if path.startswith(f"{kind}/")]
        theirs |= {one["uuid"] for one in made if one[of] in theirs}
    dashboards = [text for path, text in contents.items() if path.startswith("dashboards/")]
    return {yaml.safe_load(text)["uuid"] for text in dashboards if theirs & set(UUID.findall(text))}


def count_of(database_name):
    """The count with a name that a database of Superset is of."""
    return database_name.removeprefix(slug_of("") + "-").split(" ")[0]  # No name has a space.


def _of_count(path, text, name, uris):
    text = with_uris(UUID.sub(lambda found: id_of(name, found[0]), text), name, uris)
    content = yaml.safe_load(text)
    if path.startswith("databases/"):
        content["database_name"] = slug_of(name) + content["database_name"].removeprefix(slug_of(""))
    elif path.startswith("dashboards/"):
        title = content["dashboard_title"].replace("Teller", f"Teller {name}", 1)
        content |= {"dashboard_title": title, "slug": slug_of(name) + content["slug"].removeprefix(slug_of(""))}
        content["position"]["HEADER_ID"]["meta"]["text"] = title
    elif path.startswith("queries/"):
        content["label"] = f"{name}: {content['label']}"
    else:
        return text
    return yaml.safe_dump(content, sort_keys=False, allow_unicode=True)

"""Gives the dashboards the colours of the count's options and parties.

    python view/superset/colours.py [NAME]

NAME is a count beside the one without a name. Reads pub_options and pub_parties and writes them into the metadata of its dashboards in Superset's own database, where a
person's choice of colours stands too. Run after `teller init` and after a new presentation; takes a moment, since it
does not start Superset. Does nothing when there is no count or no dashboard yet. From the environment:
TELLER_READER_URI and SUPERSET_METADATA_URI, without passwords (an account has a certificate).
"""

import json
import os
import pathlib
import sys

import sqlalchemy as sa

sys.path.append(str(pathlib.Path(__file__).parents[2] / "stack"))
from superset_counts import slug_of, uri_of  # noqa: E402

from make_assets import DASHBOARDS, INCOMPLETE  # noqa: E402

# A bar or a line that lacks parts says so behind its name, and keeps its colour.
COLOURS = """
select name || ending, colour from (
  select short_name as name, colour from teller.pub_options
  union select option_name, colour from teller.pub_options
  union select party_name, colour from teller.pub_parties) named, (values (''), (:incomplete)) endings (ending)
where colour is not null
order by 1, 2
"""


def main(name=""):
    try:
        with sa.create_engine(uri_of(name, os.environ["TELLER_READER_URI"])).connect() as count:
            colours = dict(count.execute(sa.text(COLOURS), {"incomplete": INCOMPLETE}).all())
    except sa.exc.ProgrammingError:
        print("no count yet")
        return
    with sa.create_engine(os.environ["SUPERSET_METADATA_URI"]).begin() as superset:
        slugs = [slug_of(name) + slug.removeprefix(slug_of("")) for slug in DASHBOARDS]
        rows = superset.execute(
            sa.text("select id, json_metadata from dashboards where slug = any(:slugs) order by id for update"), {"slugs": slugs}
        ).all()
        if not rows:
            print("no dashboard yet")
            return
        changed = 0
        for number, text in rows:
            metadata = json.loads(text or "{}")
            if metadata.get("label_colors") == colours:
                continue
            metadata |= {"label_colors": colours, "map_label_colors": colours, "shared_label_colors": []}
            superset.execute(sa.text("update dashboards set json_metadata = :json where id = :id"), {"json": json.dumps(metadata), "id": number})
            changed += 1
        print(f"{len(colours)} colours" + ("" if changed else ", as before"))


if __name__ == "__main__":
    main(*sys.argv[1:])

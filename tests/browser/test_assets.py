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

    assert all(name.startswith("pub_") for name in make_assets.DATASETS)
    assert "password" not in "".join(contents(SUPERSET / "assets").values()).lower()
    assert make_assets.DATABASE["sqlalchemy_uri"] == "${TELLER_READER_URI}"

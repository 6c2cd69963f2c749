"""Superset's settings in this stack. Every secret and every place comes from the environment that superset.sh makes."""

import hashlib
import os
import pathlib
import sys

import sqlglot
from sqlglot import exp

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
# For features that are off; their defaults are words that everybody knows.
GUEST_TOKEN_JWT_SECRET = hashlib.sha256(f"guest {SECRET_KEY}".encode()).hexdigest()
GLOBAL_ASYNC_QUERIES_JWT_SECRET = hashlib.sha256(f"async {SECRET_KEY}".encode()).hexdigest()
SQLALCHEMY_DATABASE_URI = os.environ["SUPERSET_METADATA_URI"]  # No password in it: a certificate.
SQLALCHEMY_ENGINE_OPTIONS = {"pool_size": 5, "max_overflow": 5, "pool_pre_ping": True}
SQLALCHEMY_TRACK_MODIFICATIONS = False

TALISMAN_ENABLED = True
TALISMAN_CONFIG = {
    "session_cookie_secure": True,  # Talisman overwrites SESSION_COOKIE_SECURE with this one.
    "force_https": False,  # There is no plain port to come from.
    "strict_transport_security": True,
    # Only from here: this also blocks the counting pixel that is compiled into the pages.
    "content_security_policy": {
        "base-uri": ["'self'"],
        "default-src": ["'self'"],
        "img-src": ["'self'", "blob:", "data:"],
        "worker-src": ["'self'", "blob:"],
        "connect-src": ["'self'"],
        "object-src": "'none'",
        "style-src": ["'self'", "'unsafe-inline'"],
        "font-src": ["'self'"],
        "script-src": ["'self'", "'strict-dynamic'"],
    },
    "content_security_policy_nonce_in": ["script-src"],
}
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
WTF_CSRF_ENABLED = True
RATELIMIT_ENABLED = True
RATELIMIT_STORAGE_URI = "memory://"
AUTH_RATE_LIMITED = True
AUTH_RATE_LIMIT = "20 per minute"
AUTH_USER_REGISTRATION = False
PUBLIC_ROLE_LIKE = None
PREVENT_UNSAFE_DB_CONNECTIONS = True


def SQL_QUERY_MUTATOR(sql, **_):  # noqa: N802  (Superset's name for it)
    """Lets nothing to a count's database but SELECT, whoever asks: not SET (a longer time limit), not ALTER ROLE, not EXPLAIN ANALYZE.

    Superset itself refuses what changes data (allow_dml) and tables that a role was not given, and sends statements one by one.
    """
    statements = [statement for statement in sqlglot.parse(sql, dialect="postgres") if statement is not None]
    reads = len(statements) == 1 and isinstance(statements[0], (exp.Select, exp.SetOperation))
    if not reads or statements[0].find(exp.Into, exp.Lock, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Command):
        raise ValueError("only SELECT is sent to a count's database")
    return sql


SQLLAB_TIMEOUT = 10  # A reader's query has 5 s in PostgreSQL.
SQL_MAX_ROW = 50_000

# Numbers of a count are never cached; what a page needs to remember is, in the metadata database, for all workers.
_small = {"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": 30, "CACHE_THRESHOLD": 500}
_shared = {"CACHE_TYPE": "SupersetMetastoreCache", "CACHE_DEFAULT_TIMEOUT": 3600}
CACHE_CONFIG = _small
DATA_CACHE_CONFIG = {"CACHE_TYPE": "NullCache"}
FILTER_STATE_CACHE_CONFIG = _shared
EXPLORE_FORM_DATA_CACHE_CONFIG = _shared

DASHBOARD_AUTO_REFRESH_MODE = "force"
DASHBOARD_AUTO_REFRESH_INTERVALS = [[0, "Don't refresh"], [10, "10 seconds"], [30, "30 seconds"], [60, "1 minute"]]

FEATURE_FLAGS = {
    "DASHBOARD_RBAC": True,  # A role is given a dashboard, and no right on its data.
    "ALERT_REPORTS": False,
    "EMBEDDED_SUPERSET": False,
    "ENABLE_TEMPLATE_PROCESSING": False,
}

if os.environ.get("SUPERSET_OIDC"):
    sys.path.insert(0, str(pathlib.Path(__file__).parent))
    from superset_oidc import SETTINGS

    globals().update(SETTINGS)

"""Persons of Superset who are known by the office's provider of identities (OpenID Connect), with the roles that its groups say.

SUPERSET_OIDC names a file:

    name = "office"                    # the button says: Sign in with office
    issuer = "https://id.example.org/realms/office"
    client_id = "superset"
    client_secret_file = "superset.client-secret"   # beside this file, 0600
    ca = "office-ca.crt"               # beside this file; left out: the authorities that this machine trusts
    groups_claim = "groups"            # of the ID token; a path of names with dots
    [roles]                            # group of the provider = role here
    "election-observers" = "Observer"
    "election-analysts" = "Analyst"

Who has no such group signs in and may see nothing. Roles are those of the last sign-in, and are taken away with the group. Without
SUPERSET_OIDC there are the accounts that superset_apply.py makes, and no others.
"""

import functools
import os
import pathlib
import tomllib

from flask_appbuilder.const import AUTH_OAUTH
from superset.security import SupersetSecurityManager

ROLES = ("Observer", "Auditor", "Analyst", "Admin")
KEYS = {"name", "issuer", "client_id", "client_secret_file", "ca", "groups_claim", "roles"}


def said(file):
    """What stands in the file; it says what is wrong in it, by its key."""
    given = {"name": "office", "groups_claim": "groups"} | tomllib.loads(file.read_text())
    wrong = [f"{key}: no such key" for key in given.keys() - KEYS]
    wrong += [f"{key}: it is missing" for key in ("issuer", "client_id", "client_secret_file", "roles") if not given.get(key)]
    wrong += [f"roles: {role!r} is none of {', '.join(ROLES)}" for role in given.get("roles", {}).values() if role not in ROLES]
    if not str(given.get("issuer", "https://")).startswith("https://"):
        wrong.append("issuer: it begins with https://")
    secret = file.parent / str(given.get("client_secret_file", ""))
    if not wrong and secret.stat().st_mode & 0o077:
        wrong.append(f"client_secret_file: others may read {secret}: chmod 600")
    if wrong:
        raise ValueError(f"{file}: " + "; ".join(sorted(wrong)))
    return given


def groups_in(claims, path):
    """None of them where the token says nothing there, or something else than a list of names."""
    found = functools.reduce(lambda at, name: at.get(name) if isinstance(at, dict) else None, path.split("."), claims)
    return [group for group in found if isinstance(group, str)] if isinstance(found, list) else []


class ProviderSecurityManager(SupersetSecurityManager):
    """The signature, issuer, audience, times and nonce of the token were checked by Authlib before."""

    def get_oauth_user_info(self, provider, resp):
        claims = resp.get("userinfo") or {}
        name = claims.get("preferred_username") or claims["sub"]
        return {
            "username": f"{provider}:{name}",  # Nobody is taken for an account that was made here.
            "email": f"{name}@{provider}.invalid",  # No two may have the same, and nothing is sent there.
            "first_name": claims.get("given_name") or name,
            "last_name": claims.get("family_name") or "",
            "role_keys": groups_in(claims, PROVIDER["groups_claim"]),
        }


def settings(file):
    """For superset_config.py."""
    given = said(file)
    client = {"scope": "openid email profile", "code_challenge_method": "S256"}
    if "ca" in given:  # For all of this process, which asks nobody else; a setting of the session gives way to what the environment says.
        os.environ["REQUESTS_CA_BUNDLE"] = str(file.parent / given["ca"])
    remote = {
        "client_id": given["client_id"],
        "client_secret": (file.parent / given["client_secret_file"]).read_text().strip(),
        "server_metadata_url": given["issuer"].rstrip("/") + "/.well-known/openid-configuration",
        "client_kwargs": client,
    }
    roles = {}
    for group, role in given["roles"].items():
        roles.setdefault(group, []).append(role)
    return given, {
        "AUTH_TYPE": AUTH_OAUTH,
        "OAUTH_PROVIDERS": [{"name": given["name"], "icon": "fa-key", "token_key": "access_token", "remote_app": remote}],
        "AUTH_USER_REGISTRATION": True,
        "AUTH_USER_REGISTRATION_ROLE": "Public",  # It may do nothing (PUBLIC_ROLE_LIKE).
        "AUTH_ROLES_MAPPING": roles,
        "AUTH_ROLES_SYNC_AT_LOGIN": True,
        "CUSTOM_SECURITY_MANAGER": ProviderSecurityManager,
    }


PROVIDER, SETTINGS = settings(pathlib.Path(os.environ["SUPERSET_OIDC"]))

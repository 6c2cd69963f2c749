"""A provider of identities (OpenID Connect) of a test's own: its description, its keys and its tokens, by openssl and over TLS. Whoever is at it
signs in by a browser without being asked."""

import base64
import contextlib
import http.server
import json
import secrets
import ssl
import subprocess
import threading
import time
import urllib.parse

NEW_KEY = {
    "ES256": ("EC", "-pkeyopt", "ec_paramgen_curve:P-256"),
    "EdDSA": ("ED25519",),
    "RS256": ("RSA", "-pkeyopt", "rsa_keygen_bits:2048"),
}
NUMBER_BYTES = 32


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, stdin=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=stdin, capture_output=True, check=True, timeout=60).stdout


def two_numbers(der):
    """An ECDSA signature as tokens have it: r and s of 32 bytes each, out of DER."""
    found, at = b"", 2
    for _ in range(2):
        size = der[at + 1]
        found += der[at + 2 : at + 2 + size].lstrip(b"\0").rjust(NUMBER_BYTES, b"\0")
        at += 2 + size
    return found


class Key:
    def __init__(self, folder, name, algorithm):
        self.name, self.algorithm, self.folder, self.file = name, algorithm, folder, folder / f"{name}.pem"
        openssl("genpkey", "-algorithm", *NEW_KEY[algorithm], "-out", self.file)
        self.public = openssl("pkey", "-in", self.file, "-pubout", "-outform", "DER")

    def jwk(self):
        """Its public half, as the provider publishes it."""
        made = {"kid": self.name, "use": "sig", "alg": self.algorithm}
        if self.algorithm == "RS256":
            modulus = openssl("rsa", "-in", self.file, "-noout", "-modulus").decode().strip().removeprefix("Modulus=")
            return made | {"kty": "RSA", "n": b64(bytes.fromhex(modulus)), "e": "AQAB"}
        if self.algorithm == "EdDSA":
            return made | {"kty": "OKP", "crv": "Ed25519", "x": b64(self.public[-NUMBER_BYTES:])}
        return made | {"kty": "EC", "crv": "P-256", "x": b64(self.public[-2 * NUMBER_BYTES : -NUMBER_BYTES]), "y": b64(self.public[-NUMBER_BYTES:])}

    def signature(self, text):
        if self.algorithm == "EdDSA":
            to_sign = self.folder / "to-sign"
            to_sign.write_bytes(text)
            return openssl("pkeyutl", "-sign", "-inkey", self.file, "-rawin", "-in", to_sign)
        signed = openssl("dgst", "-sha256", "-sign", self.file, stdin=text)
        return two_numbers(signed) if self.algorithm == "ES256" else signed


class IdentityProvider:
    """`keys` is what it publishes, in this order; `description` replaces members of what it says of itself; `asked` is how often it
    was asked for its keys."""

    def __init__(self, folder):
        folder.mkdir()
        self.folder, self.keys, self.description, self.asked = folder, [], {}, 0
        # Of who signs in by a browser: what the token says of that person, and what the client shows.
        self.at_it, self.client_secret, self.asked_for = {}, secrets.token_urlsafe(), {}
        self.certificate = folder / "provider.crt"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", "/CN=provider",
                "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "provider.key", "-out", self.certificate)  # fmt: skip
        self.issuer = ""

    @contextlib.contextmanager
    def running(self):
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                if place := provider.signs_in(self.path):
                    self.send_response(302)
                    self.send_header("Location", place)
                    self.end_headers()
                else:
                    self.say(provider.answer(self.path))

            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                self.say(provider.gives(form, self.headers["Authorization"]) if self.path == "/realms/office/token" else None)

            def say(self, answer):
                self.send_response(200 if answer else 404)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(json.dumps(answer).encode())

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.folder / "provider.key")
        server.socket = context.wrap_socket(server.socket, server_side=True)
        self.issuer = f"https://127.0.0.1:{server.server_address[1]}/realms/office"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            server.shutdown()
            server.server_close()
            thread.join()

    def answer(self, path):
        if path == "/realms/office/.well-known/openid-configuration":
            places = {"jwks_uri": "certs", "authorization_endpoint": "auth", "token_endpoint": "token"}
            return {"issuer": self.issuer, **{name: f"{self.issuer}/{place}" for name, place in places.items()}} | self.description
        if path == "/realms/office/certs":
            self.asked += 1
            return {"keys": [key.jwk() for key in self.keys]}
        return None

    def signs_in(self, path):
        """Where it sends the browser of the person who is at it, with the word that a client gets the token for."""
        url = urllib.parse.urlparse(path)
        if url.path != "/realms/office/auth":
            return None
        asked = {name: values[0] for name, values in urllib.parse.parse_qs(url.query).items()}
        self.asked_for = {"code": secrets.token_urlsafe(), **asked}
        return f"{asked['redirect_uri']}?{urllib.parse.urlencode({'code': self.asked_for['code'], 'state': asked['state']})}"

    def gives(self, form, authorization):
        """A token of the person who is at it, to the client who has that word and its own secret."""
        who = base64.b64decode(authorization.removeprefix("Basic ")).decode().partition(":") if authorization else ("", "", "")
        asked, self.asked_for = self.asked_for, {}
        if (who[0], who[2], form["code"][0]) != (asked.get("client_id"), self.client_secret, asked.get("code")):
            return None
        person = {"aud": asked["client_id"], "nonce": asked.get("nonce"), **self.at_it}
        groups = person.pop("groups", [])
        return {"token_type": "Bearer", "expires_in": 300, "access_token": self.token(), "id_token": self.token(groups=groups, **person)}

    def new_key(self, name, algorithm="ES256"):
        """It signs with this one from now on, and publishes it only."""
        self.keys = [Key(self.folder, name, algorithm)]
        return self.keys[0]

    def claims(self, *groups, sub="8d1f-77", username="a.huber", **other):
        now = int(time.time())
        made = {"iss": self.issuer, "aud": ["account", "teller"], "sub": sub, "preferred_username": username, "typ": "Bearer"}
        made |= {"iat": now, "exp": now + 300, "realm_access": {"roles": ["offline_access", *groups]}}
        return {name: value for name, value in (made | other).items() if value is not None}

    def token(self, *groups, key=None, header=None, **claims):
        """What it gives a person who is in these groups; `claims` replaces some of what it says (None: leaves it out)."""
        key = key or self.keys[0]
        head = {"alg": key.algorithm, "typ": "JWT", "kid": key.name} | (header or {})
        text = ".".join(b64(json.dumps(part).encode()) for part in (head, self.claims(*groups, **claims)))
        return f"{text}.{b64(key.signature(text.encode()))}"

    def persons_file(self, path, **other):
        """The file for `teller serve --persons`, with the group `count-ROLE` for each role; `other` replaces some of it."""
        roles = ("registrar", "clerk", "operator", "tabulation", "auditor", "publisher", "observer")
        said = {"issuer": self.issuer, "audience": "teller", "ca": str(self.certificate), "roles_claim": "realm_access.roles", "keys_again_s": 1}
        lines = [f"{name} = {json.dumps(value)}" for name, value in (said | other).items()]
        groups = [f'"count-{role}" = "{role}"' for role in roles]
        path.write_text("\n".join(['teller = "persons/1"', "[provider]", *lines, "[provider.roles]", *groups]) + "\n")
        return path

"""Holds what a running server answers against schema/http.yaml: status, kind of content, headers, and every member of every
object. Used by tests/embedded and tests/stack.
"""

import pathlib
import re

import jsonschema
import requests
import yaml

TREE = pathlib.Path(__file__).resolve().parents[2]
API = yaml.safe_load((TREE / "schema/http.yaml").read_text())


def resolved(node):
    """The same with what each `$ref` leads to in its place."""
    if isinstance(node, list):
        return [resolved(each) for each in node]
    if not isinstance(node, dict):
        return node
    if "$ref" not in node:
        return {name: resolved(each) for name, each in node.items()}
    at = API
    for step in node["$ref"].removeprefix("#/").split("/"):
        at = at[step]
    return resolved(at)


PATHS = resolved(API["paths"])
OF_ANY_ANSWER = resolved(API["components"]["schemas"]["Error"])


def strict(schema, whole=True):
    """The same, and an object has no member that the schema does not name. `whole`: it is not a part of an allOf."""
    if isinstance(schema, list):
        return [strict(each, whole) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {}
    for name, value in schema.items():
        if name == "properties":
            made[name] = {member: strict(each) for member, each in value.items()}
        elif name in ("items", "additionalProperties", "oneOf", "anyOf"):
            made[name] = strict(value)
        else:
            made[name] = strict(value, whole=False) if name == "allOf" else value
    if whole and ("properties" in schema or "allOf" in schema) and "additionalProperties" not in schema:
        made.setdefault("unevaluatedProperties", False)
    return made


def faults_of(schema, value):
    return [f"{fault.json_path}: {fault.message}" for fault in jsonschema.Draft202012Validator(strict(schema)).iter_errors(value)]


class Answers:
    """Asks one server, and holds each answer against its declaration. `seen` gets (method, route, status) of each; `headers` and
    `how` are what every request takes along (verify, cert, …).
    """

    def __init__(self, url, seen, headers=None, **how):
        self.url, self.seen, self.how = url, seen, how
        self.headers = headers or getattr(url, "headers", {})

    def ask(self, method, route, status=200, path=None, **request):
        """Sends it, expects `status`, holds the answer against what is declared for `route`; gives it."""
        answer = self.plain(method, path or route, **request)
        where = f"{method} {path or route}: {answer.status_code} {answer.text[:500]}"
        assert answer.status_code == status, where
        declared = PATHS[route][method.lower()]["responses"].get(str(status))
        assert declared, f"{where}\nThis status is not declared; these are: {list(PATHS[route][method.lower()]['responses'])}"
        self.seen.add((method, route, str(status)))
        self._holds(declared, answer, where)
        return answer

    def plain(self, method, path, **request):
        """Sends it as it is and gives the answer: no path is made shorter, no redirect followed."""
        request["headers"] = self.headers | request.get("headers", {})
        with requests.Session() as session:
            ready = session.prepare_request(requests.Request(method, self.url, **request))
            ready.url = self.url + path
            return session.send(ready, timeout=60, allow_redirects=False, **self.how)

    def refused(self, method, path, status):
        """Asks for what is not of this API at all, and expects an error in the shape of all errors; gives the answer."""
        answer = self.plain(method, path)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text[:500])
        assert not faults_of(OF_ANY_ANSWER, answer.json()), answer.text
        return answer

    @staticmethod
    def _holds(declared, answer, where):
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if "content" not in declared:
            assert not answer.content and not kind, f"{where}\nnothing in it is declared"
            return
        assert kind in declared["content"], f"{where}\n{kind} is not declared; {list(declared['content'])} is"
        for name in declared.get("headers", {}):
            assert name in answer.headers, f"{where}\nno header {name}: {dict(answer.headers)}"
        if kind == "application/json":
            faults = faults_of(declared["content"][kind]["schema"], answer.json())
            assert not faults, where + "\n" + "\n".join(faults)
        elif kind == "text/plain":
            answer.content.decode("utf-8")

    def routes(self):
        """What the server says it has: each route stands in its metrics from the start, and a method that it does not know is
        answered with those that it does."""
        metrics = self.ask("GET", "/metrics").text
        found = set()
        for route in set(re.findall(r'^teller_http_request_seconds_count\{route="([^"]+)"\}', metrics, re.MULTILINE)) - {"none"}:
            allowed = self.refused("BREW", route.replace("{path}", "checkpoint"), 405).headers["Allow"]
            found |= {(method, route) for method in allowed.split(", ")}
        return found


def declared_routes(*tags):
    """(method, path) of what carries one of the tags; of everything when none is given."""
    return {
        (method.upper(), path)
        for path, item in PATHS.items()
        for method, operation in item.items()
        if method != "parameters" and (not tags or set(tags) & set(operation["tags"]))
    }

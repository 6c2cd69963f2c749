"""Builds a Go program of the tests from the modules that packages/install.sh test has fetched, without a network."""

import os
import pathlib
import subprocess

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "teller"


def build(source, program):
    environment = {
        **os.environ,
        "GOMODCACHE": str(CACHE / "go"),
        "GOFLAGS": "-mod=readonly -buildvcs=false",
        "GOPROXY": "off",
        "GOTOOLCHAIN": "local",
        "GOCACHE": str(CACHE / "go-build"),
    }
    built = subprocess.run(["go", "build", "-o", program, "."], cwd=source, env=environment, capture_output=True, text=True, timeout=600)
    assert built.returncode == 0, built.stderr
    return program

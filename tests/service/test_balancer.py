"""Two gateways behind the balancer of stack/haproxy.cfg, of which one is killed while ballots come: each ballot is counted once.

What the balancer does to TLS, certificates and connections: tests/embedded/test_balancer.py.
"""

import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from balancer import balanced  # noqa: E402
from service import TELLER, Service, teller  # noqa: E402

BALLOTS = 200_000


def test_a_gateway_behind_a_balancer_is_killed_and_each_ballot_is_counted_once(tmp_path):
    rules, home, sent = tmp_path / "rules.json", tmp_path / "made", tmp_path / "sent.packed"
    teller("generate", "--write-rules", rules, "--contests", 1, "--units", 50)
    teller("init", "--home", home, "--rules", rules, "--mode", "test")
    teller("generate", "--home", home, "--ballots", BALLOTS, "--out", sent)
    service = Service(home, tmp_path)
    try:
        for name in ("gateway", "gateway-2", "count"):
            service.start(name)
        service.wait_for_gateway()
        service.wait_for_gateway(service.port + 1)
        with balanced(tmp_path / "haproxy.log", f"127.0.0.1:{service.port}", f"127.0.0.1:{service.port + 1}") as port:
            through = [word if word != f"https://localhost:{service.port}" else f"https://localhost:{port}" for word in service.load(sent)]
            with open(tmp_path / "load.log", "w") as errors:  # Shown with the other logs where the count stands still.
                load = subprocess.Popen([TELLER, *map(str, through), "--no-wait", "--json"], stdout=subprocess.PIPE, stderr=errors, text=True)
            service.wait_for(lambda numbers: numbers["counted"] > 0)
            service.kill("gateway")
            said = json.loads(load.communicate(timeout=600)[0])
        assert load.returncode == 0 and said["recorded"] >= BALLOTS, said
        # What was under way on the gateway that was killed may have been recorded before: its second copy is a duplicate.
        numbers = service.wait_for(lambda numbers: numbers["counted"] == BALLOTS)
        assert numbers["conflict"] == numbers["rejected"] == 0
    finally:
        service.close()

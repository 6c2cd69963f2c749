"""What the scripts of the stack say about a process: it is ours, also in the instant in which it becomes another program."""

import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Becomes itself 1,500 times: every start of a Java server is a shell that does so three times.
BECOMES = 'n=${1:-0}; [ "$n" -ge 1500 ] || exec bash "$0" $((n + 1)); exec sleep 60'

ASK = """
. stack/lib.sh
launch changing "$TELLER_STATE/log" bash "$TELLER_STATE/becomes.sh"
asked=0
while [ "$(tr '\\0' ' ' </proc/$(<"$run/pids/changing")/cmdline | cut -c1-5)" != sleep ]; do
  alive changing || { echo "not alive after $asked questions"; exit 1; }
  asked=$((asked + 1))
done
kill "$(<"$run/pids/changing")"
wait
! alive changing || { echo "alive after its end"; exit 1; }
echo "asked $asked times"
"""


def test_a_process_that_becomes_another_program_is_alive_all_the_time(tmp_path):
    (tmp_path / "becomes.sh").write_text(BECOMES)
    asked = subprocess.run(
        ["bash", "-c", ASK],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "TELLER_STATE": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert asked.returncode == 0, asked.stdout + asked.stderr
    assert int(asked.stdout.split()[1]) > 20

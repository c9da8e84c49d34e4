"""What each verb of the Makefile does. Standard library only: it runs before anything is installed.

Start reading at `VERBS`. The environment is made in `environment.py`, the gate (`test`, `check`) stands in
`gate.py`, what is asked of the machine's package manager in `machine.py`.
"""

import os
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

if sys.version_info < (3, 11):  # noqa: UP036, a person may call this with any Python
    sys.exit(f"Otklik needs Python 3.11 or newer, this is {sys.version.split()[0]}: make PYTHON=python3.11")

import benches
import environment
import gate
from environment import BIN, ROOT


def setup(words: list[str]) -> int:
    """Locked dependencies into .venv, the web UI, the command."""
    environment.prepare()
    print("ready: .venv/bin/otklik")
    return 0


def run(words: list[str]) -> int:
    """A centre in OTKLIK_HOME (./.otklik) on OTKLIK_PORT (8700)."""
    environment.prepare()
    return serve(home=os.environ.get("OTKLIK_HOME", ".otklik"), words=words)


def demo(words: list[str]) -> int:
    """The same with robots, in a home of its own: robots never enter a real centre's figures."""
    environment.prepare()
    return serve(home=os.environ.get("OTKLIK_HOME", ".otklik-demo"), words=["--demo", *words])


def serve(*, home: str, words: list[str]) -> int:
    """Become `otklik serve`, so that Ctrl-C and TERM reach it and nothing stands between."""
    port = os.environ.get("OTKLIK_PORT", "8700")
    sys.stdout.flush()
    command = [str(BIN / "otklik"), "serve", "--home", home, "--port", port, *words]
    os.execv(command[0], command)


def bench(words: list[str]) -> int:
    """Every bench in its short form, or those named."""
    environment.prepare()
    return benches.run(words)


def soak(words: list[str]) -> int:
    """The long tests at full length; their report goes to docs/soak/."""
    environment.prepare()
    return gate.soak(words)


def mutants(words: list[str]) -> int:
    """Planted flaws and small changes of the engine's source, which tests must notice; branches reached."""
    environment.prepare()
    python = str(BIN / "python")
    noticed = environment.call([python, "tools/mutants.py", *words])
    return max(noticed, environment.call([python, "tools/branches.py"]))


def docs(words: list[str]) -> int:
    """Everything that is generated: references, the API's description and its client."""
    environment.prepare()
    return gate.docs()


def test(words: list[str]) -> int:
    """Everything."""
    environment.prepare()
    return gate.test(words)


def check(words: list[str]) -> int:
    """The quick part."""
    environment.prepare()
    return gate.check()


def fix(words: list[str]) -> int:
    """Format and repair."""
    environment.prepare()
    return gate.fix()


def show_help(words: list[str]) -> int:
    """The words beside each verb in the Makefile."""
    for line in (ROOT / "Makefile").read_text().splitlines():
        match = re.match(r"^(\w+):\s+## (.*)$", line)
        if match:
            print(f"  make {match[1]:<8} {match[2]}")
    return 0


VERBS = {
    "setup": setup,
    "run": run,
    "demo": demo,
    "test": test,
    "check": check,
    "fix": fix,
    "bench": bench,
    "soak": soak,
    "mutants": mutants,
    "docs": docs,
    "help": show_help,
}

if __name__ == "__main__":
    verb, words = (sys.argv[1] if len(sys.argv) > 1 else "help"), sys.argv[2:]
    if verb not in VERBS:
        show_help([])
        sys.exit(2)
    os.chdir(ROOT)
    try:
        sys.exit(VERBS[verb](words))
    except KeyboardInterrupt:
        sys.exit(130)

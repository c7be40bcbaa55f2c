"""Programs of this checkout under mpirun, one BLAS thread to a rank: what the benchmarks share."""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def built(name):
    """The path of a program of the release build."""
    binaries = subprocess.run(
        ["swift", "build", "-c", "release", "--show-bin-path"], cwd=ROOT, capture_output=True, text=True, check=True)
    program = pathlib.Path(binaries.stdout.strip()) / name
    if not os.access(program, os.X_OK):
        sys.exit(f"{program} is not there; build it with swift build -c release --build-tests")
    return str(program)


def command(words, ranks=None, environment=None):
    """The words and the environment that start a program under the launcher, or alone without a number of ranks.

    An environment stands in place of this program's.
    """
    environment = dict(os.environ if environment is None else environment, OPENBLAS_NUM_THREADS="1")
    if os.geteuid() == 0:
        environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
    if ranks is None:
        return list(words), environment
    spread = ["--oversubscribe", "--bind-to", "none"] if ranks > (os.cpu_count() or 1) else []
    return ["mpirun", "-n", str(ranks), *spread, *words], environment


def run(words, ranks=None, environment=None):
    """The JSON object that a program prints; ends this one with the reason where it fails. Arguments as for `command`."""
    whole, environment = command(words, ranks, environment)
    result = subprocess.run(
        whole, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=3600)
    if result.returncode != 0:
        sys.exit(f"{' '.join(whole)} ended with {result.returncode}: {result.stderr.strip()}")
    return json.loads(result.stdout)

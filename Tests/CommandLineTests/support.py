"""Runs the built program in a directory of its own, under a timeout."""

import os
import shutil
import subprocess
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(
    os.environ.get("DIST_VMC", os.path.join(ROOT, ".build", "release", "dist-vmc")))
REFERENCE = os.environ.get("DIST_VMC_REFERENCE")
TIMEOUT = float(os.environ.get("DIST_VMC_TIMEOUT", "120"))

GOOD = """\
lattice:     {type: chain, extent: [8], pbc: true}
hamiltonian: {type: heisenberg, J: 1.0, sign_rule: true}
ansatz:      {type: rbm, alpha: 1, dtype: float64}
sampler:
  rule: exchange
  chains: 16
  samples: 256
  total_sz: 0
sr:          {solver: cg, diag_shift: 0.01}
optimiser:   {type: sgd, learning_rate: 0.02}
run:         {steps: 3, seed: 1}
"""


def mpirun():
    """The launcher's command up to the number of ranks, or None where there is none."""
    launcher = shutil.which("mpirun")
    return launcher and [launcher, "--oversubscribe", "--bind-to", "none"]


class CommandLineTest(unittest.TestCase):
    def setUp(self):
        if not os.access(PROGRAM, os.X_OK):
            self.fail(f"{PROGRAM} is not built; DIST_VMC names another one")
        self.directory = tempfile.mkdtemp(prefix="dist-vmc-test-")
        self.addCleanup(shutil.rmtree, self.directory, ignore_errors=True)

    def write(self, name, content):
        path = os.path.join(self.directory, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return name

    def run_program(self, *arguments, ranks=None, environment=None, timeout=TIMEOUT):
        """The finished process; a hang is a failure."""
        variables = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        variables.pop("OPENBLAS_NUM_THREADS", None)
        variables.update(environment or {})
        command = [PROGRAM, *arguments]
        if ranks is not None:
            launcher = mpirun()
            if launcher is None:
                self.fail("mpirun is not installed")
            command = launcher + ["-n", str(ranks)] + command
        return subprocess.run(
            command, cwd=self.directory, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, text=True, errors="replace")

    def messages(self, process):
        """The program's own lines on standard error, without those of mpirun."""
        return [line for line in process.stderr.splitlines() if line.startswith("dist-vmc: ")]

    def listing(self):
        return sorted(
            os.path.join(path, name)
            for path, folders, files in os.walk(self.directory) for name in folders + files)

    def resolved(self, configuration, *arguments):
        """The configuration with its defaults as `check` prints it: {block: {key: text}}."""
        name = self.write("config.yaml", configuration)
        process = self.run_program("check", name, *arguments)
        self.assertNotEqual(process.returncode, 2, process.stderr)
        return self.parse(process.stdout), process

    @staticmethod
    def parse(text):
        blocks = {}
        for line in text.split("\n\n")[0].splitlines():
            key, value = line.split(":", 1)
            if line.startswith("  "):
                block[key.strip()] = value.strip()
            else:
                block = blocks.setdefault(key, {})
        return blocks

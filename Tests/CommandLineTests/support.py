"""Runs the built program in a directory of its own, under a timeout."""

import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(
    os.environ.get("DIST_VMC", os.path.join(ROOT, ".build", "release", "dist-vmc")))
REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Resources", "reference")
TIMEOUT = float(os.environ.get("DIST_VMC_TIMEOUT", "120"))

# Open MPI on one machine: looking for networks, and for a process without a launcher starting a daemon, takes
# longer than most of what is tested.
QUICK_START = {"OMPI_MCA_btl": "self,vader", "OMPI_MCA_pml": "ob1", "OMPI_MCA_ess_singleton_isolated": "1"}

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

    def invocation(self, arguments, ranks, environment=None):
        """The command and the environment that start the program, under the launcher if ranks are given. A
        variable that is None is not set."""
        variables = dict(os.environ, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1")
        variables.update(QUICK_START)
        variables.update(environment or {}, OPENBLAS_NUM_THREADS=(environment or {}).get("OPENBLAS_NUM_THREADS"))
        variables = {name: value for name, value in variables.items() if value is not None}
        command = [PROGRAM, *arguments]
        if ranks is not None:
            launcher = mpirun()
            if launcher is None:
                self.fail("mpirun is not installed")
            command = launcher + ["-n", str(ranks)] + command
        return command, variables

    def run_program(self, *arguments, ranks=None, environment=None, timeout=TIMEOUT):
        """The finished process; a hang is a failure."""
        command, variables = self.invocation(arguments, ranks, environment)
        return subprocess.run(
            command, cwd=self.directory, env=variables, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=timeout, text=True, errors="replace")

    def run_well(self, *arguments, ranks=None, timeout=TIMEOUT):
        """The finished process, which must have succeeded."""
        process = self.run_program(*arguments, ranks=ranks, timeout=timeout)
        self.assertEqual(process.returncode, 0, process.stderr)
        return process

    def run_until_killed(self, *arguments, ranks, log, step, delay, timeout=TIMEOUT):
        """Starts the program and ends all its processes at once, with SIGKILL, `delay` seconds after the log at
        `log` has the line of `step`."""
        command, variables = self.invocation(arguments, ranks)
        with open(os.path.join(self.directory, "killed.txt"), "wb") as output:
            process = subprocess.Popen(
                command, cwd=self.directory, env=variables, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                start_new_session=True)
        try:
            deadline = time.monotonic() + timeout
            while self.last_step(log) < step:
                self.assertIsNone(process.poll(), "the run ended before it could be killed")
                self.assertLess(time.monotonic(), deadline, "the run is too slow to be killed")
                time.sleep(0.002)
            time.sleep(delay)
            self.assertIsNone(process.poll(), "the run ended before it could be killed")
        finally:
            # The launcher puts its processes into groups of their own.
            for child in self.processes():
                os.kill(child, signal.SIGKILL)
            process.wait(timeout=30)
        self.assert_no_process_is_left()

    def processes(self):
        """Processes that work in the test's directory."""
        found = []
        for name in os.listdir("/proc"):
            try:
                if name.isdigit() and os.path.samefile(os.readlink(f"/proc/{name}/cwd"), self.directory):
                    found.append(int(name))
            except OSError:
                continue
        return found

    def assert_no_process_is_left(self):
        deadline = time.monotonic() + 5
        while self.processes():
            self.assertLess(time.monotonic(), deadline, "a process is left")
            time.sleep(0.01)

    def path(self, *parts):
        return os.path.join(self.directory, *parts)

    def last_step(self, log):
        """The step of the last whole line of a log.jsonl, 0 without one."""
        try:
            with open(self.path(log)) as file:
                lines = file.read().split("\n")[:-1]
        except FileNotFoundError:
            return 0
        return json.loads(lines[-1])["step"] if lines else 0

    def log(self, directory, exact=False):
        """The entries of log.jsonl; with `exact`, numbers as the text they have there."""
        words = {"parse_float": str, "parse_int": str} if exact else {}
        with open(self.path(directory, "log.jsonl")) as file:
            return [json.loads(line, **words) for line in file]

    def physics(self, directory):
        """What a run computed, step by step, as text: everything in the log but times and messages."""
        return [
            {key: value for key, value in entry.items() if key not in ("seconds", "collectives")}
            for entry in self.log(directory, exact=True)]

    def energies(self, directory):
        return [complex(*entry["energy"]["mean"]) for entry in self.log(directory)]

    def summary(self, directory):
        with open(self.path(directory, "summary.json")) as file:
            return json.load(file)

    def digests(self):
        """The content of every file under the test's directory."""
        result = {}
        for path in self.listing():
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    result[path] = hashlib.sha256(file.read()).hexdigest()
            else:
                result[path] = "folder"
        return result

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

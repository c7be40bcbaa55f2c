"""Runs the built program in a directory of its own, under a timeout."""

import atexit
import hashlib
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

try:
    import h5py
except ImportError:
    h5py = None

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.abspath(
    os.environ.get("DIST_VMC", os.path.join(ROOT, ".build", "release", "dist-vmc")))
REFERENCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "Resources", "reference")
TIMEOUT = float(os.environ.get("DIST_VMC_TIMEOUT", "120"))

# Open MPI on one machine: looking for networks, and for a process without a launcher starting a daemon, takes
# longer than most of what is tested.
QUICK_START = {"OMPI_MCA_btl": "self,vader", "OMPI_MCA_pml": "ob1", "OMPI_MCA_ess_singleton_isolated": "1"}

# Isolated processes all use one folder of a name without a number in it: tests that run at the same time each have
# their own place for it.
QUICK_START["OMPI_MCA_orte_tmpdir_base"] = tempfile.mkdtemp(prefix="dist-vmc-mpi-")
atexit.register(shutil.rmtree, QUICK_START["OMPI_MCA_orte_tmpdir_base"], ignore_errors=True)

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
    # By its name: started by its path, Open MPI puts that folder in front of the ranks' PATH.
    return ["mpirun", "--oversubscribe", "--bind-to", "none"] if shutil.which("mpirun") else None


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

    def start_program(self, *arguments, ranks=None, environment=None, **options):
        """The running process, its output in a file. Whatever is left of it at the end of the test is killed."""
        command, variables = self.invocation(arguments, ranks, environment)
        with open(os.path.join(self.directory, "output.txt"), "ab") as output:
            options = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": output} | options
            process = subprocess.Popen(
                command, cwd=self.directory, env=variables, start_new_session=True, **options)
        self.addCleanup(process.wait, timeout=30)
        self.addCleanup(self.kill_all)
        return process

    def kill_all(self):
        # The launcher puts its processes into groups of their own.
        for child in self.processes():
            try:
                os.kill(child, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def output(self):
        """What programs that were started have printed."""
        with open(self.path("output.txt"), errors="replace") as file:
            return file.read()

    def wait_for_step(self, process, log, step, timeout=TIMEOUT):
        """Waits until a log.jsonl has the line of a step."""
        deadline = time.monotonic() + timeout
        while self.last_step(log) < step:
            self.assertIsNone(process.poll(), f"the run ended before step {step}: {self.output()}")
            self.assertLess(time.monotonic(), deadline, "the run is too slow")
            time.sleep(0.002)

    def run_until_killed(self, *arguments, ranks, log, step, delay, timeout=TIMEOUT):
        """Starts the program and ends all its processes at once, with SIGKILL, `delay` seconds after the log at
        `log` has the line of `step`."""
        process = self.start_program(*arguments, ranks=ranks)
        self.wait_for_step(process, log, step, timeout)
        time.sleep(delay)
        self.assertIsNone(process.poll(), "the run ended before it could be killed")
        self.kill_all()
        process.wait(timeout=30)
        self.assert_no_process_is_left()

    def rank_processes(self):
        """Rank → process id, of the program's processes that a launcher started."""
        found = {}
        for process in self.processes():
            try:
                with open(f"/proc/{process}/environ", "rb") as file:
                    variables = dict(item.split(b"=", 1) for item in file.read().split(b"\0") if b"=" in item)
                with open(f"/proc/{process}/stat", "rb") as file:
                    name = file.read().split(b"(", 1)[1].rsplit(b")", 1)[0]
            except OSError:
                continue
            if name == b"dist-vmc" and b"OMPI_COMM_WORLD_RANK" in variables:
                found[int(variables[b"OMPI_COMM_WORLD_RANK"])] = process
        return found

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

    def datasets(self, directory):
        """What the checkpoint holds, by name and bit for bit: parameters, optimiser, warm start, chains, counters and
        the step; nothing where h5py is missing."""
        found = {}
        if h5py is None:
            return found

        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                value = item[()]
                # Texts and lists of texts are objects, everything else is numbers.
                found[name] = value.tolist() if item.dtype.hasobject and item.shape else (
                    value if item.dtype.hasobject else (item.shape, item.dtype.str, value.tobytes()))
        with h5py.File(self.path(directory, "checkpoint.h5"), "r") as file:
            file.visititems(visit)
            found["step"] = int(file.attrs["step"])
        return found

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
        block = None
        for line in text.split("\n\n")[0].splitlines():
            key, value = line.split(":", 1)
            if line.startswith("  "):
                block[key.strip()] = value.strip()
            else:
                block = blocks.setdefault(key, {})
        return blocks

"""Jobs over three hosts (three_hosts.py): the same results as on one, what ends them, what they survive, what they leave."""

import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "CommandLineTests"))

import test_deterministic
import three_hosts
from support import PROGRAM, REFERENCE, ROOT, CommandLineTest
from test_early_end import LONG

MPI_TESTS = os.environ.get("DIST_VMC_MPI_TESTS") or os.path.join(os.path.dirname(PROGRAM), "mpi-tests")
WHY_NOT = three_hosts.why_not()
# Seconds within which a fault ends a job: up to seven until it is noticed, and four in which Open MPI ends the ranks, first
# those of mpirun's host. The last for a busy machine.
LIMIT = 11 + 2
SOLVERS = {
    "cg": [],
    "cg in sample space": ["sr.space=samples"],
    "minres": ["sr.solver=minres"],
    "cholesky": ["sr.solver=cholesky"],
    "cholesky in sample space": ["sr.solver=cholesky", "sr.space=samples"],
    "pinv_smooth": ["sr.solver=pinv_smooth"],
    "pinv_smooth in sample space": ["sr.solver=pinv_smooth", "sr.space=samples"],
    "minsr": ["sr.solver=minsr"],
    "spring": ["sr.solver=minsr", "sr.momentum=0.8"],
    "minsr of more than 1024 samples": ["sr.solver=minsr", "sampler.samples=1056", "ansatz.alpha=12"],
    "cholesky of more than 1024 parameters": ["sr.solver=cholesky", "ansatz.alpha=12"],
    "auto": ["sr.solver=auto", "sr.space=auto", "sr.jacobian=auto"],
}

hosts = None


def setUpModule():
    global hosts
    if WHY_NOT:
        return
    folder = tempfile.mkdtemp(prefix="dist-vmc-hosts-")
    unittest.addModuleCleanup(require_no_traces)
    unittest.addModuleCleanup(shutil.rmtree, folder)
    hosts = three_hosts.ThreeHosts(folder)
    unittest.addModuleCleanup(hosts.stop)
    hosts.start()
    os.makedirs(os.path.join(folder, "bin"))
    for program in (PROGRAM, MPI_TESTS):
        shutil.copy(program, os.path.join(folder, "bin"))
    shutil.copytree(REFERENCE, os.path.join(folder, "reference"))


def require_no_traces():
    """Nothing of the hosts is left in this machine's own places."""
    with open("/proc/self/mounts") as file:
        found = [line for line in file if "dist-vmc-hosts-" in line]
    found += glob.glob("/tmp/ompi.host[123].*") + glob.glob("/dev/shm/vader_segment.host[123].*")
    if found:
        raise AssertionError(f"left behind: {found}")


def tell(text):
    """Below the test's name."""
    print(f"\n    {text}", end=" ", file=sys.stderr, flush=True)


def keepalive(*path):
    """What a file tells to set for mpirun, once or several times."""
    with open(os.path.join(ROOT, *path)) as file:
        lines = re.findall(r"^export (OMPI_MCA_oob_tcp_keepalive_.*)", file.read(), flags=re.MULTILINE)
    return [dict(word.split("=") for word in line.split()) for line in lines]


@unittest.skipIf(WHY_NOT, WHY_NOT)
class HostsTest(CommandLineTest):
    """In place of a number of ranks: how many on each host. mpirun runs on host 1."""

    program = three_hosts.SHARED + "/bin/dist-vmc"
    keepalive, = keepalive("scripts", "slurm", "run.sbatch")

    def setUp(self):
        self.directory = tempfile.mkdtemp(dir=hosts.folder)
        self.addCleanup(self.clean)

    def clean(self):
        for k in hosts.NUMBERS:
            hosts.mend(k)
        hosts.delay(None)
        hosts.kill_all()
        hosts.wait_until(lambda: not self.processes())
        hosts.clear()
        shutil.rmtree(self.directory, ignore_errors=True)

    def invocation(self, arguments, ranks, environment=None):
        shared = f"{three_hosts.SHARED}/{os.path.basename(self.directory)}"
        return hosts.mpirun(ranks or (1, 0, 0), [self.program, *arguments], shared, environment, self.keepalive)

    def processes(self):
        return [process for k in hosts.NUMBERS for process in hosts.processes(k)]

    def named(self, k, name):
        """The processes of a host that run a command."""
        return [process for process, command in hosts.processes(k).items() if command == name]

    def left(self):
        """What MPI has left on each host."""
        return {k: [name for name in hosts.left(k) if re.match(r"/tmp/ompi\.|/dev/shm/", name)] for k in hosts.NUMBERS}

    def assert_nothing_is_left(self):
        self.assert_no_process_is_left()
        self.assertEqual(self.left(), {1: [], 2: [], 3: []})

    def write_on(self, k, name, content):
        """A file on a host's own disk; its path there."""
        path = hosts.path(k, f"/tmp/own/{name}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        os.chmod(path, 0o755)
        return f"/tmp/own/{name}"


class SameResultsTests(HostsTest):
    def test_every_host_has_its_ranks(self):
        info = json.loads(self.run_well("info", "--json", ranks=(1, 2, 3)).stdout)
        self.assertEqual(info["ranks"], 6)
        self.assertEqual([(host["host"], host["ranks"]) for host in info["hosts"]], [("host1", 1), ("host2", 2), ("host3", 3)])
        self.assert_nothing_is_left()

    def test_links_with_a_delay(self):
        """What the links do is right, and a run over them has the bits of one without."""
        quick = hosts.latency()
        self.write("config.yaml", test_deterministic.CHAINS)
        for output, delay in (("quick", None), ("slow", 2000), ("slower", 5000), ("again", None)):
            hosts.delay(delay)
            latency = hosts.latency()
            tell(f"delay {delay}: {1e6 * latency:.0f} µs")
            self.assertGreater(latency, 1e-6 * (delay or 0))
            # A busy machine may be late, but not always.
            self.assertLess(latency, 1e-6 * (delay or 0) + quick + 1e-3)
            self.run_well("run", "config.yaml", "--quiet", "--output", output, "--set", "run.steps=3", ranks=(1, 1, 1))
            self.assertEqual(self.physics(output), self.physics("quick"))
        self.assert_nothing_is_left()

    def test_mpi_tests(self):
        self.program = three_hosts.SHARED + "/bin/mpi-tests"
        process = self.run_program(ranks=(1, 1, 1), timeout=600)
        self.assertRegex(process.stdout, r"(?m)^[1-9]\d* passed, 0 failed(, \d+ skipped)? on 3 ranks$", process.stderr)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assert_nothing_is_left()

    def test_reference_files(self):
        everything = sorted(name for name in os.listdir(REFERENCE) if name.endswith(".json") and name != "exact_energies.json")
        # All of them take minutes where six ranks share two cores.
        some = ["gcnn_translation_chain8.json", "rbm_real_ising_chain10.json", "statistics_public.json"]
        for placement, names in (((1, 1, 1), everything), ((1, 2, 3), some)):
            with self.subTest(placement):
                began = time.monotonic()
                process = self.run_program(
                    "verify", "--json", *[f"{three_hosts.SHARED}/reference/{name}" for name in names], ranks=placement, timeout=600)
                tell(f"{len(names)} files on {sum(placement)} ranks: {time.monotonic() - began:.0f} s")
                report = json.loads(process.stdout)
                bad = [(file["name"], file["error"]) for file in report["files"] if not file["passed"]]
                self.assertEqual(
                    (bad, process.returncode, report["ranks"], len(report["files"])), ([], 0, sum(placement), len(names)))
        self.assert_nothing_is_left()

    def test_each_solver(self):
        self.write("config.yaml", test_deterministic.CHAINS.replace(", deterministic: true", ""))
        for name, settings in SOLVERS.items():
            with self.subTest(name):
                arguments = [word for setting in [*settings, "run.steps=3"] for word in ("--set", setting)]
                for output, placement in (("one", (1, 0, 0)), ("three", (1, 1, 1))):
                    self.run_well(
                        "run", "config.yaml", "--quiet", "--output", f"{name}-{output}", *arguments, ranks=placement)
                one, three = self.energies(f"{name}-one"), self.energies(f"{name}-three")
                self.assertEqual(len(three), 3)
                # The same samples; iterations end where their tolerance lets them.
                for energy, other in zip(one, three):
                    self.assertLess(abs(energy - other), 1e-6)
        self.assert_nothing_is_left()

    def test_deterministic_runs_have_the_bits_of_one_rank(self):
        self.write("config.yaml", test_deterministic.CHAINS)
        for name, settings in test_deterministic.CASES.items():
            with self.subTest(name):
                arguments = [word for setting in [*settings, "run.steps=4"] for word in ("--set", setting)]
                results = []
                for output, placement in (("one", (1, 0, 0)), ("three", (2, 1, 1))):
                    directory = f"{name}-{output}"
                    self.run_well("run", "config.yaml", "--quiet", "--output", directory, *arguments, ranks=placement)
                    datasets = {key: value for key, value in self.datasets(directory).items() if key.startswith("parameters/")}
                    results.append((self.physics(directory), datasets, self.summary(directory)["energy"]))
                self.assertEqual(len(results[0][0]), 4)
                self.assertEqual(results[1], results[0])
        self.assert_nothing_is_left()


class PlacementTests(HostsTest):
    def test_a_run_goes_on_wherever_it_is_placed(self):
        self.write("config.yaml", test_deterministic.CHAINS)
        arguments = ("run", "config.yaml", "--quiet", "--resume", "--set", "sr.solver=minsr")
        self.run_well(*arguments, "--output", "whole", "--set", "run.steps=12")
        for steps, placement in ((3, (1, 1, 1)), (6, (0, 2, 1)), (9, (2, 0, 0)), (12, (1, 0, 3))):
            self.run_well(*arguments, "--output", "parts", "--set", f"run.steps={steps}", ranks=placement)
            self.assertEqual(self.physics("parts"), self.physics("whole")[:steps])
        parts, whole = self.datasets("parts"), self.datasets("whole")
        self.assertEqual([name for name in whole if name.startswith("parameters/") and parts[name] != whole[name]], [])
        self.assert_nothing_is_left()

    def test_files_on_the_disk_of_the_first_ranks_host(self):
        config = self.write_on(1, "chain.yaml", LONG)
        arguments = ("run", config, "--output", "/tmp/own/out", "--resume", "--set")
        # mpirun may be elsewhere.
        for placement, steps, said in (
            ((1, 1, 1), 2, "nothing to resume in /tmp/own/out on host1: the run starts at step 1"),
            ((1, 0, 2), 3, "resuming after step 2 from /tmp/own/out/checkpoint.h5"),
        ):
            process = self.run_well(*arguments, f"run.steps={steps}", ranks=placement)
            self.assertEqual(process.stderr.count(said), 1, process.stderr)
        # Open MPI's daemons may end after mpirun.
        self.assert_nothing_is_left()
        self.assertEqual([name for k in (2, 3) for name in hosts.left(k)], [])
        # With rank 0 on another host neither file is there.
        process = self.run_program(*arguments, "run.steps=4", ranks=(0, 1, 1))
        self.assertEqual((process.returncode, self.messages(process)), (
            2, [f"dist-vmc: {config}: cannot be read on host2: No such file or directory"]))
        self.write_on(2, "chain.yaml", LONG)
        process = self.run_well(*arguments, "run.steps=4", ranks=(0, 1, 1))
        self.assertIn("nothing to resume in /tmp/own/out on host2: the run starts at step 1", process.stderr)
        # A place where no directory can be.
        self.write_on(2, "file", "")
        process = self.run_program("run", config, "--output", "/tmp/own/file", ranks=(0, 1, 1))
        self.assertEqual(process.returncode, 2)
        self.assertIn("(on host2, where rank 0 runs)", self.messages(process)[0])
        self.assert_nothing_is_left()

    def test_another_program_on_one_host_is_refused(self):
        with open(PROGRAM, "rb") as file:
            content = file.read()
        for k in hosts.NUMBERS:
            self.program = self.write_on(k, "dist-vmc", content + (b"another build" if k == 3 else b""))
        self.write("chain.yaml", LONG)
        process = self.run_program("run", "chain.yaml", ranks=(1, 1, 1))
        self.assertEqual((process.returncode, len(self.messages(process))), (2, 1), process.stderr)
        self.assertIn("rank 2 on host3 has another dist-vmc than rank 0 on host1", process.stderr)
        self.assert_nothing_is_left()


class EndTests(HostsTest):
    """What ends a job, and what does not. Rank 0 is on host 1 unless said otherwise."""

    def setUp(self):
        super().setUp()
        self.write("chain.yaml", LONG.replace("checkpoint_every: 100000", "checkpoint_every: 2"))

    def start(self, output="out", ranks=(1, 1, 1), step=4, environment=None, arguments=()):
        process = self.start_program(
            "run", "chain.yaml", "--output", output, *arguments, ranks=ranks, environment=environment)
        self.wait_for_step(process, f"{output}/log.jsonl", step)
        return process

    def ended(self, process, began, what, on=three_hosts.ThreeHosts.NUMBERS):
        """The status with which a job ends that something has happened to, in time; with its processes on some hosts."""
        status = process.wait(timeout=max(0.1, began + LIMIT - time.monotonic()))
        seconds = time.monotonic() - began
        while any(hosts.processes(k) for k in on):
            self.assertLess(time.monotonic(), began + LIMIT, f"{what}: a process is left; {self.output()}")
            time.sleep(0.05)
        tell(f"{what}: the launcher ends after {seconds:.1f} s, the last process after {time.monotonic() - began:.1f} s")
        return status

    def assert_goes_on(self, output="out", ranks=(1, 1, 1)):
        """From its last checkpoint."""
        last = self.last_step(f"{output}/log.jsonl")
        process = self.run_well(
            "run", "chain.yaml", "--output", output, "--resume", "--set", f"run.steps={last + 1}", ranks=ranks)
        self.assertIn("resuming after step ", process.stderr)
        self.assertEqual([entry["step"] for entry in self.log(output)], list(range(1, last + 2)))

    def test_a_killed_rank(self):
        for rank, placement in ((0, (1, 1, 1)), (5, (2, 2, 2))):
            with self.subTest(rank=rank):
                output = f"out{rank}"
                process = self.start(output, placement)
                victim, began = self.rank_processes()[rank], time.monotonic()
                os.kill(victim, signal.SIGKILL)
                self.assertNotIn(self.ended(process, began, f"kill -9 of rank {rank}"), (0, 75))
                self.assertIn("exited on signal 9 (Killed)", self.output())
                self.assert_nothing_is_left()
                self.assert_goes_on(output)

    def test_a_killed_daemon(self):
        process = self.start()
        (daemon,), began = self.named(2, "orted"), time.monotonic()
        os.kill(daemon, signal.SIGKILL)
        self.assertNotIn(self.ended(process, began, "kill -9 of orted"), (0, 75))
        self.assertIn("lost communication with a remote daemon", self.output())
        self.assert_goes_on()

    def test_a_daemon_killed_with_its_ranks(self):
        process = self.start(ranks=(1, 2, 1))
        began = time.monotonic()
        for name in ("orted", "dist-vmc"):
            for victim in self.named(2, name):
                os.kill(victim, signal.SIGKILL)
        self.assertNotIn(self.ended(process, began, "kill -9 of orted and its ranks"), (0, 75))
        self.assertIn("lost communication with a remote daemon", self.output())
        # What nobody could remove any more; docs/on-a-cluster.md says how.
        left = self.left()
        tell(f"left behind: {', '.join(left[2])}")
        self.assertEqual((left[1], left[3]), ([], []))
        segments = [name for name in left[2] if name.startswith("/dev/shm/vader_segment.host2.")]
        self.assertEqual(sorted(left[2]), sorted([*segments, "/tmp/ompi.host2.0"]))
        self.assertEqual(len(segments), 2)
        # The next job is none the worse for it.
        self.assert_goes_on(ranks=(1, 2, 1))
        self.assertEqual([name for name in segments if name not in self.left()[2]], [])

    def test_a_killed_launcher(self):
        process = self.start()
        (launcher,), began = self.named(1, "mpirun"), time.monotonic()
        os.kill(launcher, signal.SIGKILL)
        self.assertNotIn(self.ended(process, began, "kill -9 of mpirun"), (0, 75))
        self.assert_goes_on()

    def test_a_link_that_is_cut_for_good(self):
        for name, cut, placement, arguments in (
            ("of the last rank", 3, (1, 1, 1), []), ("of a silent rank 0", 2, (0, 1, 1), ["--quiet"]),
            ("of rank 0", 2, (0, 1, 1), []),
        ):
            with self.subTest(name):
                output = name.replace(" ", "-")
                process = self.start(output, placement, arguments=arguments)
                began = time.monotonic()
                hosts.cut(cut)
                others = [k for k in hosts.NUMBERS if k != cut]
                self.assertNotIn(self.ended(process, began, f"the link of the host {name} cut for good", on=others), (0, 75))
                self.assertIn("lost communication with a remote daemon", self.output())
                # Its processes end too, unless output was on its way: then the kernel sends it again and again.
                while hosts.processes(cut) and time.monotonic() < began + 2 * LIMIT:
                    time.sleep(0.05)
                if hosts.processes(cut):
                    self.assertEqual(name, "of rank 0", hosts.processes(cut))
                    tell("on the isolated host rank 0, whose output was on its way, has not ended")
                    hosts.kill_all()
                else:
                    tell(f"on the isolated host the last process ends after {time.monotonic() - began:.1f} s")
                hosts.mend(cut)
                self.assert_goes_on(output)

    def test_a_link_that_is_cut_for_some_seconds(self):
        """Survived: five with the settings of the scripts, eight with the patient ones of docs/on-a-cluster.md."""
        quick, patient = keepalive("docs", "on-a-cluster.md")
        self.assertEqual(quick, self.keepalive)
        for name, cut, placement, settings, seconds in (
            ("of the last rank", 3, (1, 1, 1), quick, 5), ("of rank 0", 2, (0, 1, 1), quick, 5),
            ("of the last rank, patiently", 3, (1, 1, 1), patient, 8),
        ):
            with self.subTest(name):
                self.keepalive = settings
                output = name.replace(" ", "-")
                process = self.start(output, placement)
                hosts.cut(cut)
                time.sleep(seconds)
                hosts.mend(cut)
                # What the cut has done to the daemons' connections would show by now.
                time.sleep(LIMIT)
                last = self.last_step(f"{output}/log.jsonl")
                self.wait_for_step(process, f"{output}/log.jsonl", last + 3, timeout=30)
                os.kill(self.named(1, "mpirun")[0], signal.SIGUSR1)
                self.assertEqual(process.wait(timeout=30), 75, self.output())
                self.assert_nothing_is_left()
                self.assert_goes_on(output, placement)

    def test_a_host_that_crashes(self):
        process = self.start()
        began = time.monotonic()
        hosts.crash(2)
        try:
            self.assertNotIn(self.ended(process, began, "a host without power", on=(1, 3)), (0, 75))
            self.assertIn("lost communication with a remote daemon", self.output())
            self.assert_goes_on(ranks=(1, 0, 2))
        finally:
            hosts.start_host(2)
        self.assert_nothing_is_left()
        self.assert_goes_on()

    def test_a_job_that_starts_again_away_from_a_host_that_is_cut_off(self):
        job = {"SLURM_JOB_ID": "77"}
        process = self.start(ranks=(0, 1, 1), environment=job)
        began = time.monotonic()
        # Rank 0 keeps its lock: it can neither go on nor end.
        for name in ("orted", "dist-vmc"):
            for isolated in self.named(2, name):
                os.kill(isolated, signal.SIGSTOP)
        hosts.cut(2)
        self.assertNotIn(self.ended(process, began, "the host of rank 0 isolated", on=(1, 3)), (0, 75))
        again = self.start_program(
            "run", "chain.yaml", "--output", "out", "--resume", "--set", "run.steps=20", ranks=(1, 0, 1), environment=job)
        deadline = time.monotonic() + 20
        while "waiting for an earlier start of this Slurm job" not in self.output():
            self.assertIsNone(again.poll(), self.output())
            self.assertLess(time.monotonic(), deadline, self.output())
            time.sleep(0.05)
        self.assertIn("(host host2, process ", self.output())
        for isolated in hosts.processes(2):
            os.kill(isolated, signal.SIGKILL)
        self.assertEqual(again.wait(timeout=60), 0, self.output())
        self.assertIn("resuming after step ", self.output())

    def test_requests_to_end(self):
        """Signals to mpirun and to a rank elsewhere, and the file STOP: a checkpoint of the last step in each case."""
        for name, status in (("SIGUSR1", 75), ("SIGTERM", 1), ("SIGINT", 1), ("SIGTERM to rank 2", 75), ("STOP", 75)):
            with self.subTest(name):
                output = name.replace(" ", "-")
                process = self.start(output, arguments=("--set", "run.checkpoint_every=0"))
                began = time.monotonic()
                if name == "STOP":
                    self.write(f"{output}/STOP", "")
                elif " " in name:
                    os.kill(self.rank_processes()[2], signal.SIGTERM)
                else:
                    os.kill(self.named(1, "mpirun")[0], getattr(signal, name))
                self.assertEqual(self.ended(process, began, name), status, self.output())
                self.assert_nothing_is_left()
                last = self.last_step(f"{output}/log.jsonl")
                self.assertIn(f"ended after step {last} of 100000", self.output())
                if name == "STOP":
                    os.remove(self.path(output, "STOP"))
                process = self.run_well(
                    "run", "chain.yaml", "--output", output, "--resume", "--set", f"run.steps={last + 1}", "--set",
                    "run.checkpoint_every=0", ranks=(1, 1, 1))
                self.assertIn(f"resuming after step {last} from", process.stderr)


@unittest.skipIf(WHY_NOT, WHY_NOT)
class LeavingTests(unittest.TestCase):
    def test_hosts_end_with_the_test_that_made_them(self):
        """Also if it is killed."""
        with tempfile.TemporaryDirectory(prefix="dist-vmc-hosts-") as folder:
            program = ("import sys, time; sys.path.insert(0, sys.argv[1]); import three_hosts; hosts = three_hosts.ThreeHosts(sys.argv[2]); "
                       "hosts.start(); print(*hosts.namespaces, flush=True); time.sleep(60)")
            with subprocess.Popen(
                    [sys.executable, "-c", program, os.path.dirname(os.path.abspath(__file__)), folder],
                    stdout=subprocess.PIPE, text=True) as process:
                made = three_hosts.ThreeHosts(folder)
                made.namespaces = set(process.stdout.readline().split())
                self.assertEqual(len(made.namespaces), 16)
                self.assertGreaterEqual(len(made.inhabitants()), 7)
                process.kill()
            made.wait_until(lambda: not made.inhabitants())


if __name__ == "__main__":
    unittest.main()

"""The scripts of scripts/slurm and `dist-vmc submit` in a real Slurm: single runs, a scan, requeueing, the end of a
job's time, cancelling."""

import os
import re
import shutil
import sys
import time
import unittest

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TESTS, "CommandLineTests"))

import one_node_slurm
from support import PROGRAM, QUICK_START, ROOT, CommandLineTest

SCRIPTS = os.path.join(ROOT, "scripts", "slurm")

CHAIN = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: ising, J: -1, h: 1}
ansatz: {type: rbm, alpha: 2}
sampler: {chains: 20, samples: 400}
run: {steps: %d, checkpoint_every: 20, final_samples: 100}
"""

# Steps of some tenths of a second.
SLOW = CHAIN.replace("samples: 400", "samples: 400, sweep: %d")


@unittest.skipIf(one_node_slurm.why_not(), one_node_slurm.why_not())
class SlurmTests(CommandLineTest):
    @classmethod
    def setUpClass(cls):
        # Sockets want short paths.
        cls.folder = "/tmp/dist-vmc-slurm-%d" % os.getpid()
        os.makedirs(cls.folder)
        cls.slurm = one_node_slurm.OneNodeSlurm(cls.folder)
        # More ranks than cores, and bound to none.
        cls.slurm.environment.update(
            QUICK_START, OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1",
            OMPI_MCA_rmaps_base_oversubscribe="1", OMPI_MCA_hwloc_base_binding_policy="none")
        cls.slurm.environment["PATH"] = os.path.dirname(PROGRAM) + ":" + cls.slurm.environment["PATH"]
        try:
            cls.slurm.start()
        except Exception:
            cls.tearDownClass()
            raise

    @classmethod
    def tearDownClass(cls):
        cls.slurm.stop()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def submit(self, *command):
        """The number of the job that a command submits."""
        process = self.slurm.run(*command, cwd=self.directory)
        self.assertEqual(process.returncode, 0, process.stderr)
        return re.fullmatch(r"Submitted batch job (\d+)\n", process.stdout).group(1)

    def wait_for_end(self, job, seconds=180):
        """The last state of each of its parts."""
        deadline = time.monotonic() + seconds
        running = ("PENDING", "RUNNING", "COMPLETING", "CONFIGURING", "REQUEUED", "REQUEUE_HOLD")
        while True:
            states = self.slurm.state(job)
            if states and not any(state["JobState"] in running for state in states):
                return states
            self.assertLess(time.monotonic(), deadline, f"{states}\n{self.printed()}")
            time.sleep(0.3)

    def wait_for_log(self, directory, step, seconds=60):
        deadline = time.monotonic() + seconds
        while self.last_step(f"{directory}/log.jsonl") < step:
            self.assertLess(time.monotonic(), deadline, self.printed())
            time.sleep(0.1)

    def printed(self):
        found = ""
        for name in sorted(os.listdir(self.directory)):
            if name.endswith(".out"):
                with open(self.path(name), errors="replace") as file:
                    found += f"{name}:\n{file.read()}\n"
        return found

    def assert_done(self, directory, steps):
        self.assertEqual([entry["step"] for entry in self.log(directory)], list(range(1, steps + 1)))
        summary = self.summary(directory)
        self.assertEqual((summary["finished"], summary["steps"], summary["ranks"]), (True, steps, 2))

    def assert_completed(self, job):
        for state in self.wait_for_end(job):
            self.assertEqual((state["JobState"], state["ExitCode"]), ("COMPLETED", "0:0"), self.printed())

    def test_run_script(self):
        self.write("config.yaml", CHAIN % 10)
        job = self.submit("sbatch", "--ntasks=2", "--time=2", os.path.join(SCRIPTS, "run.sbatch"))
        self.assert_completed(job)
        self.assert_done("config", 10)

    def test_scan_script(self):
        self.write("config.yaml", CHAIN % 5)
        job = self.submit("sbatch", "--ntasks=2", "--time=2", os.path.join(SCRIPTS, "array-scan.sbatch"))
        self.assert_completed(job)
        self.assertEqual(len(self.wait_for_end(job)), 3)
        for field in ("0.5", "1.0", "1.5"):
            directory = f"config/hamiltonian.h={field}"
            self.assert_done(directory, 5)
            with open(self.path(directory, "config.yaml")) as file:
                self.assertIn(f"  h: {field}\n", file.read())

    def test_submit_with_both_launchers(self):
        self.write("chain.yaml", CHAIN % 10)
        for launcher in ("mpirun", "srun"):
            with self.subTest(launcher):
                job = self.submit(
                    PROGRAM, "submit", "chain.yaml", "--ranks", "2", "--time", "2", "--launcher", launcher, "--output",
                    launcher, "--sbatch=--comment=test")
                self.assert_completed(job)
                self.assert_done(launcher, 10)
        self.assertEqual(self.physics("mpirun"), self.physics("srun"))

    def assert_requeued(self, job, directory, steps):
        for state in self.wait_for_end(job):
            self.assertEqual((state["JobState"], state["ExitCode"]), ("COMPLETED", "0:0"), self.printed())
            self.assertGreater(int(state["Restarts"]), 0, self.printed())
        self.assert_done(directory, steps)
        printed = self.printed()
        ended = [int(step) for step in re.findall(r"ended after step (\d+) of", printed)]
        resumed = [int(step) for step in re.findall(r"resuming after step (\d+) from", printed)]
        self.assertGreater(len(ended), 0, printed)
        # Twice from one step where a signal came before the run was ready for it.
        self.assertEqual(set(ended), set(resumed), printed)
        return printed

    def test_requeue_script(self):
        """The signal of --signal=B:USR1 in a job of one minute, the shortest there is: Slurm sends it up to half a
        minute too early."""
        self.write("config.yaml", SLOW % (1500, 60))
        seconds = self.seconds_per_step("config.yaml")
        steps = max(20, round(60 / seconds))
        self.write("config.yaml", SLOW % (1500, steps))
        job = self.submit(
            "sbatch", "--ntasks=2", "--time=1", "--signal=B:USR1@40", os.path.join(SCRIPTS, "requeue.sbatch"))
        self.assertIn(": SIGUSR1", self.assert_requeued(job, "config", steps))

    def seconds_per_step(self, name):
        process = self.slurm.run(
            PROGRAM, "run", name, "--quiet", "--output", "probe", "--set", "run.steps=6", cwd=self.directory, timeout=120)
        self.assertEqual(process.returncode, 0, process.stderr)
        return sum(entry["seconds"]["total"] for entry in self.log("probe")[1:]) / 5

    def test_requeue_with_srun(self):
        self.write("chain.yaml", SLOW % (1500, 100000))
        job = self.submit(
            PROGRAM, "submit", "chain.yaml", "--ranks", "2", "--time", "5", "--launcher", "srun", "--requeue")
        self.wait_for_log("chain", 3)
        # The signal, at a moment of our own.
        self.slurm.run("scancel", "--batch", "--signal=USR1", job)
        self.wait_for_restart(job)
        # The log may go on already.
        last = int(re.findall(r"ended after step (\d+) of", self.printed())[-1])
        self.wait_for_log("chain", last + 2)
        self.assertIn(f"resuming after step {last} from", self.printed())
        # STOP ends the run and the requeueing.
        self.write("chain/STOP", "")
        for state in self.wait_for_end(job):
            self.assertEqual((state["JobState"], state["ExitCode"], state["Restarts"]), ("FAILED", "75:0", "1"), self.printed())
        steps = [entry["step"] for entry in self.log("chain")]
        self.assertEqual(steps, list(range(1, steps[-1] + 1)))

    def test_requeued_scan(self):
        """Each job of the array is queued again by itself, the one that has the array's number included."""
        self.write("chain.yaml", SLOW % (1500, 60))
        steps = max(20, round(8 / self.seconds_per_step("chain.yaml")))
        self.write("chain.yaml", SLOW % (1500, steps))
        job = self.submit(
            PROGRAM, "submit", "chain.yaml", "--ranks", "2", "--time", "5", "--requeue", "--scan", "hamiltonian.h=0.5,1.0")
        directories = [f"chain/hamiltonian.h={field}" for field in ("0.5", "1.0")]
        for directory in directories:
            self.wait_for_log(directory, 3)
        self.slurm.run("scancel", "--batch", "--signal=USR1", job)
        self.assert_requeued(job, directories[0], steps)
        self.assert_done(directories[1], steps)
        self.assertEqual([state["Restarts"] for state in self.wait_for_end(job)], ["1", "1"])

    def wait_for_restart(self, job, seconds=60):
        deadline = time.monotonic() + seconds
        while not any(state.get("Restarts") == "1" and state["JobState"] == "RUNNING" for state in self.slurm.state(job)):
            self.assertLess(time.monotonic(), deadline, f"{self.slurm.state(job)}\n{self.printed()}")
            time.sleep(0.2)

    def test_the_end_of_a_jobs_time(self):
        """Without a limit of its own a run asks Slurm, and ends before Slurm ends it."""
        self.write("chain.yaml", SLOW % (1500, 100000))
        job = self.submit(PROGRAM, "submit", "chain.yaml", "--ranks", "2", "--time", "1")
        for state in self.wait_for_end(job):
            self.assertEqual((state["JobState"], state["ExitCode"]), ("FAILED", "75:0"), self.printed())
        self.assertIn(f"Slurm's time limit for job {job}", self.printed())
        last = self.last_step("chain/log.jsonl")
        self.assertIn(f"ended after step {last} of", self.printed())

    def test_a_cancelled_job_leaves_a_run_that_goes_on(self):
        self.write("chain.yaml", SLOW % (1500, 100000))
        job = self.submit(PROGRAM, "submit", "chain.yaml", "--ranks", "2", "--time", "5")
        self.wait_for_log("chain", 3)
        self.slurm.run("scancel", job)
        self.assertEqual(self.wait_for_end(job)[0]["JobState"], "CANCELLED")
        self.assert_no_process_is_left()
        last = self.last_step("chain/log.jsonl")
        job = self.submit(
            PROGRAM, "submit", "chain.yaml", "--ranks", "2", "--time", "5", "--set", f"run.steps={last + 1}")
        self.assert_completed(job)
        self.assert_done("chain", last + 1)


if __name__ == "__main__":
    unittest.main()

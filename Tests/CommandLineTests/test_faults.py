"""What goes wrong under a run: a second run, files that cannot be written, a killed rank, numbers that are not finite."""

import json
import math
import os
import resource
import shutil
import signal
import stat
import subprocess
import time
import unittest

from support import CommandLineTest
from test_early_end import LONG

ISING = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: ising, J: -1, h: 1}
ansatz: {type: rbm, alpha: 2}
sampler: {chains: 16, samples: 128}
run: {steps: 40, checkpoint_every: 5, final_samples: 64}
"""


class SecondRunTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", LONG)

    def test_a_second_run_in_one_directory_is_refused(self):
        first = self.start_program("run", "chain.yaml", "--output", "out", ranks=2)
        self.wait_for_step(first, "out/log.jsonl", 1)
        for arguments, ranks in ((["--resume"], None), (["--resume"], 2), ([], None)):
            second = self.run_program("run", "chain.yaml", "--output", "out", *arguments, ranks=ranks, timeout=30)
            self.assertEqual(second.returncode, 2, second.stderr)
            self.assertEqual(len(self.messages(second)), 1, second.stderr)
            self.assertIn("another run is writing to the output directory out", second.stderr)
            self.assertRegex(second.stderr, rf"\(host .*, process {self.rank_processes()[0]}\)")
        # The first one has noticed nothing.
        self.wait_for_step(first, "out/log.jsonl", self.last_step("out/log.jsonl") + 2)
        first.send_signal(signal.SIGUSR1)
        self.assertEqual(first.wait(timeout=30), 75, self.output())
        self.assertFalse(os.path.exists(self.path("out", "run.lock")))

    def test_a_lock_that_a_crash_left_holds_nobody_up(self):
        self.run_until_killed(
            "run", "chain.yaml", "--output", "out", ranks=2, log="out/log.jsonl", step=2, delay=0)
        self.assertTrue(os.path.exists(self.path("out", "run.lock")))
        self.run_well("run", "chain.yaml", "--output", "out", "--resume", "--quiet", "--set", "run.steps=3", ranks=2)
        self.assertFalse(os.path.exists(self.path("out", "run.lock")))

    def start_of_job(self, job, *arguments):
        return self.start_program("run", "chain.yaml", "--output", "out", *arguments, environment={"SLURM_JOB_ID": job})

    def wait_for_output(self, process, words):
        deadline = time.monotonic() + 30
        while words not in self.output():
            self.assertIsNone(process.poll(), self.output())
            self.assertLess(time.monotonic(), deadline, self.output())
            time.sleep(0.01)

    def test_an_earlier_start_of_the_same_slurm_job_is_waited_for(self):
        first = self.start_of_job("77", "--quiet")
        self.wait_for_step(first, "out/log.jsonl", 1)
        second = self.start_of_job("77", "--resume", "--set", "run.steps=3")
        self.wait_for_output(second, "waiting for an earlier start of this Slurm job, which still has out (host ")
        first.send_signal(signal.SIGUSR1)
        self.assertEqual(first.wait(timeout=30), 75, self.output())
        self.assertEqual(second.wait(timeout=30), 0, self.output())
        self.assertIn("resuming after step ", self.output())
        self.assertEqual(self.output().count("waiting for"), 1, self.output())

    def test_an_earlier_start_of_the_same_slurm_job_that_does_not_end(self):
        first = self.start_of_job("77", "--quiet")
        self.wait_for_step(first, "out/log.jsonl", 1)
        # Of another job: refused at once. Numbers that begin alike are not the same.
        for job in ("7", "78", "777"):
            other = self.run_program(
                "run", "chain.yaml", "--output", "out", "--resume", environment={"SLURM_JOB_ID": job}, timeout=20)
            self.assertEqual(other.returncode, 2, other.stderr)
            self.assertIn("another run is writing to the output directory out", other.stderr)
        # Of the same job: to be queued again.
        second = self.run_program(
            "run", "chain.yaml", "--output", "out", "--resume", "--quiet", environment={"SLURM_JOB_ID": "77"})
        self.assertEqual(second.returncode, 75, second.stderr)
        self.assertEqual(len(self.messages(second)), 2, second.stderr)
        self.assertIn("an earlier start of this Slurm job still has the output directory out (host ", second.stderr)
        self.assertIsNone(first.poll(), self.output())


class MemoryTests(CommandLineTest):
    LARGE = """\
lattice: {type: square, extent: [10, 10]}
hamiltonian: {type: ising, J: -1.0, h: 3.0}
ansatz: {type: rbm, alpha: 1}
sampler: {chains: 64, samples: 30016, discard: 1}
sr: {solver: minsr}
run: {steps: 1, checkpoint_every: 0, final_samples: 64}
"""

    def run_limited(self, gigabytes, *arguments):
        command, variables = self.invocation(arguments, None, None)
        limit = int(gigabytes * 1e9)
        return subprocess.run(
            command, cwd=self.directory, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=60, text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))

    def test_a_step_that_cannot_fit_is_refused_before_it_starts(self):
        self.write("large.yaml", self.LARGE)
        process = self.run_limited(6, "run", "large.yaml", "--output", "out")
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn("large.yaml:5: sr.solver: a step takes ", process.stderr)
        self.assertRegex(process.stderr, r"ulimit -v is [345]\.\d+ GB for 1 rank")
        self.assertFalse(os.path.exists(self.path("out", "log.jsonl")))
        # T alone has 72 MB, a third of which each of three ranks holds.
        for ranks in (None, 3):
            process = self.run_program(
                "run", "large.yaml", "--set", "sampler.samples=3008", ranks=ranks,
                environment={"SLURM_MEM_PER_NODE": "100"})
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertEqual(process.stderr.count("what Slurm gives the job is 0.105 GB"), 1, process.stderr)
        # It is told, and all else with it.
        process = self.run_limited(6, "check", "large.yaml", "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("ulimit -v", process.stderr)
        self.assertGreater(json.loads(process.stdout)["memory"]["matrices"], 14e9)

    def test_an_allocation_that_fails_is_a_message(self):
        self.write("chain.yaml", ISING.replace("[6]", "[22]"))
        process = self.run_limited(0.9, "exact", "chain.yaml")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertRegex(process.stderr, r"\Adist-vmc: no memory for an array of [\d.]+ GB\n\Z")


class KilledRankTests(CommandLineTest):
    def test_a_killed_rank_ends_the_job(self):
        self.write("chain.yaml", LONG)
        for rank in (0, 2):
            with self.subTest(rank=rank):
                process = self.start_program("run", "chain.yaml", "--output", f"out{rank}", ranks=3)
                self.wait_for_step(process, f"out{rank}/log.jsonl", 2)
                os.kill(self.rank_processes()[rank], signal.SIGKILL)
                self.assertNotIn(process.wait(timeout=10), (0, 75))
                self.assert_no_process_is_left()
                self.run_well(
                    "run", "chain.yaml", "--output", f"out{rank}", "--resume", "--quiet", "--set", "run.steps=3", ranks=3)


class FileTests(CommandLineTest):
    """LONG makes about 1 kB of log per step."""

    def setUp(self):
        super().setUp()
        self.write("chain.yaml", LONG.replace("checkpoint_every: 100000", "checkpoint_every: 5"))

    def assert_whole(self, directory):
        """Whole lines without a gap, and a checkpoint that does not count more steps than there are."""
        steps = [entry["step"] for entry in self.log(directory)]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        process = self.run_well(
            "run", "chain.yaml", "--output", directory, "--resume", "--set", f"run.steps={len(steps) + 1}")
        self.assertIn(" from ", process.stderr)
        self.assertEqual(len(self.log(directory)), len(steps) + 1)
        self.run_well(
            "run", "chain.yaml", "--output", directory + "-whole", "--quiet", "--set", f"run.steps={len(steps) + 1}")
        self.assertEqual(self.physics(directory), self.physics(directory + "-whole"))

    def start_limited(self, directory, limit):
        process = self.start_program(
            "run", "chain.yaml", "--quiet", "--output", directory,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
        deadline = time.monotonic() + 60
        while "cannot write the log (" not in self.output():
            self.assertIsNone(process.poll(), self.output())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        return process

    def test_a_full_disk_that_has_room_again(self):
        # A limit on the size of files fails like a disk that is full, and can be lifted.
        process = self.start_limited("out", 21_000)
        written = self.last_step("out/log.jsonl")
        time.sleep(0.5)
        self.assertIsNone(process.poll(), self.output())
        self.assertEqual(self.last_step("out/log.jsonl"), written)
        with open(self.path("out", "log.jsonl")) as file:
            self.assertTrue(file.read().endswith("}\n"))
        resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        self.wait_for_step(process, "out/log.jsonl", written + 2)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 75, self.output())
        self.assertEqual(self.output().count("cannot write the log ("), 1, self.output())
        self.assertIn("it works again to write the log", self.output())
        self.assert_whole("out")

    def test_a_disk_that_stays_full(self):
        process = self.start_limited("out", 21_000)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 1, self.output())
        self.assertIn("the end of the run is not on the disk: ", self.output())
        self.assert_whole("out")

    def test_a_file_system_that_is_full(self):
        mount = self.path("small")
        os.makedirs(mount)
        made = shutil.which("mount") and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", mount], capture_output=True, text=True)
        if not made or made.returncode != 0:
            self.skipTest(f"no small file system can be mounted here: {made.stderr.strip() if made else 'no mount'}")
        self.addCleanup(subprocess.run, ["umount", mount], check=True)
        process = self.start_program("run", "chain.yaml", "--quiet", "--output", "small/out")
        deadline = time.monotonic() + 60
        while "No space left on device" not in self.output():
            self.assertIsNone(process.poll(), self.output())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 1, self.output())
        shutil.copytree(self.path("small/out"), self.path("out"))
        self.assert_whole("out")

    def test_standard_error_that_cannot_be_written(self):
        with open("/dev/full", "wb") as full:
            process = self.start_program("run", "chain.yaml", "--output", "full", "--set", "run.steps=7", stderr=full)
            self.assertEqual(process.wait(timeout=60), 0)
        reader, writer = os.pipe()
        os.close(reader)
        process = self.start_program("run", "chain.yaml", "--output", "closed", "--set", "run.steps=7", stderr=writer)
        os.close(writer)
        self.assertEqual(process.wait(timeout=60), 0)
        self.assertEqual(self.physics("full"), self.physics("closed"))

    def test_an_output_directory_that_disappears(self):
        for way in (shutil.rmtree, lambda path: os.rename(path, self.path("moved"))):
            process = self.start_program("run", "chain.yaml", "--quiet", "--output", "out", ranks=2)
            self.wait_for_step(process, "out/log.jsonl", 7)
            # Not while rank 0 writes into it.
            writer = self.rank_processes()[0]
            os.kill(writer, signal.SIGSTOP)
            way(self.path("out"))
            os.kill(writer, signal.SIGCONT)
            self.wait_for_step(process, "out/log.jsonl", 12)
            process.send_signal(signal.SIGUSR1)
            self.assertEqual(process.wait(timeout=30), 75, self.output())
            self.assertEqual(self.output().count("log.jsonl had disappeared"), 1, self.output())
            # What came since is there, a checkpoint of all, and the lock is gone.
            steps = [entry["step"] for entry in self.log("out")]
            self.assertEqual(steps, list(range(steps[0], steps[-1] + 1)))
            self.assertEqual(
                sorted(os.listdir(self.path("out"))),
                ["chain.log", "checkpoint.h5", "checkpoint.previous.h5", "config.yaml", "log.jsonl"])
            self.run_well(
                "run", "chain.yaml", "--output", "out", "--resume", "--quiet", "--set", f"run.steps={steps[-1] + 1}")
            self.run_well("run", "chain.yaml", "--output", "whole", "--quiet", "--set", f"run.steps={steps[-1] + 1}", ranks=2)
            self.assertEqual(self.energies("out")[:-1], self.energies("whole")[steps[0] - 1:-1])
            self.assertAlmostEqual(self.energies("out")[-1], self.energies("whole")[-1], delta=1e-8)
            shutil.rmtree(self.path("out"))
            shutil.rmtree(self.path("whole"))
            os.remove(self.path("output.txt"))
        steps = [entry["step"] for entry in self.log("moved")]
        self.assertEqual(steps, list(range(1, steps[-1] + 1)))

    def test_a_checkpoint_that_cannot_be_written(self):
        # Where the new file would be made there is a folder: not even root gets past it.
        process = self.start_program("run", "chain.yaml", "--quiet", "--output", "out")
        self.wait_for_step(process, "out/log.jsonl", 6)
        os.makedirs(self.path("out", "checkpoint.h5.part"))
        step = self.last_step("out/log.jsonl")
        self.wait_for_step(process, "out/log.jsonl", step + 12)
        self.assertEqual(self.output().count("cannot write the checkpoint ("), 1, self.output())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 1, self.output())
        self.assertIn("the end of the run is not on the disk: ", self.output())
        os.rmdir(self.path("out", "checkpoint.h5.part"))
        self.assert_whole("out")

    def test_a_checkpoint_that_is_read_only(self):
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--set", "run.steps=5")
        for name in ("checkpoint.h5", "log.jsonl"):
            os.chmod(self.path("out", name), stat.S_IREAD | stat.S_IRGRP | stat.S_IROTH)
        if os.geteuid() == 0:
            os.chmod(self.path("out", "log.jsonl"), 0o644)
        else:
            # The log cannot be continued: said at once, and nothing has changed.
            before = self.digests()
            process = self.run_program("run", "chain.yaml", "--output", "out", "--resume", "--set", "run.steps=7")
            self.assertNotEqual(process.returncode, 0)
            self.assertIn("log.jsonl: Permission denied", process.stderr)
            self.assertEqual(self.digests(), before)
            os.chmod(self.path("out", "log.jsonl"), 0o644)
        # A checkpoint is never written to: it is replaced.
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--resume", "--set", "run.steps=7")
        self.assert_whole("out")


class DivergenceTests(CommandLineTest):
    """Learning rates so large that the parameters or the energies overflow."""

    def test_rollback_to_the_last_good_checkpoint(self):
        for ranks, rule, optimiser in (
            (None, "local", "sgd"), (2, "local", "momentum"), (2, "full_sum", "adam"), (2, "direct", "sgd"),
        ):
            name = f"{rule}-{ranks}"
            with self.subTest(name):
                # Independent samples are those of autoregressive networks.
                ising = ISING.replace("rbm, alpha: 2", "arnn_dense") if rule == "direct" else ISING
                self.write(name + ".yaml", ising.replace("chains: 16", f"rule: {rule}, chains: 16") + """\
optimiser: {type: %s, learning_rate: {type: piecewise, values: [[0, 0.02], [12, 1.0e+305]]}}
""" % optimiser)
                options = ["--set", "run.on_divergence=rollback", "--set", "run.rollback_factor=1.0e-155"]
                process = self.run_well("run", name + ".yaml", *options, "--quiet", ranks=ranks)
                said = self.messages(process)
                self.assertGreater(len(said), 0)
                for count, line in enumerate(said, start=1):
                    self.assertRegex(line, rf"(is not finite|far beyond what any state of this hamiltonian has); back to step 10 with the learning rate times .* \({count} of 5\)")
                entries = self.log(name)
                self.assertEqual([entry["step"] for entry in entries], list(range(1, 41)))
                summary = self.summary(name)
                self.assertEqual((summary["rollbacks"], summary["finished"]), (len(said), True))
                factor = 1e-155 ** len(said)
                for entry in entries:
                    self.assertTrue(math.isfinite(entry["energy"]["mean"][0]))
                    rate = 0.02 if entry["step"] <= 12 else 1e305
                    self.assertAlmostEqual(
                        entry["learning_rate"] / (rate * (factor if entry["step"] > 10 else 1)), 1, delta=1e-12)
                with open(self.path(name, name + ".log")) as file:
                    self.assertEqual(json.load(file)["Energy"]["iters"], list(range(1, 41)))
                # The smaller learning rate stays: a run that is ended in between is the same run.
                self.run_well("run", name + ".yaml", *options, "--quiet", "--output", "parts", "--set", "run.steps=20",
                              ranks=ranks)
                self.run_well("run", name + ".yaml", *options, "--quiet", "--output", "parts", "--resume", ranks=ranks)
                self.assertEqual(self.physics("parts"), self.physics(name))
                self.assertEqual(self.summary("parts")["energy"], self.summary(name)["energy"])
                shutil.rmtree(self.path("parts"))

    def test_it_gives_up(self):
        self.write("wild.yaml", ISING + """\
optimiser: {learning_rate: {type: piecewise, values: [[0, 0.02], [7, 1.0e+305]]}}
""")
        options = ["--set", "run.on_divergence=rollback", "--set", "run.max_rollbacks=3"]
        process = self.run_program("run", "wild.yaml", *options, "--quiet", ranks=2)
        self.assertEqual(process.returncode, 1, process.stderr)
        said = self.messages(process)
        self.assertEqual(len(said), 4, process.stderr)
        for count, line in enumerate(said[:3], start=1):
            self.assertIn(f"back to step 5 with the learning rate times {0.5 ** count}", line)
        self.assertIn("given up after returning to step 5 3 times", said[3])
        self.assert_no_process_is_left()
        steps = [entry["step"] for entry in self.log("wild")]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        self.run_well(
            "run", "wild.yaml", "--resume", "--quiet", "--set", "run.steps=7", "--set", "optimiser.learning_rate=0.01",
            ranks=2)

    def test_before_the_first_checkpoint_and_at_the_end(self):
        # The first step already; and parameters at the end whose energy is not finite.
        for values, back in (("[[0, 1.0e+305]]", 0), ("[[0, 0.02], [39, 1.0e+305]]", 35)):
            self.write("wild.yaml", ISING + f"optimiser: {{learning_rate: {{type: piecewise, values: {values}}}}}\n")
            options = ["--set", "run.on_divergence=rollback", "--set", "run.rollback_factor=1.0e-306"]
            process = self.run_well("run", "wild.yaml", *options, "--quiet", "--output", str(back))
            self.assertIn(f"back to step {back} ", process.stderr)
            self.assertEqual([entry["step"] for entry in self.log(str(back))], list(range(1, 41)))
        # Without a rollback the end is an error, too.
        process = self.run_program("run", "wild.yaml", "--quiet", "--output", "stop")
        self.assertEqual(process.returncode, 1, process.stderr)
        self.assertRegex(self.messages(process)[0], "step 40: .* is not finite")
        self.assertFalse(os.path.exists(self.path("stop", "summary.json")))

    def test_keys_without_effect_are_named(self):
        self.write("ising.yaml", ISING.replace("steps: 40", "steps: 1, max_rollbacks: 3"))
        process = self.run_well("run", "ising.yaml")
        self.assertIn("run.max_rollbacks: no effect with this run.on_divergence", process.stderr)


if __name__ == "__main__":
    unittest.main()

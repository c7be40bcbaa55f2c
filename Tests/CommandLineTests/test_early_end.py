"""Ends before the last step: signals, the file STOP, time limits. The run goes on as if it had not been ended."""

import os
import re
import signal
import subprocess
import time
import unittest

from support import CommandLineTest

# Steps of some hundredths of a second: the run would take minutes.
LONG = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 2}
sampler: {rule: exchange, chains: 20, samples: 1000, total_sz: 0}
sr: {warm_start: true}
optimiser: {type: momentum, learning_rate: 0.002}
run: {steps: 100000, checkpoint_every: 100000, final_samples: 100}
"""

# Short steps, and an estimate after them that takes a minute.
CHAINS = 32
ESTIMATE = f"""\
lattice: {{type: chain, extent: [32]}}
hamiltonian: {{type: ising, J: -1.0, h: 1.0}}
ansatz: {{type: rbm, alpha: 1}}
sampler: {{chains: {CHAINS}, samples: 256}}
run: {{steps: 2, seed: 1, checkpoint_every: 0, final_samples: 8000000, deterministic: true}}
"""

# One step that takes minutes.
ONE_STEP = LONG.replace("samples: 1000", "samples: 20, sweep: 1000000000")


class EarlyEndTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", LONG)

    def assert_ended_early(self, process, directory, timeout=30):
        """Its exit status, its checkpoint, no summary; returns the last step."""
        self.assertEqual(process.wait(timeout=timeout), 75, self.output())
        self.assert_no_process_is_left()
        last = self.last_step(f"{directory}/log.jsonl")
        self.assertGreater(last, 0)
        self.assertEqual([entry["step"] for entry in self.log(directory)], list(range(1, last + 1)))
        for name, exists in (("checkpoint.h5", True), ("chain.log", True), ("summary.json", False), ("run.lock", False)):
            self.assertEqual(os.path.exists(self.path(directory, name)), exists, name)
        return last

    def assert_goes_on(self, directory, last, ranks):
        """Four steps more than where it ended are those of an undisturbed run."""
        steps = ["--set", f"run.steps={last + 4}", "--quiet"]
        self.run_well("run", "chain.yaml", "--output", directory, "--resume", *steps, ranks=ranks)
        self.run_well("run", "chain.yaml", "--output", directory + "-whole", *steps, ranks=ranks)
        self.assertEqual(self.physics(directory), self.physics(directory + "-whole"))
        self.assertEqual(self.summary(directory)["energy"], self.summary(directory + "-whole")["energy"])

    def test_signals_to_a_single_process(self):
        for name in ("SIGTERM", "SIGINT", "SIGUSR1"):
            with self.subTest(name):
                process = self.start_program("run", "chain.yaml", "--output", name)
                self.wait_for_step(process, f"{name}/log.jsonl", 3)
                process.send_signal(getattr(signal, name))
                last = self.assert_ended_early(process, name)
                self.assertIn(f"ended after step {last} of 100000: {name}", self.output())
        self.assert_goes_on("SIGUSR1", last, None)

    def test_a_signal_to_every_rank_through_the_launcher(self):
        process = self.start_program("run", "chain.yaml", "--output", "out", ranks=3)
        self.wait_for_step(process, "out/log.jsonl", 3)
        process.send_signal(signal.SIGUSR1)
        last = self.assert_ended_early(process, "out")
        self.assertEqual(self.output().count(f"ended after step {last} of"), 1, self.output())
        self.assert_goes_on("out", last, 3)

    def test_a_signal_to_one_rank_ends_all(self):
        process = self.start_program("run", "chain.yaml", "--output", "out", ranks=3)
        self.wait_for_step(process, "out/log.jsonl", 3)
        os.kill(self.rank_processes()[2], signal.SIGTERM)
        last = self.assert_ended_early(process, "out")
        self.assertIn(f"ended after step {last} of 100000: a signal to another rank", self.output())

    def test_a_request_that_comes_directly_and_through_the_launcher_is_one(self):
        process = self.start_program("run", "chain.yaml", "--output", "out", ranks=2)
        self.wait_for_step(process, "out/log.jsonl", 2)
        # As batch systems do: to every process of the job, the launcher included.
        for child in [*self.rank_processes().values(), process.pid]:
            os.kill(child, signal.SIGUSR1)
        self.assert_ended_early(process, "out")

    def test_a_second_signal_ends_it_at_once(self):
        self.write("one.yaml", ONE_STEP)
        for ranks in (None, 2):
            with self.subTest(ranks=ranks):
                process = self.start_program("run", "one.yaml", "--output", f"one{ranks}", ranks=ranks)
                deadline = time.monotonic() + 30
                while not os.path.exists(self.path(f"one{ranks}", "config.yaml")):
                    self.assertLess(time.monotonic(), deadline)
                    time.sleep(0.01)
                process.send_signal(signal.SIGUSR1)
                with self.assertRaises(subprocess.TimeoutExpired):
                    process.wait(timeout=1)
                process.send_signal(signal.SIGUSR1)
                self.assertEqual(process.wait(timeout=20), 75, self.output())
                self.assert_no_process_is_left()
        # What it leaves can be taken up: the lock went with the process.
        self.run_well("run", "chain.yaml", "--output", "again", "--set", "run.steps=1", "--quiet")

    def test_stop_file(self):
        process = self.start_program("run", "chain.yaml", "--output", "out", ranks=2)
        self.wait_for_step(process, "out/log.jsonl", 2)
        self.write("out/STOP", "")
        last = self.assert_ended_early(process, "out")
        # It keeps runs from starting, whatever would start them, until it is removed.
        before = self.digests()
        for arguments in (["--resume"], []):
            process = self.run_program("run", "chain.yaml", "--output", "out", *arguments, ranks=2)
            self.assertEqual(process.returncode, 75, process.stderr)
            self.assertEqual(len(self.messages(process)), 1, process.stderr)
            self.assertIn("out/STOP", self.messages(process)[0])
        self.assertEqual(self.digests(), before)
        os.remove(self.path("out", "STOP"))
        self.assert_goes_on("out", last, 2)

    def test_time_limit(self):
        started = time.monotonic()
        process = self.start_program("run", "chain.yaml", "--output", "out", "--set", "run.time_limit=2", ranks=2)
        last = self.assert_ended_early(process, "out")
        self.assertGreater(time.monotonic() - started, 1)
        self.assertIn(f"ended after step {last} of 100000: run.time_limit", self.output())
        # Each part of a run has the limit for itself, and less time than a step takes is enough for one.
        process = self.run_program(
            "run", "chain.yaml", "--output", "out", "--resume", "--set", "run.time_limit=0.001", ranks=2)
        self.assertEqual(process.returncode, 75, process.stderr)
        self.assertEqual(self.last_step("out/log.jsonl"), last + 1)
        self.assert_goes_on("out", last + 1, 2)

    def slurm(self, answer):
        """The environment of a Slurm job whose squeue does what the lines of a script say."""
        os.makedirs(self.path("bin"), exist_ok=True)
        path = self.path("bin", "squeue")
        self.write("bin/squeue", "#!/bin/sh\n" + answer + "\n")
        os.chmod(path, 0o755)
        return {"SLURM_JOB_ID": "4711", "PATH": self.path("bin") + ":" + os.environ["PATH"]}

    def test_time_that_slurm_leaves(self):
        # Asked once, for the right job, by one rank.
        answer = f'echo "$@" >> {self.path("asked")}; echo 0:03'
        process = self.start_program("run", "chain.yaml", "--output", "out", ranks=2, environment=self.slurm(answer))
        self.assert_ended_early(process, "out")
        self.assertIn("Slurm's time limit for job 4711", self.output())
        with open(self.path("asked")) as file:
            self.assertEqual(file.read(), "--noheader --jobs 4711 --format %L\n")
        # Of an array's jobs, which may have the array's number, itself.
        os.remove(self.path("asked"))
        array = {"SLURM_ARRAY_JOB_ID": "4711", "SLURM_ARRAY_TASK_ID": "2"}
        process = self.run_program(
            "run", "chain.yaml", "--output", "array", "--quiet", environment=self.slurm(answer) | array)
        self.assertEqual(process.returncode, 75, process.stderr)
        with open(self.path("asked")) as file:
            self.assertEqual(file.read(), "--noheader --jobs 4711_2 --format %L\n")
        # A limit of one's own goes before it.
        process = self.run_program(
            "run", "chain.yaml", "--output", "own", "--set", "run.time_limit=1000", "--set", "run.steps=2", "--quiet",
            environment=self.slurm("echo 0:01"))
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_time_that_slurm_does_not_tell(self):
        for answer, reason in (
            ("echo INVALID", "squeue answered 'INVALID'"), ("echo slurm is down >&2; exit 1", "slurm is down"),
            ("exit 127", "there is no squeue"),
        ):
            with self.subTest(answer):
                name = str(len(self.listing()))
                process = self.run_program(
                    "run", "chain.yaml", "--output", name, "--set", "run.steps=2", environment=self.slurm(answer))
                self.assertEqual(process.returncode, 0, process.stderr)
                self.assertEqual(len(self.messages(process)), 1, process.stderr)
                self.assertIn(f"Slurm job 4711 is unknown ({reason}", process.stderr)
        for answer in ("UNLIMITED", "1-00:00:00"):
            process = self.run_program(
                "run", "chain.yaml", "--output", answer[:3], "--set", "run.steps=2",
                environment=self.slurm("echo " + answer))
            self.assertEqual((process.returncode, self.messages(process)), (0, []))

    # The estimate after the last step.

    def start_estimate(self, directory, *arguments, ranks=None):
        """A run that is in its estimate: the last step's checkpoint is there."""
        self.write("estimate.yaml", ESTIMATE)
        process = self.start_program("run", "estimate.yaml", "--output", directory, *arguments, ranks=ranks)
        deadline = time.monotonic() + 60
        while not os.path.exists(self.path(directory, "checkpoint.h5")):
            self.assertLess(time.monotonic(), deadline, self.output())
            time.sleep(0.01)
        return process

    def assert_estimate_ended(self, said, directory):
        """Returns how many samples of each chain there are."""
        found = re.findall(r"ended in the estimate of the final energy, after (\d+) of 250000 samples of each chain", said)
        self.assertTrue(found, said)
        for name, exists in (("checkpoint.h5", True), ("estimate.h5", True), ("summary.json", False), ("run.lock", False)):
            self.assertEqual(os.path.exists(self.path(directory, name)), exists, name)
        return int(found[-1])

    def assert_estimate_goes_on(self, directory, drawn, ranks):
        """With some samples more it is that of a run that was not ended, and is not made anew."""
        enough = ["--set", f"run.final_samples={(drawn + 50) * CHAINS}"]
        again = self.run_well("run", "estimate.yaml", "--output", directory, "--resume", *enough, ranks=ranks)
        self.assertIn(f"goes on after {drawn} of {drawn + 50} samples of each chain", again.stderr)
        self.run_well("run", "estimate.yaml", "--output", directory + "-whole", *enough, "--quiet", ranks=ranks)
        found, expected = self.summary(directory), self.summary(directory + "-whole")
        self.assertEqual(found["final_samples"], (drawn + 50) * CHAINS)
        self.assertEqual(found["final_samples"], expected["final_samples"])
        for key in ("error", "tau", "variance", "r_hat"):
            self.assertAlmostEqual(found["energy"][key] / expected["energy"][key], 1, delta=1e-9, msg=key)
        self.assertAlmostEqual(found["energy"]["mean"][0] / expected["energy"]["mean"][0], 1, delta=1e-12)
        self.assertFalse(os.path.exists(self.path(directory, "estimate.h5")))

    def test_signals_in_the_estimate(self):
        for name, ranks in (("SIGUSR1", None), ("SIGTERM", None), ("SIGINT", None), ("SIGUSR1", 3)):
            with self.subTest(name, ranks=ranks):
                directory = f"{name}{ranks}"
                process = self.start_estimate(directory, ranks=ranks)
                time.sleep(0.3)
                process.send_signal(getattr(signal, name))
                self.assertEqual(process.wait(timeout=30), 75, self.output())
                self.assertIn(name, self.output())
                drawn = self.assert_estimate_ended(self.output(), directory)
        # What one number of ranks began another one ends.
        self.assert_estimate_goes_on(directory, drawn, 2)

    def test_a_signal_to_one_rank_in_the_estimate_ends_all(self):
        process = self.start_estimate("out", ranks=3)
        os.kill(self.rank_processes()[2], signal.SIGUSR1)
        self.assertEqual(process.wait(timeout=30), 75, self.output())
        self.assert_no_process_is_left()
        self.assertIn("a signal to another rank", self.output())
        self.assert_estimate_ended(self.output(), "out")

    def test_the_estimate_keeps_to_the_time_limit(self):
        self.write("estimate.yaml", ESTIMATE)
        started = time.monotonic()
        process = self.run_program("run", "estimate.yaml", "--output", "out", "--set", "run.time_limit=3")
        self.assertEqual(process.returncode, 75, process.stderr)
        self.assertLess(time.monotonic() - started, 20)
        self.assertIn("run.time_limit", process.stderr)
        drawn = self.assert_estimate_ended(process.stderr, "out")
        # However little time there is, it goes on: a job that is queued again and again ends.
        process = self.run_program(
            "run", "estimate.yaml", "--output", "out", "--resume", "--set", "run.time_limit=0.001")
        self.assertEqual(process.returncode, 75, process.stderr)
        further = self.assert_estimate_ended(process.stderr, "out")
        self.assertGreater(further, drawn)
        self.assert_estimate_goes_on("out", further, None)

    def test_an_estimate_of_other_parameters_or_a_damaged_one_is_made_anew(self):
        process = self.start_estimate("out")
        self.write("out/STOP", "")
        self.assertEqual(process.wait(timeout=30), 75, self.output())
        drawn = self.assert_estimate_ended(self.output(), "out")
        os.remove(self.path("out", "STOP"))
        with open(self.path("out", "estimate.h5"), "rb") as file:
            content = file.read()
        with open(self.path("out", "estimate.h5"), "wb") as file:
            file.write(content[:-100])
        few = ["--set", "run.final_samples=3200"]
        process = self.run_well("run", "estimate.yaml", "--output", "out", "--resume", *few)
        self.assertIn("estimate.h5 is damaged", process.stderr)
        self.assertIn("begins anew", process.stderr)
        with open(self.path("out", "estimate.h5"), "wb") as file:
            file.write(content)
        process = self.run_well(
            "run", "estimate.yaml", "--output", "out", "--resume", *few, "--set", "run.steps=3")
        self.assertNotIn(f"goes on after {drawn}", process.stderr)
        self.run_well("run", "estimate.yaml", "--output", "whole", *few, "--set", "run.steps=3")
        self.assertEqual(self.summary("out")["energy"], self.summary("whole")["energy"])

    def test_other_commands_end_by_signals_as_usual(self):
        self.write("big.yaml", LONG.replace("[8]", "[22]"))
        process = self.start_program("exact", "big.yaml")
        time.sleep(0.5)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=20), -signal.SIGTERM)


if __name__ == "__main__":
    unittest.main()

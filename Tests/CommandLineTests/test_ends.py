"""Ends that a run finds by itself: convergence, time that the user gives it, and returns to a better state."""

import time
import unittest

from support import CommandLineTest

CHAIN = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz: {type: rbm, alpha: 1}
sampler: {chains: 32, samples: 512}
run: {steps: auto, final_samples: 32768, checkpoint_every: 40}
"""
# -1/sin(pi/16), twice: the critical ring of 8 spins.
EXACT = -10.251661790966

# A step of a thousand times the length of the others, in the middle.
LEAP = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz: {type: rbm, alpha: 1}
sampler: {chains: 16, samples: 256}
optimiser: {learning_rate: {type: piecewise, values: [[0, 0.05], [50, 50], [51, 0.05]]}}
run: {steps: 110, max_returns: 2, final_samples: 1024, checkpoint_every: 0}
"""


class ConvergenceTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", CHAIN)

    def test_it_ends_by_itself_at_the_right_energy(self):
        process = self.run_well("run", "chain.yaml", "--output", "out")
        summary = self.summary("out")
        self.assertEqual((summary["ended_by"], summary["finished"]), ("converged", True))
        self.assertTrue(100 < summary["steps"] < 1000, summary["steps"])
        self.assertEqual(summary["averaged_steps"], summary["steps"] // 5)
        self.assertLess(abs(summary["energy"]["mean"][0] / EXACT - 1), 1e-4)
        # No number of steps is promised before it is known.
        lines = process.stderr.splitlines()
        self.assertTrue(any(line.strip().startswith("1/auto  E ") for line in lines), process.stderr)
        self.assertTrue(any(line.startswith(f"{summary['steps']}/{summary['steps']}  E ") for line in lines))
        resolved, _ = self.resolved(CHAIN)
        self.assertEqual(
            [resolved["run"][key] for key in ("steps", "max_steps", "averaged_steps", "max_returns")],
            ["auto", "2000", "auto", "3"])
        # Once more from there, nothing is left to do but the energy.
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--resume")
        self.assertEqual(self.summary("out")["energy"], summary["energy"])
        self.assertEqual(self.summary("out")["ended_by"], "converged")

    def test_most_steps(self):
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--set", "run.max_steps=30")
        summary = self.summary("out")
        self.assertEqual((summary["ended_by"], summary["steps"], summary["averaged_steps"]), ("max_steps", 30, 6))
        # A bound that is raised is none any more.
        more = ("--set", "run.max_steps=45")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--resume", *more)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", *more)
        self.assertEqual(self.physics("out"), self.physics("whole"))
        self.assertEqual(self.summary("out")["energy"], self.summary("whole")["energy"])

    def test_parts_are_the_whole(self):
        start = time.monotonic()
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole")
        limit = (time.monotonic() - start) / 4
        parts = 0
        while True:
            parts += 1
            process = self.run_program(
                "run", "chain.yaml", "--quiet", "--output", "parts", "--resume", "--set",
                f"run.time_limit={limit:.3f}")
            if process.returncode == 0:
                break
            self.assertEqual(process.returncode, 75, process.stderr)
        self.assertGreater(parts, 1)
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        for key in ("energy", "steps", "averaged_steps", "ended_by", "zero_variance"):
            self.assertEqual(self.summary("parts")[key], self.summary("whole")[key], key)

    def test_any_number_of_ranks(self):
        arguments = ("--set", "run.deterministic=true", "--set", "run.final_samples=1024")
        for ranks in (1, 2, 3, 4):
            self.run_well("run", "chain.yaml", "--quiet", "--output", f"r{ranks}", *arguments, ranks=ranks)
            self.assertEqual(self.summary(f"r{ranks}")["ended_by"], "converged")
            self.assertEqual(self.physics(f"r{ranks}"), self.physics("r1"), ranks)
            self.assertEqual(self.summary(f"r{ranks}")["energy"], self.summary("r1")["energy"])

    def test_a_summed_basis(self):
        """Without noise nothing is averaged, and the end comes at once."""
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "out", "--set", "sampler={rule: full_sum}", "--set",
            "ansatz.alpha=2")
        summary = self.summary("out")
        self.assertEqual((summary["ended_by"], summary["averaged_steps"]), ("converged", 0))
        self.assertLess(abs(summary["energy"]["mean"][0] / EXACT - 1), 1e-4)

    def test_what_is_refused(self):
        for settings, words in (
            (["run.steps=automatic"], "run.steps: found the text 'automatic'; accepted: auto, or an integer >= 0"),
            (["run.max_steps=0"], "run.max_steps: found the integer 0; accepted: an integer >= 1"),
            (["run.max_time=0"], "run.max_time: found the integer 0; accepted: a number > 0, or null"),
            (["run.averaged_steps=some"], "run.averaged_steps: found the text 'some'; accepted: auto, or an integer >= 0"),
            (["run.max_returns=-1"], "run.max_returns: found the integer -1"),
            (["sr.diag_shift={type: linear, start: 0.1, end: 0.01}"], "sr.diag_shift: with run.steps auto the key 'steps'"),
        ):
            arguments = [part for setting in settings for part in ("--set", setting)]
            process = self.run_program("run", "chain.yaml", "--output", "none", *arguments)
            self.assertEqual(process.returncode, 2, settings)
            self.assertIn(words, process.stderr)
            self.assertEqual(len(self.messages(process)), 1, process.stderr)
        process = self.run_well("run", "chain.yaml", "--output", "out", "--set", "run.steps=1", "--set", "run.max_steps=2")
        self.assertIn("run.max_steps: no effect with this run.steps", process.stderr)


class MaximumTimeTests(CommandLineTest):
    def test_a_run_is_complete_when_its_time_is_over(self):
        self.write("chain.yaml", CHAIN.replace("steps: auto", "steps: 1000000"))
        # The seconds of all parts count.
        process = self.run_program(
            "run", "chain.yaml", "--quiet", "--output", "out", "--set", "run.time_limit=2", "--set", "run.max_time=6")
        self.assertEqual(process.returncode, 75, process.stderr)
        first = self.last_step("out/log.jsonl")
        process = self.run_well("run", "chain.yaml", "--output", "out", "--resume", "--set", "run.max_time=6", ranks=2)
        summary = self.summary("out")
        self.assertEqual((summary["ended_by"], summary["finished"]), ("max_time", True))
        self.assertGreater(summary["steps"], first)
        # A step that takes longer than those before it may end a little later.
        longest = max(entry["seconds"]["total"] for entry in self.log("out"))
        self.assertTrue(2 < summary["seconds"]["total"] < 6 + longest, summary["seconds"])
        self.assertGreater(summary["averaged_steps"], 0)
        self.assertLessEqual(summary["averaged_steps"], summary["steps"] // 5 + 1)
        self.assertIn("because run.max_time was used up", " ".join(process.stderr.split()))
        # With more time it goes on.
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--resume", "--set", "run.max_time=8")
        self.assertGreater(self.summary("out")["steps"], summary["steps"])

    def test_time_that_is_not_enough(self):
        self.write("chain.yaml", CHAIN.replace("steps: auto", "steps: 1000000"))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--set", "run.max_time=0.001")
        summary = self.summary("out")
        self.assertEqual(summary["ended_by"], "max_time")
        self.assertLess(summary["steps"], 4)

    def test_time_that_suffices_changes_nothing(self):
        self.write("chain.yaml", CHAIN.replace("steps: auto", "steps: 12"))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "with", "--set", "run.max_time=1000")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "without")
        self.assertEqual(self.physics("with"), self.physics("without"))
        self.assertEqual(self.summary("with")["ended_by"], "steps")


class ReturnTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("leap.yaml", LEAP)

    def test_a_state_that_is_lost_comes_back(self):
        process = self.run_well("run", "leap.yaml", "--output", "out")
        summary = self.summary("out")
        self.assertEqual((summary["returns"], summary["warnings"]), (1, []))
        self.assertLess(summary["energy"]["mean"][0] / EXACT, 1.01)
        self.assertGreater(summary["energy"]["mean"][0] / EXACT, 0.995)
        self.assertEqual(process.stderr.count("with half the learning rate"), 1, process.stderr)
        rates = [entry["learning_rate"] for entry in self.log("out")]
        self.assertEqual((rates[40], rates[80], rates[50]), (0.05, 0.025, 50))
        self.assertIn("Once the run had lost its state", " ".join(process.stderr.split()))
        # Without a way back it stays where it was thrown, and says so.
        process = self.run_well("run", "leap.yaml", "--output", "lost", "--set", "run.max_returns=0", "--set", "run.steps=70")
        self.assertEqual(self.summary("lost")["returns"], 0)
        self.assertGreater(self.summary("lost")["energy"]["mean"][0], summary["energy"]["mean"][0] + 0.5)

    def test_returns_that_are_used_up(self):
        """Thrown out twice, with one way back."""
        self.write("leap.yaml", LEAP.replace("[51, 0.05]", "[51, 0.05], [80, 50], [81, 0.05]"))
        process = self.run_well("run", "leap.yaml", "--output", "out", "--set", "run.max_returns=1")
        summary = self.summary("out")
        self.assertEqual(summary["returns"], 1)
        # Chains in a state that was thrown anywhere need not mix, either.
        found = [warning for warning in summary["warnings"] if "the run has lost its state" in warning]
        self.assertEqual(len(found), 1, summary["warnings"])
        self.assertEqual(process.stderr.count("with half the learning rate"), 1, process.stderr)

    def test_parts_and_ranks(self):
        deterministic = ("--quiet", "--set", "run.deterministic=true")
        self.run_well("run", "leap.yaml", "--output", "whole", *deterministic)
        self.assertEqual(self.summary("whole")["returns"], 1)
        # In the middle of the loss, and after the return.
        for steps, ranks in ((45, 1), (58, 3), (70, 2), (110, 4)):
            self.run_well(
                "run", "leap.yaml", "--output", "parts", "--resume", "--set", f"run.steps={steps}", *deterministic,
                ranks=ranks)
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        self.assertEqual(self.summary("parts")["returns"], 1)
        self.assertEqual(self.summary("parts")["energy"], self.summary("whole")["energy"])


if __name__ == "__main__":
    unittest.main()

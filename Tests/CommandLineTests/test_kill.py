"""Runs that are killed at random moments, again and again: DIST_VMC_KILLS says how often (3; scripts/test.sh --long: 50)."""

import json
import os
import random
import signal
import time
import unittest

from support import CommandLineTest

try:
    import h5py
except ImportError:
    h5py = None

KILLS = int(os.environ.get("DIST_VMC_KILLS", "3"))
RANKS = 2

# A checkpoint after every other step, of a size that takes as long to write as a step takes: many kills come while
# files change.
CHAIN = """\
lattice: {type: chain, extent: [10]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 8}
sampler: {rule: exchange, chains: 32, samples: 256, total_sz: 0}
sr: {warm_start: true, max_iterations: 20, tolerance: 1.0e-3, fallback: []}
optimiser: {type: adam, learning_rate: 0.005}
run: {steps: 1000000, checkpoint_every: 2, final_samples: 256}
"""
RUN = ("run", "chain.yaml", "--quiet")
LOG = "out/log.jsonl"


class KillTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", CHAIN)

    def kill_ranks(self, process, victims):
        """Kills some of the run's processes, or all; the rest must end by itself."""
        ranks = self.rank_processes()
        for rank in victims:
            if rank in ranks:
                os.kill(ranks[rank], signal.SIGKILL)
        if any(rank in ranks for rank in victims) and len(victims) < RANKS:
            process.wait(timeout=30)
        self.kill_all()
        process.wait(timeout=30)
        self.assert_no_process_is_left()

    def check_files(self):
        """After a kill: whole lines, each step once and in order; a checkpoint that loads, with a log for its steps.
        Returns the last step."""
        if not os.path.exists(self.path(LOG)):
            return 0
        with open(self.path(LOG)) as file:
            text = file.read()
        self.assertTrue(text == "" or text.endswith("\n"), "a torn line")
        steps = [json.loads(line)["step"] for line in text.splitlines()]
        self.assertEqual(steps, list(range(1, len(steps) + 1)))
        for name in ("checkpoint.h5", "checkpoint.previous.h5"):
            if h5py is not None and os.path.exists(self.path("out", name)):
                with h5py.File(self.path("out", name), "r") as file:
                    self.assertLessEqual(int(file.attrs["step"]), len(steps), name)
                    self.assertEqual(file["parameters/Dense/kernel"].shape, (10, 80))
        return len(steps)

    def test_killed_at_random_moments(self):
        generator = random.Random(7)
        started = time.monotonic()
        self.run_well(*RUN, "--output", "short", "--set", "run.steps=20", ranks=RANKS)
        start_up = time.monotonic() - started
        per_step = sorted(entry["seconds"]["total"] for entry in self.log("short"))[10]
        last, lasts = 0, []
        for kill in range(KILLS):
            process = self.start_program(*RUN, "--output", "out", "--resume", ranks=RANKS)
            if kill % 3 == 1:
                # At any moment of the start, or soon after it.
                time.sleep(generator.uniform(0.1, 1) * start_up)
            else:
                # During steps, checkpoints, and what is between them.
                self.wait_for_step(process, LOG, last + generator.randint(1, 8))
                time.sleep(generator.uniform(0, 3 * per_step))
            self.assertIsNone(process.poll(), self.output())
            self.kill_ranks(process, generator.choice(([0, 1], [0, 1], [0], [1])))
            last = self.check_files()
            lasts.append(last)
        steps = ("--set", f"run.steps={last + 6}")
        self.run_well(*RUN, "--output", "out", "--resume", *steps, ranks=RANKS)
        self.run_well(*RUN, "--output", "whole", *steps, ranks=RANKS)
        self.assertEqual(self.physics("out"), self.physics("whole"))
        self.assertEqual(self.summary("out")["energy"], self.summary("whole")["energy"])
        self.assertEqual(self.datasets("out"), self.datasets("whole"))
        print(f"{KILLS} kills, the last line of the log then: {lasts}", flush=True)


if __name__ == "__main__":
    unittest.main()

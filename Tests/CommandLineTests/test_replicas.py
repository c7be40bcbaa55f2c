"""sampler.replicas: replicas of every chain, exchanged after every sweep."""

import json
import unittest

from support import CommandLineTest

CHAIN = """\
lattice:     {type: chain, extent: [10], pbc: true}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz:      {type: rbm, alpha: 2}
sampler:     {rule: local, chains: 22, samples: 352, replicas: 3, replica_beta: 0.3}
sr:          {diag_shift: 0.01, solver: cg}
optimiser:   {type: sgd, learning_rate: 0.05}
run:         {steps: 6, checkpoint_every: 1, seed: 1, final_samples: 352, deterministic: true}
"""

OBSERVABLES = """\
renyi2: {subsystems: [{name: half, sites: [0, 1, 2, 3, 4]}]}
"""


class ReplicasTests(CommandLineTest):
    def test_any_number_of_ranks_and_any_interruption_give_the_same_run(self):
        self.write("config.yaml", CHAIN)
        for name, settings in {
            "products": [], "screened": ["ansatz={type: mlp, hidden_dims: [5]}", "sampler.screening=single"],
            "whole": ["ansatz={type: mlp, hidden_dims: [5, 4]}"],
        }.items():
            with self.subTest(name):
                sets = [argument for setting in settings for argument in ("--set", setting)]
                arguments = ("run", "config.yaml", "--quiet", *sets)
                results = {}
                for ranks in (1, 2, 3):
                    output = f"{name}-{ranks}"
                    self.run_well(*arguments, "--output", output, ranks=ranks)
                    results[ranks] = (self.physics(output), self.summary(output)["energy"])
                self.assertEqual(results[2], results[1])
                self.assertEqual(results[3], results[1])
                parts = f"{name}-parts"
                self.run_well(*arguments, "--output", parts, "--set", "run.steps=2", ranks=3)
                self.run_well(*arguments, "--resume", "--output", parts, ranks=2)
                self.assertEqual((self.physics(parts), self.summary(parts)["energy"]), results[1])
                for entry in self.log(parts):
                    self.assertEqual(len(entry["swap_acceptance"]), 2)
                    self.assertTrue(all(0.05 < share < 1 for share in entry["swap_acceptance"]))

    def test_a_run_with_replicas_is_measured_and_shown(self):
        self.write("config.yaml", CHAIN)
        process = self.run_well("run", "config.yaml", "--output", "run", "--set", "run.steps=2")
        self.assertRegex(process.stderr, r"acc \d+%  swap \d+%")
        # Two sets of replicas, of which the second begins at other chains.
        self.write("observables.yaml", OBSERVABLES)
        arguments = ("--json", "--observables", "observables.yaml", "--precision", "0.02")
        one, other = [
            json.loads(self.run_well("evaluate", "run", *arguments, ranks=ranks).stdout) for ranks in (1, 3)]
        self.assertEqual(one["method"], "chains")
        self.assertAlmostEqual(one["energy"]["mean"], other["energy"]["mean"], places=9)
        self.run_well(
            "run", "config.yaml", "--quiet", "--output", "summed", "--set", "run.steps=0",
            "--set", "run.initial_parameters=run/checkpoint.h5", "--set", "sampler={rule: full_sum}")
        exact = json.loads(self.run_well(
            "evaluate", "summed", "--json", "--observables", "observables.yaml").stdout)
        for mine, reference in [(one["energy"], exact["energy"])] + list(zip(one["renyi2"], exact["renyi2"])):
            self.assertLessEqual(abs(mine["mean"] - reference["mean"]), 5 * mine["error"], (mine, reference))

    def test_the_check_counts_replicas(self):
        self.write("config.yaml", CHAIN)
        one, three = [
            json.loads(self.run_well("check", "config.yaml", "--json", "--set", f"sampler.replicas={count}").stdout)
            for count in (1, 3)]
        self.assertEqual((one["samples"]["replicas"], three["samples"]["replicas"]), (1, 3))
        self.assertEqual(three["samples"]["proposals"], 3 * one["samples"]["proposals"])
        self.assertGreater(three["memory"]["total"], one["memory"]["total"])

    def test_what_replicas_cannot_be_combined_with_is_refused(self):
        self.write("config.yaml", CHAIN)
        for settings, message in {
            ("sampler.rule=full_sum",): "sampler.replicas: 3 replicas with sampler.rule full_sum",
            ("sampler.rule=direct", "ansatz={type: arnn_dense, features: [4]}"):
                "sampler.replicas: 3 replicas with sampler.rule direct",
            ("sampler.replicas=0",): "sampler.replicas",
            ("sampler.replica_beta=1.0",): "sampler.replica_beta",
            ("sampler.replica_beta=0",): "sampler.replica_beta",
            ("sampler.chains=8388608", "sampler.replicas=1024", "sampler.samples=8388608"): "sampler.replicas",
        }.items():
            with self.subTest(settings):
                process = self.run_program(
                    "check", "config.yaml", *[argument for setting in settings for argument in ("--set", setting)])
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn(message, process.stderr)
                self.assertEqual(len(process.stderr.strip().splitlines()), 1, process.stderr)

    def test_a_ladder_of_one_replica_has_no_effect(self):
        self.write("config.yaml", CHAIN)
        process = self.run_well("run", "config.yaml", "--output", "run", "--set", "sampler.replicas=1")
        self.assertIn("sampler.replica_beta: no effect with this sampler.replicas", process.stderr)
        refused = self.run_program("run", "config.yaml", "--output", "run", "--resume")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("sampler.replicas", refused.stderr)


if __name__ == "__main__":
    unittest.main()

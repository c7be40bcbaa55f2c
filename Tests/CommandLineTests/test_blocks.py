"""S without the entries between layers or factors."""

import json
import unittest

from support import CommandLineTest, mpirun

CONFIGURATION = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: [{type: jastrow}, {type: mlp, hidden_dims: [4, 3]}]
sampler: {chains: 4, samples: 64, total_sz: 0}
sr: {solver: cholesky, blocks: layers, diag_shift: 0.01}
optimiser: {learning_rate: 0.05}
run: {steps: 4, final_samples: 32}
"""


class BlockTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("blocks.yaml", CONFIGURATION)

    def run_of(self, directory, *options, ranks=None):
        self.run_well("run", "blocks.yaml", "--output", directory, *options, ranks=ranks)
        return self.energies(directory)

    def test_the_same_on_any_number_of_ranks_and_in_either_space(self):
        expected = self.run_of("expected")
        for number, options in enumerate([[], ["--set", "sr.space=samples"], ["--set", "sr.solver=auto"]]):
            for ranks in [None] + ([2, 3] if mpirun() else []):
                with self.subTest(options=options, ranks=ranks):
                    found = self.run_of(f"out{number}_{ranks}", *options, ranks=ranks)
                    for energy, other in zip(found, expected):
                        self.assertAlmostEqual(energy, other, delta=1e-6)
        whole = self.run_of("whole", "--set", "sr.blocks=whole")
        factors = self.run_of("factors", "--set", "sr.blocks=factors")
        last = [energies[-1] for energies in (expected, whole, factors)]
        for number, energy in enumerate(last):
            for other in last[:number]:
                self.assertGreater(abs(energy - other), 1e-6)

    def test_deterministic_runs(self):
        options = ["--set", "run.deterministic=true"]
        expected = self.run_of("one", *options)
        if mpirun():
            self.assertEqual(self.run_of("two", *options, ranks=2), expected)

    def test_a_network_alone_is_one_factor(self):
        network = ["--set", "ansatz={type: mlp, hidden_dims: [4, 3]}"]
        self.assertEqual(
            self.run_of("factors", *network, "--set", "sr.blocks=factors"),
            self.run_of("whole", *network, "--set", "sr.blocks=whole"))

    def test_messages_are_those_that_check_foretells(self):
        if not mpirun():
            self.skipTest("no mpirun")
        self.run_of("out", "--set", "run.final_samples=64", ranks=2)
        with open(self.path("out", "log.jsonl"), encoding="utf-8") as file:
            step = [json.loads(line) for line in file][1]
        report = json.loads(self.run_well("check", "blocks.yaml", "--json", ranks=2).stdout)
        foretold = [entry["kind"] for entry in report["collectives"]["list"] if entry["per"] == "step"]
        self.assertGreater(foretold.count("broadcast"), 3)
        self.assertEqual(len(foretold), step["collectives"]["calls"])

    def test_refused(self):
        for message, options in [
            ("sr.blocks: S is divided for solvers that factorise it; accepted with solver cg: whole", ["sr.solver=cg"]),
            ("sr.fallback[0]: with blocks only solvers that factorise are accepted", ["sr.fallback=[cg]"]),
            ("sr.blocks: 'leaves' is unknown; did you mean 'layers'? accepted: whole, factors or layers", ["sr.blocks=leaves"]),
        ]:
            with self.subTest(message=message):
                arguments = [part for option in options for part in ("--set", option)]
                process = self.run_program("check", "blocks.yaml", *arguments)
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn(message, process.stderr)


if __name__ == "__main__":
    unittest.main()

"""`dist-vmc benchmark`: its fields, what it refuses, and that it leaves nothing behind."""

import json
import os
import unittest

from support import GOOD, CommandLineTest

PHASES = ["sample", "local_energy", "linearise", "forces", "matvec", "solve", "update"]

FERMIONS = """\
lattice: {type: chain, extent: [SITES]}
hilbert: {type: fermions, n_up: UP, n_down: UP}
hamiltonian: {type: hubbard, U: 4}
ansatz: [{type: pair_product}, {type: jastrow}]
sampler: {chains: 16, samples: 256}
sr: {solver: cholesky}
"""


class BenchmarkTests(CommandLineTest):
    def benchmark(self, *arguments, ranks=None, document=GOOD):
        self.write("config.yaml", document)
        process = self.run_program(
            "benchmark", "config.yaml", "--repeat", "2", "--json", *arguments, ranks=ranks, timeout=90)
        self.assertEqual(process.returncode, 0, process.stderr + process.stdout)
        return json.loads(process.stdout)

    def test_phases_add_up(self):
        for ranks in [None, 3]:
            with self.subTest(ranks=ranks):
                report = self.benchmark(ranks=ranks)
                seconds = report["seconds"]
                self.assertEqual(list(seconds), PHASES + ["step"])
                self.assertTrue(all(value > 0 for value in seconds.values()), seconds)
                # The step is timed as the sum of its phases; medians and maxima of the two differ.
                phases = sum(seconds[name] for name in PHASES if name != "matvec")
                self.assertLess(seconds["step"], 5 * phases)
                self.assertLess(phases, 5 * seconds["step"])
                self.assertEqual((report["ranks"], report["samples"]), (ranks or 1, 256))
                self.assertEqual(report["samples_per_rank"], 256 if ranks is None else 6 * 16)
                self.assertEqual(report["allreduce_seconds"] is None, ranks is None)
                self.assertGreater(report["limits"]["dgemm_gflops"], 0)
                self.assertIsNone(report["prediction"])
                self.assertEqual((report["solver"]["method"], report["solver"]["space"]), ("cg", "parameters"))
        self.assertEqual(os.listdir(self.directory), ["config.yaml"])

    def test_counted_work(self):
        # A real RBM of 8 sites and 8 hidden units: 8·8 multiplications for the hidden layer, 8 for the visible bias,
        # and elementwise ones; each sample of a Heisenberg chain's zero sector has as many neighbours as domain walls.
        report = self.benchmark()
        phases = report["phases"]
        forward = phases["linearise"]["operations"] / 256
        self.assertGreaterEqual(forward, 2 * (8 * 8 + 8))
        self.assertLess(forward, 2 * (8 * 8 + 8 * 8))
        self.assertEqual(phases["sample"]["operations"] / forward % 1, 0)
        connected = phases["local_energy"]["operations"] / forward
        self.assertTrue(connected == int(connected) and 2 * 256 <= connected <= 8 * 256, connected)
        self.assertEqual(phases["update"]["bytes"], 24 * report["parameters"])
        for name, phase in phases.items():
            self.assertAlmostEqual(phase["limit_fraction"] * phase["seconds"] / phase["floor_seconds"], 1, msg=name)

    def test_floors_of_determinants(self):
        """Updates of inverses are counted, not whole determinants: floors grow with accepted moves and with N n."""
        work = {}
        for sites in (8, 16):
            self.write("fermions.yaml", FERMIONS.replace("SITES", str(sites)).replace("UP", str(sites // 2)))
            process = self.run_well("benchmark", "fermions.yaml", "--repeat", "1", "--json")
            work[sites] = json.loads(process.stdout)["phases"]
        for phase in ("sample", "local_energy", "linearise"):
            for phases in work.values():
                self.assertGreater(phases[phase]["floor_seconds"], 0, phase)
        for phase in ("sample", "local_energy"):
            small, large = (work[sites][phase] for sites in (8, 16))
            self.assertGreater(small["bytes"], 0)
            # 256 samples of a taken-over configuration: n (n + N) n products for each, eight times as many.
            if phase == "local_energy":
                self.assertGreater(large["operations"], 4 * small["operations"])
                self.assertLess(large["operations"], 12 * small["operations"])

    def test_every_kind_of_solve(self):
        solves = [
            "{solver: cg, space: samples}", "{solver: cg, space: samples, kernel: products}", "{solver: minsr}",
            "{solver: cholesky}", "{solver: minres, jacobian: stored}", "{solver: cg, matvec_precision: single}",
        ]
        network = ["--latency", "1e-6", "--bandwidth", "1e10"]
        for solve in solves:
            with self.subTest(solve):
                report = self.benchmark("--set", f"sr={solve}", "--predict", "64", *network)
                formed = "minsr" in solve or solve == solves[0]
                self.assertEqual(report["solver"]["kernel_seconds"] is not None, formed)
                for rows in report["prediction"]["strong"], report["prediction"]["weak"]:
                    self.assertTrue(all(row["seconds"] > 0 for row in rows))
        plain = self.benchmark("--set", "sr={solver: none}")
        self.assertIsNone(plain["solver"])
        full = self.benchmark("--set", "sampler={rule: full_sum, total_sz: 0}")
        self.assertEqual(full["samples"], 70)

    def test_prediction(self):
        report = self.benchmark("--predict", "24", "--latency", "1e-6", "--bandwidth", "1e10", ranks=2)
        strong, weak = report["prediction"]["strong"], report["prediction"]["weak"]
        self.assertEqual([row["ranks"] for row in strong], [2, 4, 8, 16, 24])
        self.assertEqual([row["samples_per_rank"] for row in strong], [128, 64, 32, 16, 16])
        self.assertEqual([row["samples"] for row in weak], [256 * n // 2 for n in (2, 4, 8, 16, 24)])
        for rows in strong, weak:
            self.assertAlmostEqual(rows[0]["efficiency"], 1)
            for row in rows:
                self.assertAlmostEqual(row["seconds"], row["computation"] + row["communication"])
        # Chains that no rank has left make ranks idle.
        self.assertEqual(strong[3]["computation"], strong[4]["computation"])
        for before, after in zip(strong, strong[1:]):
            self.assertLessEqual(after["computation"], before["computation"])
            self.assertLess(before["communication"], after["communication"])
        # Nodes make messages fewer and shorter; the work on a rank's samples stays.
        nodes = self.benchmark(
            "--predict", "24", "--latency", "1e-6", "--bandwidth", "1e10", "--ranks-per-node", "8", ranks=2)
        self.assertEqual(nodes["prediction"]["ranks_per_node"], 8)
        for ours, flat in zip(nodes["prediction"]["strong"][1:], strong[1:]):
            self.assertLess(ours["communication"], flat["communication"])
        # A slower network costs more, a network without cost nothing.
        free = self.benchmark("--predict", "24", "--latency", "0", "--bandwidth", "1e300", ranks=2)
        self.assertTrue(all(row["communication"] < 1e-200 for row in free["prediction"]["weak"]))

    def test_bad_arguments(self):
        self.write("config.yaml", GOOD)
        for arguments, message in [
            (["--repeat", "0"], "--repeat"),
            (["--predict", "8"], "all three or none"),
            (["--latency", "1e-6"], "all three or none"),
            (["--predict", "0", "--latency", "1e-6", "--bandwidth", "1"], "--predict"),
            (["--ranks-per-node", "2"], "--ranks-per-node"),
            (["--predict", "8", "--latency", "1e-6", "--bandwidth", "1", "--ranks-per-node", "0"], "--ranks-per-node"),
            (["--predict", "8", "--latency=-1", "--bandwidth", "1"], "--latency"),
            (["--predict", "8", "--latency", "nan", "--bandwidth", "1"], "--latency"),
            (["--predict", "8", "--latency", "0", "--bandwidth", "0"], "--bandwidth"),
            (["--predict", "8", "--latency", "0", "--bandwidth", "1", "--set", "sampler.chains=1"], "sampler"),
            (["--predict", "8", "--latency", "0", "--bandwidth", "1", "--set",
              "sampler={rule: full_sum, total_sz: 0}"], "accepted: chains"),
        ]:
            with self.subTest(arguments):
                process = self.run_program("benchmark", "config.yaml", *arguments, timeout=60)
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn(message, process.stderr)
                self.assertEqual(process.stdout, "")


if __name__ == "__main__":
    unittest.main()

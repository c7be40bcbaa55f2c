"""`dist-vmc check`: its tests of the ansatz, and what it foretells of a step against what a step reports."""

import json
import unittest

from support import GOOD, CommandLineTest

CHECKS = [
    "evaluation", "finite_differences", "jacobian_transpose", "centred_jacobian_transpose", "qgt_symmetry",
    "qgt_fused_composed",
]

CHAIN = """\
lattice: {type: chain, extent: [%d]}
hamiltonian: {type: ising, J: -1}
ansatz: %s
"""


class CheckTests(CommandLineTest):
    def check(self, document, *arguments, ranks=None, environment=None):
        self.write("config.yaml", document)
        process = self.run_program(
            "check", "config.yaml", "--json", *arguments, ranks=ranks, environment=environment, timeout=60)
        self.assertEqual(process.returncode, 0, process.stderr + process.stdout)
        report = json.loads(process.stdout)
        self.assertEqual([check["name"] for check in report["checks"]], CHECKS)
        self.assertTrue(report["passed"] and all(check["passed"] for check in report["checks"]))
        for check in report["checks"]:
            self.assertLessEqual(check["error"], check["tolerance"])
        return report

    def test_every_kind_of_network_passes(self):
        # (ansatz, whether it is holomorphic, real parameters)
        networks = [
            ("{type: rbm, alpha: 2}", None, 12 + 72 + 6),
            ("{type: rbm, dtype: complex128}", True, 2 * (6 + 36 + 6)),
            ("{type: rbm, dtype: complex64}", True, 2 * (6 + 36 + 6)),
            ("{type: rbm, activation: reim_selu, dtype: complex128}", False, 2 * (6 + 36 + 6)),
            ("{type: rbm_modphase, dtype: float32}", None, 2 * (6 + 36)),
            ("{type: jastrow, dtype: float32}", None, 15),
            ("{type: jastrow, dtype: complex128}", True, 30),
            ("{type: ffnn, widths: [300], output: sum, dtype: complex64}", True, 2 * 7 * 300),
            ("{type: ffnn, widths: [20, 10], activation: selu}", None, 6 * 20 + 20 + 200 + 10),
            ("{type: ffnn, widths: [20, 10], activation: relu, dtype: float32}", None, 6 * 20 + 20 + 200 + 10),
            ("{type: ffnn, widths: [12], activation: reim_selu, dtype: complex64}", False, 2 * (72 + 12)),
            ("{type: mlp, hidden_dims: [20, 20], activation: gelu}", None, 6 * 20 + 20 + 400 + 20 + 20),
            ("{type: mixed_jastrow_rbm, n_hidden: 4}", None, 15 + 6 + 2 * (24 + 4)),
            ("{type: gcnn, group: translation, features: [2, 3]}", None, 2 * 7 + 3 + 2 * 3 * 6),
            ("{type: gcnn, features: 2, n_layers: 3, parity: 1, use_bias: false}", None, 2 * 6 + 4 * 4 * 12),
            ("{type: gcnn, features: [2, 4], paired_output: true}", None, 2 * 7 + 4 + 8 * 12),
            ("{type: gcnn, group: point_group, features: [3], dtype: complex64}", True, 2 * (18 + 3)),
            ("{type: gcnn, features: [2, 2], dtype: complex128}", False, 2 * (2 * 7 + 2 + 4 * 12)),
            ("{type: cnn, channels: [3], dtype: complex64}", True, 2 * (3 + 9)),
            ("{type: resnet, channels: 3, blocks: 1}", None, 3 + 9 + 2 * (3 + 27) + 2 * (3 + 9)),
            ("{type: rbm_symm, features: 2, dtype: complex128}", True, 2 * (2 + 12 + 1)),
            ("{type: symmetrised, parity: 1, ansatz: {type: rbm}}", None, 6 + 36 + 6),
            ("{type: symmetrised, momentum: [1], group: translation, ansatz: {type: rbm, dtype: complex64}}", True, 2 * 48),
            ("{type: symmetrised, irrep: A', ansatz: {type: cnn, channels: [2], activation: reim_selu}}", None, 2 + 6),
        ]
        for network, holomorphic, count in networks:
            with self.subTest(network):
                report = self.check(CHAIN % (6, network), ranks=2 if "mlp" in network else None)
                self.assertEqual((report["holomorphic"], report["parameters"]["count"]), (holomorphic, count))
                leaves = report["parameters"]["leaves"]
                self.assertEqual(
                    sum(leaf["count"] * (2 if "complex" in leaf["type"] else 1) for leaf in leaves), count)

    def test_awkward_bases(self):
        # Nothing is left after centring; fewer states than configurations; more ranks than chains.
        self.check(CHAIN.replace("ising, J: -1", "heisenberg") % (6, "{type: rbm}") + "sampler: {total_sz: 3}\n")
        self.check(CHAIN % (1, "{type: rbm, dtype: complex64}"))
        report = self.check(CHAIN % (6, "{type: rbm}") + "sampler: {chains: 2, samples: 9}\n", ranks=3)
        self.assertEqual(report["ranks"], 3)
        self.assertEqual(report["samples"]["chains_per_rank"], [0, 1])
        self.assertEqual(report["samples"]["per_rank"], [0, 5])
        self.assertEqual((report["samples"]["total"], report["samples"]["asked_for"]), (10, 9))

    def test_a_large_network(self):
        report = self.check("""\
lattice: {type: square, extent: [10, 10]}
hamiltonian: {type: heisenberg}
ansatz: {type: mlp, hidden_dims: [200, 200], activation: relu, dtype: float32}
sampler: {total_sz: 0}
""")
        self.assertEqual(
            report["space"], {"sites": 100, "dimension": None, "total_sz": 0, "sector": "total_sz = 0"})

    def test_the_hamiltonian(self):
        document = """\
lattice: {type: graph, n_sites: 3, edges: [[0, 1]]}
hamiltonian:
  type: pauli_strings
  terms: [{paulis: XXI}, {paulis: YYI}, {paulis: ZZZ, coefficient: 2}, {paulis: III}, {paulis: IIX, coefficient: 0}]
ansatz: {type: rbm, dtype: complex128}
"""
        report = self.check(document)
        self.assertEqual(report["hamiltonian"], {
            "strings": 4, "flip_sets": 1, "hermitian": True, "real": True, "conserves_total_sz": True})
        self.assertEqual(report["space"], {"sites": 3, "dimension": 8, "total_sz": None, "sector": None})
        report = self.check(document.replace("IIX, coefficient: 0", "IIY"))
        self.assertEqual(report["hamiltonian"], {
            "strings": 5, "flip_sets": 2, "hermitian": True, "real": False, "conserves_total_sz": False})

    def test_the_lattice(self):
        document = "lattice: %s\nhamiltonian: {type: heisenberg}\nansatz: {type: rbm}\n"
        lattice = self.check(document % "{type: square, extent: [2, 3], pbc: false}")["lattice"]
        self.assertEqual(lattice, {
            "type": "square", "positions": [[x, y] for x in range(2) for y in range(3)],
            "edges": [[0, 1], [0, 3], [1, 2], [1, 4], [2, 5], [3, 4], [4, 5]], "edges_2": [[0, 4], [1, 3], [1, 5], [2, 4]]})
        self.assertEqual(self.check(document % "{type: graph, edges: [[1, 0]]}")["lattice"], {
            "type": "graph", "positions": None, "edges": [[0, 1]], "edges_2": None})
        lattice = self.check(document % "{type: graph, edges: [[1, 0]], edges_2: [], site_coords: [[0], [0.5]]}")["lattice"]
        self.assertEqual(lattice, {"type": "graph", "positions": [[0], [0.5]], "edges": [[0, 1]], "edges_2": []})

    def test_the_symmetries(self):
        document = "lattice: %s\nhamiltonian: {type: %s}\nansatz: {type: rbm}\n"
        report = self.check(document % ("{type: square, extent: [4, 4]}", "heisenberg"))["symmetries"]
        self.assertEqual([report[part] for part in ("translation", "point_group", "space_group")], [
            {"order": order, "hamiltonian_is_invariant": True} for order in (16, 8, 128)])
        self.assertEqual(report["translations"], [4, 4])
        self.assertEqual(report["point_operations"][4], {"symbol": "\u03c3", "matrix": [[0, 1], [1, 0]]})
        self.assertEqual([irrep["name"] for irrep in report["irreps"]], ["A1", "A2", "B1", "B2"])
        self.assertEqual(report["irreps"][2]["characters"], [1, 1, 1, 1, -1, -1, -1, -1])
        self.assertEqual(report["spin_flip"], {"hamiltonian_is_invariant": True})
        self.assertIsNone(report["network"])
        network = "{type: gcnn, features: [1], momentum: [2], irrep: A', parity: -1}"
        document = "lattice: %s\nhamiltonian: {type: %s}\nansatz: {type: rbm}\n"
        report = self.check((document % ("{type: chain, extent: [4]}", "ising")).replace("{type: rbm}", network))
        self.assertEqual(report["symmetries"]["network"], {
            "order": 8, "parity": -1,
            "characters": [[1, 0], [1, 0], [-1, 0], [-1, 0], [1, 0], [1, 0], [-1, 0], [-1, 0]]})
        # Bonds of one's own that the lattice's operations do not keep.
        report = self.check(document % ("{type: chain, extent: [4], edges: [[0, 1], [2, 3]]}", "ising"))["symmetries"]
        self.assertEqual([report[part]["hamiltonian_is_invariant"] for part in ("translation", "point_group")], [
            False, False])
        self.write("config.yaml", document % ("{type: chain, extent: [4], pbc: false}", "heisenberg"))
        text = self.run_program("check", "config.yaml").stdout
        self.assertRegex(text, r"translation +1 +1 +also of the Hamiltonian")
        self.assertRegex(text, r"point_group +2 +E, \u03c3 +also of the Hamiltonian")

    def test_a_network_that_fails(self):
        self.write("config.yaml", CHAIN % (6, "{type: ffnn, activation: tanh, kernel_init: {type: normal, scale: 1.0e+308}}"))
        for ranks in (None, 2):
            process = self.run_program("check", "config.yaml", "--json", ranks=ranks)
            self.assertEqual(process.returncode, 1, process.stdout)
            report = json.loads(process.stdout)
            self.assertFalse(report["passed"])
            messages = self.messages(process)
            self.assertEqual(len(messages), 1, process.stderr)
            for check in report["checks"]:
                self.assertEqual(not check["passed"], check["name"] in messages[0], check)
        self.assertIn("DOES NOT HOLD", self.run_program("check", "config.yaml").stdout)

    def test_text(self):
        self.write("config.yaml", GOOD)
        process = self.run_well("check", "config.yaml", ranks=2)
        self.assertEqual(process.stderr, "")
        self.assertEqual(process.stdout.count("finite_differences"), 1)
        for text in (
            "parameters: 80 real numbers", "Dense/kernel  [8, 8]  float64  64", "256", "dimension", "70", "tape",
            "and per iteration",
        ):
            self.assertIn(text, process.stdout)
        self.assertEqual(self.listing(), [self.path("config.yaml")])

    def test_spectrum(self):
        document = CHAIN % (6, "{type: rbm, alpha: 1}") + "sr: {diag_shift: 0.02}\n"
        self.assertIsNone(self.check(document)["spectrum"])
        spectra = []
        for ranks in (None, 2):
            for sampler in ("sampler: {chains: 16, samples: 256}\n", "sampler: {rule: full_sum}\n"):
                spectrum = self.check(document + sampler, "--spectrum", "3", ranks=ranks)["spectrum"]
                spectra.append(spectrum)
                self.assertEqual((spectrum["method"], spectrum["diag_shift"]), ("dense_tensor", 0.02))
                lowest, highest = spectrum["lowest"]["values"], spectrum["highest"]["values"]
                self.assertEqual((len(lowest), lowest, highest), (3, sorted(lowest), sorted(highest, reverse=True)))
                self.assertGreater(lowest[0], -1e-12 * highest[0])
                self.assertTrue(spectrum["lowest"]["converged"] and spectrum["highest"]["converged"])
                self.assertAlmostEqual(
                    spectrum["condition_number"], (highest[0] + 0.02) / (lowest[0] + 0.02), delta=1e-6)
        # The samples do not depend on the ranks.
        for alone, together in zip(spectra[:2], spectra[2:]):
            for value, other in zip(alone["highest"]["values"], together["highest"]["values"]):
                self.assertAlmostEqual(value, other, delta=1e-12)
        # Fewer samples than parameters: S is singular.
        spectrum = self.check(
            document.replace("0.02", "0.0") + "sampler: {chains: 4, samples: 12}\n", "--spectrum", "100")["spectrum"]
        self.assertEqual((spectrum["method"], len(spectrum["lowest"]["values"])), ("dense_kernel", 48))
        self.assertLess(spectrum["lowest"]["values"][0], 1e-12)
        text = self.run_well("check", "config.yaml", "--spectrum", "2").stdout
        for word in ("spectrum of S", "lowest", "condition number"):
            self.assertIn(word, text)
        self.assertEqual(self.run_program("check", "config.yaml", "--spectrum", "0").returncode, 2)

    def test_spectrum_of_a_network_that_fails(self):
        self.write("config.yaml", CHAIN % (6, "{type: ffnn, activation: tanh, kernel_init: {type: normal, scale: 1.0e+308}}"))
        process = self.run_program("check", "config.yaml", "--json", "--spectrum", "2", ranks=2)
        self.assertEqual(process.returncode, 1, process.stdout)
        self.assertIsNone(json.loads(process.stdout)["spectrum"])

    def test_collectives_are_those_of_a_real_step(self):
        cases = {
            "chains": "",
            "long chains": "sampler: {chains: 4, samples: 400}\n",
            "full sum": "sampler: {rule: full_sum}\n",
            "warm start": "sr: {warm_start: true}\n",
            "plain gradient": "sr: {solver: none}\n",
            "minres": "sr: {solver: minres}\n",
            "diagonal": "sr: {diag_scale: 0.01, momentum: 0.5}\n",
            "dense": "sr: {solver: cholesky}\n",
            "filtered": "sr: {solver: pinv_smooth}\n",
            "minSR": "sr: {solver: minsr, momentum: 0.5}\n",
            "minSR by rows": "sr: {solver: minsr, diag_scale: 0.01}\n",
            "samples": "sr: {solver: cg, space: samples, tolerance: 1.0e-3}\n",
            "samples by minres": "sr: {solver: minres, space: samples, tolerance: 1.0e-3}\n",
            "stored rows": "sr: {jacobian: stored}\n",
            "preconditioned": "sr: {preconditioner: jacobi}\n",
            "subspace": "sr: {preconditioner: subspace, subspace_size: 6, tolerance: 1.0e-3}\n",
            "preconditioned samples": "sr: {preconditioner: jacobi, space: samples, tolerance: 1.0e-3}\n",
            "kernel by its cost": "sr: {space: samples, kernel: auto, jacobian: auto, tolerance: 1.0e-3}\n",
            "samples by products": "sr: {space: samples, kernel: products, tolerance: 1.0e-3}\n",
            "single precision": "sr: {matvec_precision: single, jacobian: auto}\n",
            "single precision in samples":
                "sr: {matvec_precision: single, space: samples, kernel: products, jacobian: stored}\n",
            "deterministic": "run: {deterministic: true}\n",
            "deterministic minSR": "sr: {solver: minsr, momentum: 0.5}\nrun: {deterministic: true}\n",
            "deterministic, samples": "sr: {solver: cg, space: samples}\nrun: {deterministic: true}\n",
            "deterministic, full sum, dense": "sampler: {rule: full_sum}\nsr: {solver: cholesky}\nrun: {deterministic: true}\n",
            "the fastest": "sr: {solver: auto, tolerance: 1.0e-3}\n",
            "warm start in single precision": "sr: {warm_start: true, matvec_precision: single}\n",
            "preconditioned minres": "sr: {solver: minres, diag_scale: 0.01, preconditioner: jacobi}\n",
            "many iterations": "sr: {diag_shift: 1.0e-9, tolerance: 1.0e-9, max_iterations: 60}\n",
            "chosen steps": "sampler: {chains: 16, samples: 1024}\n",
            "chosen steps, full sum": "sampler: {rule: full_sum}\n",
            "chosen steps, warm start": "sampler: {chains: 16, samples: 1024}\nsr: {solver: cg, warm_start: true, tolerance: 1.0e-3}\n",
            "chosen steps, deterministic": "sampler: {chains: 16, samples: 1024}\nrun: {deterministic: true}\n",
            "chosen steps, clipped": "sampler: {chains: 16, samples: 1024}\nsr: {clip_energies: 3}\n",
            "chosen steps, as they are": "sampler: {chains: 16, samples: 1024}\nsr: {clip_energies: null}\n",
            "clipped": "sr: {clip_energies: 1, solver: minsr}\n",
        }
        for name, block in cases.items():
            for dtype in ("float64", "complex128"):
                if dtype == "complex128" and name not in (
                        "chains", "diagonal", "dense", "minSR", "samples", "samples by products", "clipped"):
                    continue
                with self.subTest(name, dtype=dtype):
                    document = CHAIN % (6, "{type: rbm, dtype: %s}" % dtype) + block
                    if not name.startswith("chosen"):
                        document += "optimiser: {learning_rate: 0.02}\n"
                    # Chains long enough for all lags, and a kernel that is small.
                    few = () if "sampler" in block else ("--set", "sampler.chains=16", "--set", "sampler.samples=1024")
                    plan = self.check(document, *few)["collectives"]
                    self.assertEqual(
                        plan["bytes_per_step"], sum(each["bytes"] for each in plan["list"] if each["per"] == "step"))
                    directory = f"{name} {dtype}".replace(" ", "-")
                    self.run_well("run", "config.yaml", "--quiet", "--output", directory, "--set", "run.steps=3", *few)
                    # A warm start and a momentum have nothing to start from in the first step.
                    for entry in self.log(directory)[1:]:
                        iterations = entry["solver"]["iterations"] if entry["solver"] else 0
                        products = iterations + ((iterations - 1) // plan["residual_interval"] if plan["residual_interval"] else 0)
                        trials = 0
                        if entry["control"] and entry["control"]["ratio"] is not None:
                            trials = 1 + entry["control"]["rejected"]
                        restart = [each["bytes"] for each in plan["list"] if each["per"] == "restart"]
                        foretold = [
                            {"calls": plan["per_step"] + products * plan["per_product"]
                                + iterations * plan["per_iteration"] + restarts * len(restart) + trials * plan["per_trial"],
                             "bytes": plan["bytes_per_step"] + products * plan["bytes_per_product"]
                                + iterations * plan["bytes_per_iteration"] + restarts * sum(restart)
                                + trials * plan["bytes_per_trial"]}
                            for restarts in (range(5) if name.startswith(("many iterations", "minres", "single", "warm start in")) else (0,))]
                        self.assertIn(entry["collectives"], foretold, entry["solver"])

    def test_samples_and_memory(self):
        report = self.check(GOOD, ranks=3)
        self.assertEqual(report["samples"], {
            "method": "chains", "total": 256, "per_rank": [80, 96], "chains": 16, "chains_per_rank": [5, 6],
            "samples_per_chain": 16, "asked_for": 256, "sweep": 8, "discard": 8, "replicas": 1,
            "proposals": 16 * (16 + 8) * 8})
        memory = report["memory"]
        self.assertEqual(memory["tape"], 96 * memory["tape_per_sample"])
        # The spins and the slopes of eight hidden units, in double.
        self.assertEqual(memory["tape_per_sample"], (8 + 8) * 8)
        self.assertEqual(memory["parameter_vectors"], memory["parameter_vector_count"] * 80 * 8)
        # Three ranks have most vectors in common, unless they share nothing; one has all for itself.
        self.assertEqual(memory["node_vectors"], -(-memory["node_vector_count"] * 80 * 8 // 3))
        apart = self.check(GOOD, ranks=3, environment={"DIST_VMC_NODE_MEMORY": "off"})["memory"]
        self.assertEqual(apart["node_vector_count"], 0)
        self.assertLess(memory["parameter_vector_count"], apart["parameter_vector_count"])
        self.assertEqual(self.check(GOOD)["memory"]["node_vectors"], 0)
        parts = (
            "tape", "workspaces", "parameter_arrays", "sample_arrays", "local_energies", "amplitude_ratios", "matrices",
            "jacobian", "parameter_vectors", "node_vectors")
        self.assertEqual(memory["total"], sum(memory[part] for part in parts))
        # Half of the chunks have to share memory; the run is the same.
        many = ("--set", "sampler.samples=8192")
        whole = self.check(GOOD, *many)["memory"]
        self.assertEqual(whole["relinearised_chunks"], 0)
        bound = (whole["total"] - whole["tape"] // 2) / 1e9
        bounded = self.check(GOOD, *many, "--set", f"run.memory={bound}")["memory"]
        self.assertGreater(bounded["relinearised_chunks"], 0)
        self.assertLessEqual(bounded["total"], 1e9 * bound)
        self.run_well("run", "config.yaml", "--quiet", *many, "--set", "run.steps=3", "--output", "whole")
        self.run_well(
            "run", "config.yaml", "--quiet", *many, "--set", "run.steps=3", "--set", f"run.memory={bound}",
            "--output", "bounded")
        self.assertEqual(
            [entry["energy"] for entry in self.log("whole")], [entry["energy"] for entry in self.log("bounded")])
        for entry in self.log("whole"):
            self.assertEqual(entry["relinearised_chunks"], 0)
        for entry in self.log("bounded"):
            self.assertGreater(entry["relinearised_chunks"], bounded["relinearised_chunks"])
        process = self.run_program("check", "config.yaml", "--set", "run.memory=1.0e-6")
        self.assertEqual(process.returncode, 2)
        self.assertIn("run.memory", process.stderr)
        report = self.check(GOOD.replace("float64", "float32"), ranks=3)
        self.assertEqual(report["memory"]["tape_per_sample"], (8 + 8) * 4)
        report = self.check(GOOD, "--set", "sampler.rule=full_sum", ranks=3)
        self.assertEqual(report["samples"], {"method": "full_sum", "total": 70, "per_rank": [23, 24]})


if __name__ == "__main__":
    unittest.main()

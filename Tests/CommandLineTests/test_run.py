"""The optimisation: its files, what it prints, its energies, and the same samples on any number of ranks."""

import json
import math
import unittest

from support import GOOD, CommandLineTest

ISING6 = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: ising, J: -1, h: 1}
ansatz: {type: rbm, alpha: 2}
"""

ENERGY = {"mean", "error", "tau", "error_of_mean", "variance", "r_hat", "split_r_hat", "tau_corr"}
PHASES = {"total", "sample", "local_energy", "linearise", "forces", "solve", "update"}


class RunFileTests(CommandLineTest):
    def test_screening_changes_no_sample(self):
        document = ISING6.replace("rbm, alpha: 2", "mlp, hidden_dims: [12, 10]") + (
            "sampler: {chains: 8, samples: 256}\nsr: {solver: cholesky}\nrun: {steps: 4, seed: 2, deterministic: true}\n")
        self.write("plain.yaml", document)
        self.write("screened.yaml", document.replace("samples: 256", "samples: 256, screening: single"))
        self.run_well("run", "plain.yaml")
        self.run_well("run", "screened.yaml", ranks=3)
        self.assertEqual(self.physics("plain"), self.physics("screened"))

    def test_screening_without_effect_is_said(self):
        self.write("chain.yaml", ISING6 + "sampler: {screening: single}\nrun: {steps: 1}\n")
        process = self.run_well("run", "chain.yaml")
        self.assertEqual(process.stderr.count("sampler.screening: nothing to screen"), 1, process.stderr)

    def test_what_a_run_leaves_and_says(self):
        self.write("chain.yaml", GOOD)
        process = self.run_well("run", "chain.yaml", "--set", "run.steps=6", "--set", "run.checkpoint_every=4", ranks=2)
        self.assertEqual(process.stdout, "")
        # Progress: from one rank, the first and the last step at least, and the figures of the summary.
        lines = process.stderr.splitlines()
        self.assertEqual(len([line for line in lines if line.startswith("1/6  E ")]), 1, process.stderr)
        self.assertEqual(len([line for line in lines if line.startswith("6/6  E ")]), 1)
        for name in ("energy   ", "energy per site", "variance", "V-score", "steps"):
            self.assertEqual(len([line for line in lines if line.startswith("  " + name)]), 1, process.stderr)
        files = ("chain.log", "checkpoint.h5", "checkpoint.previous.h5", "config.yaml", "log.jsonl", "summary.json")
        self.assertEqual(
            self.listing(),
            sorted([self.path("chain"), self.path("chain.yaml")] + [self.path("chain", name) for name in files]))

        entries = self.log("chain")
        self.assertEqual([entry["step"] for entry in entries], [1, 2, 3, 4, 5, 6])
        for entry in entries:
            self.assertEqual(set(entry), {
                "step", "energy", "state_energies", "v_score", "clipped", "samples", "acceptance", "acceptance_by_move", "swap_acceptance", "solver", "learning_rate", "diag_shift", "control", "norms", "seconds",
                "collectives", "relinearised_chunks", "seed", "version"})
            self.assertEqual(set(entry["energy"]), ENERGY)
            self.assertEqual(len(entry["energy"]["mean"]), 2)
            self.assertEqual(entry["energy"]["mean"][1], 0)
            self.assertGreater(entry["energy"]["variance"], 0)
            self.assertGreater(entry["energy"]["error"], 0)
            self.assertTrue(0 < entry["acceptance"] < 1)
            self.assertIsNone(entry["acceptance_by_move"])
            self.assertIsNone(entry["swap_acceptance"])
            self.assertEqual(set(entry["solver"]), {"name", "iterations", "residual", "outcome", "failed"})
            self.assertEqual(entry["solver"]["outcome"], "converged")
            self.assertLess(entry["solver"]["residual"], 1e-6)
            self.assertEqual(set(entry["norms"]), {"forces", "update", "parameters"})
            self.assertEqual(set(entry["seconds"]), PHASES)
            self.assertAlmostEqual(
                sum(value for phase, value in entry["seconds"].items() if phase != "total"), entry["seconds"]["total"],
                places=6)
            # N variance / (E - E_inf)^2, and the trace of this Hamiltonian over the sector is not 0.
            self.assertGreater(entry["v_score"], 0)

        summary = self.summary("chain")
        self.assertEqual(set(summary), {
            "energy", "states", "energy_per_site", "v_score", "steps", "finished", "ranks", "parameters", "samples_per_step", "samples_drawn",
            "seconds", "averaged_steps", "final_samples", "rollbacks", "returns", "ended_by", "zero_variance", "n_sites", "seed",
            "version", "warnings"})
        self.assertEqual(set(summary["energy"]), ENERGY)
        self.assertEqual(set(summary["seconds"]), PHASES)
        self.assertEqual(
            [summary[key] for key in ("steps", "finished", "ranks", "parameters", "samples_per_step", "final_samples")],
            [6, True, 2, 8 + 64 + 8, 256, 1024])
        self.assertAlmostEqual(summary["energy_per_site"], summary["energy"]["mean"][0] / 8, places=12)
        self.assertNotIn(summary["energy"]["mean"], [entry["energy"]["mean"] for entry in entries])

        # The layout of NetKet's JsonLog, with the numbers of log.jsonl.
        with open(self.path("chain", "chain.log")) as file:
            history = json.load(file)
        self.assertEqual(history["Energy"]["iters"], [1, 2, 3, 4, 5, 6])
        self.assertEqual(set(history["Energy"]), {"iters", "Mean", "Variance", "Sigma", "R_hat", "TauCorr"})
        for name, key in [("Variance", "variance"), ("Sigma", "error_of_mean"), ("R_hat", "r_hat"), ("TauCorr", "tau_corr")]:
            self.assertEqual(history["Energy"][name], [entry["energy"][key] for entry in entries])
        self.assertEqual(history["Energy"]["Mean"], [entry["energy"]["mean"][0] for entry in entries])
        self.assertEqual(history["acceptance"], {"iters": [1, 2, 3, 4, 5, 6], "value": [entry["acceptance"] for entry in entries]})

        # The resolved configuration is a configuration, and it is the same one.
        self.run_well("run", "chain/config.yaml", "--output", "again", "--set", "run.steps=1", ranks=2)
        self.assertEqual(self.physics("again"), self.physics("chain")[:1])
        self.assertTrue(self.path("again", "config.log") in self.listing())

    def test_quiet(self):
        self.write("chain.yaml", GOOD)
        for ranks in (None, 2):
            process = self.run_well("run", "chain.yaml", "--quiet", "--output", f"out/{ranks}", ranks=ranks)
            self.assertEqual((process.stdout, process.stderr), ("", ""))
            self.assertEqual(self.summary(f"out/{ranks}")["steps"], 3)

    def test_the_output_directory(self):
        self.write("chain.yaml", GOOD + "\n")
        self.run_well("run", "chain.yaml", "--set", "run.output=elsewhere", "--quiet", "--set", "run.steps=0")
        self.assertEqual(self.summary("elsewhere")["steps"], 0)
        self.assertEqual(self.log("elsewhere"), [])
        # --output goes before run.output.
        self.run_well(
            "run", "chain.yaml", "--set", "run.output=elsewhere", "--output", "here", "--quiet", "--set", "run.steps=1")
        self.assertEqual(self.summary("here")["steps"], 1)

    def test_complex_energies(self):
        self.write("chain.yaml", ISING6.replace("rbm,", "rbm, dtype: complex128,"))
        self.run_well("run", "chain.yaml", "--quiet", "--set", "run.steps=2", "--set", "sampler.samples=128")
        entries = self.log("chain")
        self.assertNotEqual(entries[0]["energy"]["mean"][1], 0)
        with open(self.path("chain", "chain.log")) as file:
            mean = json.load(file)["Energy"]["Mean"]
        self.assertEqual(
            [list(pair) for pair in zip(mean["real"], mean["imag"])], [entry["energy"]["mean"] for entry in entries])

    def test_a_run_that_diverges(self):
        for ranks, rule in [(None, "local"), (2, "local"), (2, "full_sum")]:
            with self.subTest(ranks=ranks, rule=rule):
                name = f"wild-{rule}-{ranks}"
                self.write(name + ".yaml", ISING6 + f"""\
sampler: {{rule: {rule}, chains: 16, samples: 128}}
optimiser: {{learning_rate: {{type: piecewise, values: [[0, 0.02], [5, 1.0e+308]]}}}}
run: {{steps: 40, checkpoint_every: 5}}
""")
                process = self.run_program("run", name + ".yaml", "--quiet", ranks=ranks, timeout=30)
                self.assertEqual(process.returncode, 1, process.stderr)
                messages = self.messages(process)
                self.assertEqual(len(messages), 1, process.stderr)
                self.assertRegex(messages[0], r"^dist-vmc: (step \d+: .* is not finite|.*psi.*)$")
                self.assert_no_process_is_left()
                # What was finite is kept: the log, and the checkpoint of step 5, from which a run can go on.
                entries = self.log(name)
                self.assertEqual([entry["step"] for entry in entries], list(range(1, len(entries) + 1)))
                self.assertGreaterEqual(len(entries), 5)
                self.assertFalse("summary.json" in [path.split("/")[-1] for path in self.listing() if name + "/" in path])
                for entry in entries:
                    self.assertTrue(math.isfinite(entry["energy"]["mean"][0]))
                self.run_well(
                    "run", name + ".yaml", "--resume", "--quiet", "--set", "optimiser.learning_rate=0.0", "--set",
                    f"run.steps={len(entries) + 1}", ranks=ranks)
                self.assertEqual(self.summary(name)["steps"], len(entries) + 1)


class EnergyTests(CommandLineTest):
    def exact(self, name):
        return json.loads(self.run_well("exact", name, "--json").stdout)["energies"][0]

    def test_full_summation_converges_to_the_exact_energy(self):
        self.write("ising.yaml", ISING6 + """\
sampler: {rule: full_sum}
sr: {diag_shift: {type: exponential, start: 1.0e-2, end: 1.0e-6}, max_iterations: 2000}
optimiser: {learning_rate: 0.1}
run: {steps: 150}
""")
        self.run_well("run", "ising.yaml", "--quiet")
        summary = self.summary("ising")
        exact = self.exact("ising.yaml")
        self.assertLess(abs(summary["energy"]["mean"][0] - exact), 1e-6)
        # Variational, and without a statistical error.
        self.assertGreater(summary["energy"]["mean"][0], exact - 1e-10)
        self.assertEqual((summary["energy"]["error"], summary["energy"]["error_of_mean"]), (0, 0))
        self.assertEqual((summary["energy"]["r_hat"], summary["energy"]["tau_corr"]), (None, None))
        self.assertEqual(summary["samples_per_step"], 64)
        self.assertIsNone(self.log("ising")[0]["acceptance"])

    def test_sampling_converges_to_the_exact_energy_within_its_error(self):
        self.write("ising.yaml", ISING6 + """\
sampler: {chains: 16, samples: 1024, sweep: 6, discard: 4}
sr: {diag_shift: 1.0e-3}
optimiser: {learning_rate: 0.1}
run: {steps: 100, final_samples: 8192, seed: 3}
""")
        self.run_well("run", "ising.yaml", "--quiet")
        energy = self.summary("ising")["energy"]
        exact = self.exact("ising.yaml")
        self.assertGreater(energy["error"], 0)
        self.assertLess(abs(energy["mean"][0] - exact), 5 * energy["error"])
        self.assertLess(energy["error"], 1e-2)


class SolverTests(CommandLineTest):
    """The ways to solve the SR equation, as a configuration asks for them."""

    def energies_with(self, block, directory, ranks=None):
        self.write("chain.yaml", """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 1, dtype: complex128}
sampler: {chains: 6, samples: 90, total_sz: 0}
optimiser: {learning_rate: 0.02}
run: {steps: 5, seed: 7}
sr: %s
""" % block)
        process = self.run_well("run", "chain.yaml", "--output", directory, ranks=ranks)
        return self.energies(directory), process.stderr

    def test_every_solver_in_every_space_makes_the_same_run(self):
        for case, extra in enumerate(("", ", momentum: 0.7", ", diag_scale: 0.05, max_norm: 0.05")):
            expected = None
            for space in ("parameters", "samples"):
                for solver in ("cg", "minres", "cholesky", "pinv_smooth"):
                    block = "{solver: %s, space: %s, tolerance: 1.0e-12, fallback: []%s}" % (solver, space, extra)
                    with self.subTest(block):
                        directory = f"{case}-{space}-{solver}"
                        energies, _ = self.energies_with(block, directory, ranks=2)
                        self.assertEqual({entry["solver"]["name"] for entry in self.log(directory)}, {solver})
                        expected = expected or energies
                        for one, other in zip(energies, expected):
                            self.assertLess(abs(one - other), 1e-7)
                        if "max_norm" in extra:
                            norms = [entry["norms"]["update"] for entry in self.log(directory)]
                            self.assertLess(max(norms), 0.05 * (1 + 1e-12))
                            self.assertGreater(max(norms), 0.05 * (1 - 1e-12))
            minsr, _ = self.energies_with("{solver: minsr%s}" % extra, f"{case}-minsr")
            for one, other in zip(minsr, expected):
                self.assertLess(abs(one - other), 1e-7)

    def test_every_way_of_multiplying_makes_the_same_run(self):
        expected, _ = self.energies_with("{tolerance: 1.0e-12, fallback: []}", "plain", ranks=2)
        ways = (
            "jacobian: stored", "matvec_precision: single", "preconditioner: jacobi", "preconditioner: subspace",
            "preconditioner: subspace, jacobian: stored, matvec_precision: single, warm_start: true",
            "jacobian: stored, matvec_precision: single, preconditioner: jacobi", "space: samples, kernel: products",
            "space: samples, kernel: products, jacobian: stored, matvec_precision: single",
            "space: samples, preconditioner: jacobi", "solver: minres, jacobian: stored")
        for case, way in enumerate(ways):
            with self.subTest(way):
                energies, said = self.energies_with(
                    "{tolerance: 1.0e-12, fallback: [], %s}" % way, f"way-{case}", ranks=2)
                for one, other in zip(energies, expected):
                    self.assertLess(abs(one - other), 1e-7)
                self.assertNotIn("no effect", said)
                for entry in self.log(f"way-{case}"):
                    self.assertLess(entry["solver"]["residual"], 1e-11)

    def test_ways_of_multiplying_that_mean_nothing_are_named(self):
        _, said = self.energies_with("{solver: cholesky, jacobian: stored}", "dense")
        self.assertIn("sr.jacobian: no effect", said)
        _, said = self.energies_with("{solver: minres, preconditioner: jacobi}", "minres")
        self.assertIn("sr.preconditioner: no effect", said)
        _, said = self.energies_with("{space: samples, matvec_precision: single}", "formed")
        self.assertIn("sr.matvec_precision: no effect", said)

    def test_a_subspace_is_kept_from_step_to_step(self):
        expected, _ = self.energies_with("{tolerance: 1.0e-10}", "without")
        energies, said = self.energies_with("{tolerance: 1.0e-10, preconditioner: subspace, subspace_size: 10}", "with")
        self.assertNotIn("no effect", said)
        for one, other in zip(energies, expected):
            self.assertLess(abs(one - other), 1e-7)
        solvers = [entry["solver"] for entry in self.log("with")]
        self.assertEqual(solvers[0]["subspace_size"], 0)
        self.assertGreater(max(solver["subspace_size"] for solver in solvers), 0)
        for solver in solvers:
            self.assertGreaterEqual(solver["products"], solver["iterations"])
            self.assertLessEqual(solver["subspace_size"], 10)
        self.assertNotIn("products", self.log("without")[0]["solver"])
        _, said = self.energies_with("{subspace_size: 10}", "unused")
        self.assertIn("sr.subspace_size: no effect", said)

    def test_a_solver_that_fails_hands_over(self):
        # Fewer samples than parameters and no shift: S has no Cholesky factor.
        energies, said = self.energies_with("{solver: cholesky, diag_shift: 0, rtol_smooth: 1.0e-6}", "handed")
        for entry in self.log("handed"):
            self.assertEqual(entry["solver"]["name"], "pinv_smooth")
            self.assertEqual(entry["solver"]["failed"], [{"name": "cholesky", "outcome": "not_positive_definite"}])
        self.assertIn("step 1: cholesky reported not_positive_definite; pinv_smooth was taken", said)
        direct, said = self.energies_with("{solver: pinv_smooth, diag_shift: 0, rtol_smooth: 1.0e-6}", "direct")
        self.assertEqual(direct, energies)
        self.assertNotIn("reported", said)

    def test_an_automatic_choice_is_explained_once(self):
        _, said = self.energies_with("{solver: auto, space: auto}", "auto", ranks=2)
        self.assertEqual(said.count("by estimated multiplications per step and rank"), 1, said)
        chosen = {entry["solver"]["name"] for entry in self.log("auto")}
        self.assertEqual(len(chosen), 1)
        self.assertIn(f"sr: {chosen.pop()} in the space of", said)
        _, said = self.energies_with("{space: samples, kernel: auto, jacobian: auto}", "kernel")
        self.assertEqual(said.count("sr: kernel "), 1, said)
        _, said = self.energies_with("{jacobian: auto}", "jacobian")
        self.assertEqual(said.count("sr: jacobian on_the_fly, by estimated multiplications"), 1, said)


class RankTests(CommandLineTest):
    def test_energies_do_not_depend_on_the_number_of_ranks(self):
        networks = {
            "rbm": ("{type: rbm, alpha: 2}", 10),
            # On four ranks one has no chain.
            "ffnn": ("{type: ffnn, widths: [7, 5], activation: tanh, dtype: complex128}", 3),
        }
        for name, (network, chains) in networks.items():
            self.write(name + ".yaml", f"""\
lattice: {{type: chain, extent: [8]}}
hamiltonian: {{type: heisenberg, sign_rule: true}}
ansatz: {network}
sampler: {{chains: {chains}, samples: 200, total_sz: 0}}
optimiser: {{learning_rate: 0.0}}
run: {{steps: 5, seed: 5}}
""")
            found = {}
            for ranks in (1, 2, 3, 4):
                directory = f"{name}{ranks}"
                self.run_well("run", name + ".yaml", "--quiet", "--output", directory, ranks=ranks)
                found[ranks] = self.log(directory)
                self.assertEqual(len(found[ranks]), 5)
                for one, other in zip(found[1], found[ranks]):
                    with self.subTest(name, ranks=ranks, step=one["step"]):
                        self.assertEqual(one["acceptance"], other["acceptance"])
                        a, b = (complex(*entry["energy"]["mean"]) for entry in (one, other))
                        self.assertLessEqual(abs(a - b), 1e-12 * abs(a))
                        for key in ("variance", "error"):
                            a, b = (entry["energy"][key] for entry in (one, other))
                            self.assertLessEqual(abs(a - b), 1e-10 * abs(a), key)
            # Five different sets of samples: the chains go on.
            self.assertEqual(len({entry["energy"]["mean"][0] for entry in found[1]}), 5)


if __name__ == "__main__":
    unittest.main()

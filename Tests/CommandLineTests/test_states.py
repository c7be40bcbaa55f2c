"""Several states at once: their energies against exact levels, on any number of ranks, taken up again, and what is refused."""

import json
import os
import signal
import unittest

from support import CommandLineTest

# The levels of the sector are -8, -4, 0, 0, 0 and 4.
RING = """\
lattice: {type: chain, extent: [4]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 2, dtype: complex128, kernel_init: {type: normal, scale: 0.5}}
states: {count: 4}
sampler: {rule: full_sum, total_sz: 0}
sr: {diag_shift: 0.0001}
optimiser: {type: sgd, learning_rate: 0.08}
run: {steps: 30, seed: 3}
"""

CHAIN = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz: {type: rbm, alpha: 1, dtype: complex128, kernel_init: {type: normal, scale: 0.3}}
states: {count: 2}
sampler: {chains: 12, samples: 240}
optimiser: {type: momentum, learning_rate: 0.05}
run: {steps: 6, checkpoint_every: 2, final_samples: 480}
"""


class SeveralStatesTests(CommandLineTest):
    def run_badly(self, *arguments):
        """The message of a command that refuses its input."""
        process = self.run_program(*arguments)
        self.assertEqual(process.returncode, 2, process.stdout + process.stderr)
        return process.stderr

    def levels(self, configuration, count):
        process = self.run_well("exact", configuration, "--json", "--states", str(count))
        return json.loads(process.stdout)["energies"]

    def test_summed_states_are_the_lowest_levels_degenerate_ones_included(self):
        self.write("ring.yaml", RING)
        self.run_well("run", "ring.yaml", "--quiet", "--output", "ring", ranks=2)
        summary = self.summary("ring")
        exact = self.levels("ring.yaml", 4)
        self.assertAlmostEqual(exact[2], exact[3], places=9)
        for state, level in zip(summary["states"], exact):
            self.assertLess(abs(state["energy"] - level), 1e-4, summary["states"])
            self.assertEqual(state["error"], 0)
        total = sum(state["energy"] for state in summary["states"])
        self.assertLess(abs(total - summary["energy"]["mean"][0]), 1e-9)
        # Nothing that is known of ground states only.
        self.assertIsNone(summary["v_score"])
        self.assertEqual(summary["n_sites"], 4)
        self.assertLess(abs(summary["energy_per_site"] - total / 16), 1e-9)

    def test_samples_are_the_same_on_any_number_of_ranks(self):
        self.write("chain.yaml", CHAIN)
        for ranks in (1, 2, 3):
            self.run_well(
                "run", "chain.yaml", "--quiet", "--output", f"r{ranks}", "--set", "run.steps=2", "--set",
                "sr.tolerance=1.0e-12", ranks=ranks)
            entries = self.log(f"r{ranks}")
            first = self.log("r1")
            self.assertEqual(entries[0]["acceptance"], first[0]["acceptance"])
            for entry, other in zip(entries, first):
                self.assertEqual(len(entry["state_energies"]), 2)
                self.assertEqual(entry["state_energies"], sorted(entry["state_energies"]))
                for energy, expected in zip(entry["state_energies"], other["state_energies"]):
                    self.assertLess(abs(energy - expected), 1e-6)
        for ranks in (1, 3):
            self.run_well(
                "run", "chain.yaml", "--quiet", "--output", f"d{ranks}", "--set", "run.deterministic=true", ranks=ranks)
        self.assertEqual(self.physics("d1"), self.physics("d3"))
        self.assertEqual(self.summary("d1")["states"], self.summary("d3")["states"])

    def test_resumed_is_the_undisturbed_run(self):
        self.write("chain.yaml", CHAIN)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "parts", "--set", "run.steps=3", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "parts", "--resume", ranks=2)
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        self.assertEqual(self.summary("parts")["states"], self.summary("whole")["states"])
        refused = self.run_badly("run", "chain.yaml", "--output", "whole", "--resume", "--set", "states.count=3")
        self.assertIn("states.count", refused)

    def test_an_estimate_that_is_ended_goes_on(self):
        self.write("chain.yaml", CHAIN)
        settings = ["--set", "run.steps=2", "--set", "run.final_samples=60000", "--set", "run.deterministic=true"]
        process = self.start_program("run", "chain.yaml", "--output", "parts", *settings)
        self.wait_for_step(process, "parts/log.jsonl", 2)
        process.send_signal(signal.SIGTERM)
        status = process.wait(timeout=60)
        self.run_well("run", "chain.yaml", "--output", "parts", "--resume", *settings, ranks=2)
        self.run_well("run", "chain.yaml", "--output", "whole", *settings)
        self.assertEqual(status, 75)
        self.assertEqual(self.summary("parts")["states"], self.summary("whole")["states"])

    def test_sampled_energies_are_the_lowest_levels_within_their_errors(self):
        self.write("chain.yaml", CHAIN)
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "run", "--set", "run.steps=50", "--set", "sampler.samples=480",
            "--set", "optimiser={type: sgd, learning_rate: 0.1}", "--set", "sr.diag_shift=0.003",
            "--set", "run.final_samples=4800", ranks=2)
        summary = self.summary("run")
        for state, level in zip(summary["states"], self.levels("chain.yaml", 2)):
            self.assertLess(abs(state["energy"] - level), 5e-3 * abs(level))
            self.assertGreater(state["energy"], level - 5 * state["error"])
            self.assertGreater(state["error"], 0)
        # A report compares the sum with the sum of the levels.
        page = self.path("run", "report.html")
        self.run_well("report", "run")
        with open(page, encoding="utf-8") as file:
            text = file.read().replace("−", "-")
        total = sum(self.levels("chain.yaml", 2))
        self.assertIn(f"{total:.4f}"[:7], text)

    def test_check_says_what_a_sample_is(self):
        self.write("chain.yaml", CHAIN)
        report = json.loads(self.run_well("check", "chain.yaml", "--json", ranks=2).stdout)
        self.assertTrue(report["passed"])
        self.assertEqual(
            report["states"], {"count": 2, "sites": 12, "dimension": 4096, "values_per_sample": 4})
        self.assertEqual(report["space"]["sites"], 6)
        self.assertEqual(report["samples"]["sweep"], 12)
        names = [leaf["name"] for leaf in report["parameters"]["leaves"]]
        self.assertTrue(all(name.startswith(("state_0/", "state_1/")) for name in names))
        one = json.loads(self.run_well("check", "chain.yaml", "--json", "--set", "states.count=1").stdout)
        self.assertIsNone(one["states"])
        # The messages of a real step are those that were foretold.
        self.run_well("run", "chain.yaml", "--quiet", "--output", "run", "--set", "run.steps=1", ranks=2)
        step = self.log("run")[0]
        foretold = report["collectives"]
        iterations = step["solver"]["iterations"]
        products = iterations + iterations // foretold["residual_interval"]
        self.assertEqual(
            step["collectives"]["calls"],
            foretold["per_step"] + iterations * foretold["per_iteration"] + products * foretold["per_product"])

    def test_what_has_no_meaning_is_refused(self):
        self.write("chain.yaml", CHAIN)
        for settings, words in (
            (["states.count=0"], ["states.count", "accepted"]),
            (["states.count=40"], ["states.count", "accepted"]),
            (["states.number=2"], ["number", "count"]),
            (["ansatz={type: rbm, dtype: float32}"], ["ansatz.dtype", "float64"]),
            # Four neighbours pairs and two Neel states on the ring of 4: two orbits.
            (["lattice.extent=[4]", "hamiltonian={type: heisenberg}", "sampler.total_sz=0", "states.count=3",
              "ansatz={type: symmetrised, ansatz: {type: rbm, dtype: complex128}}"],
             ["states.count", "symmetry sector", "1 to 2"]),
            (["ansatz=[{type: rbm}, {type: jastrow, frozen: true}]"], ["ansatz", "frozen", "states.count"]),
            (["sampler.screening=single"], ["sampler.screening", "single precision"]),
            (["ansatz={type: arnn_dense}", "sampler.rule=direct"], ["sampler.rule", "direct", "states.count"]),
            (["sampler.rule=full_sum", "lattice.extent=[14]"], ["sampler.rule", "2 walkers"]),
            (["lattice.extent=[2]", "states.count=5"], ["states.count", "1 to 4"]),
            (
                ["hamiltonian={type: heisenberg}", "sampler.total_sz=0", "sampler.rule=local", "sampler.flips=4"],
                ["sampler.flips", "accepted: 2"],
            ),
        ):
            with self.subTest(settings):
                arguments = [argument for setting in settings for argument in ("--set", setting)]
                text = self.run_badly("check", "chain.yaml", *arguments)
                for word in words:
                    self.assertIn(word, text)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "run", "--set", "run.steps=1")
        self.assertIn("states.count", self.run_badly("project", "run"))
        text = self.run_badly(
            "evolve", "chain.yaml", "--set", "dynamics={end_time: 0.1}", "--output", "evolution")
        self.assertIn("states.count", text)
        self.assertFalse(os.path.exists(self.path("evolution", "log.jsonl")))

    def test_as_many_states_as_the_basis_has_are_all_levels(self):
        """They span the basis, whatever their parameters are."""
        electrons = "{type: fermions, spinful: true, n_up: 1, n_down: 1}"
        for name, count, settings in (
            ("electrons", 4, [f"hilbert={electrons}", "hamiltonian={type: hubbard, t: 1.0, U: 4.0}",
                              "ansatz=[{type: mlp, dtype: complex128}, {type: gutzwiller}]"]),
            ("spins 1", 3, ["hilbert={type: spin, s: 1, total_sz: 0}", "hamiltonian={type: heisenberg}"]),
            ("bosons", 3, ["hilbert={type: bosons, n_max: 2, n: 2}", "hamiltonian={type: bose_hubbard, J: 1.0, U: 2.0}"]),
        ):
            with self.subTest(name):
                self.write("chain.yaml", CHAIN.replace("extent: [6]", "extent: [2], pbc: false"))
                arguments = [argument for setting in settings for argument in ("--set", setting)]
                self.run_well(
                    "run", "chain.yaml", "--quiet", "--output", name, *arguments, "--set", f"states.count={count}",
                    "--set", "sampler.rule=full_sum", "--set", "run.steps=0")
                process = self.run_well("exact", "chain.yaml", "--json", "--states", str(count), *arguments)
                for state, level in zip(self.summary(name)["states"], json.loads(process.stdout)["energies"], strict=True):
                    self.assertAlmostEqual(state["energy"], level, delta=1e-8)

    def observables(self, directory, text, *arguments, ranks=None):
        """The evaluation of a run, and each of its entries by what it is called."""
        self.write("observables.yaml", text)
        process = self.run_program(
            "evaluate", directory, "--observables", "observables.yaml", "--json", *arguments, ranks=ranks)
        self.assertIn(process.returncode, (0, 1), process.stderr)
        found = json.loads(process.stdout)
        return found, {
            entry["text"]: entry for block in found.values() if isinstance(block, list) for entry in block if isinstance(entry, dict)}

    def test_observables_of_all_levels_and_between_them(self):
        """As many states as the basis has are the eigenvectors, whatever their parameters are."""
        zed = "{name: z, terms: [{sites: [0], paulis: Z, coefficient: 1}]}"
        bond = ("{name: bond, terms: [{sites: [0, 1], paulis: XX, coefficient: 1}, {sites: [0, 1], paulis: YY, coefficient: 1}, "
                "{sites: [1], paulis: Z, coefficient: 0.3}]}")
        strings = "fermion_strings: {operators: [{name: hop, terms: [{operators: 0^ 1}, {operators: 1^ 0}]}]}\n"
        spins = "hamiltonian={type: heisenberg, sign_rule: true, terms: [{sites: [0], paulis: Z, coefficient: 0.4}, {sites: [2], paulis: Z, coefficient: -0.9}]}"
        electrons = "hilbert={type: fermions, n_up: 1, n_down: 1}"
        for name, count, settings, text, names in (
            ("spins", 6, ["lattice={type: chain, extent: [4], pbc: false}", spins, "sampler.total_sz=0"],
             f"pauli_strings: {{operators: [{zed}, {bond}]}}\ncorrelations: {{components: [zz]}}\n", ["z", "bond"]),
            ("electrons", 4, ["lattice={type: chain, extent: [2], pbc: false}", electrons,
                              "hamiltonian={type: hubbard, t: 1.0, U: 4.0, mu: [0.3, -0.2]}",
                              "ansatz=[{type: mlp, dtype: complex128}, {type: gutzwiller}]"],
             strings + "density: {components: [up], patterns: [site]}\n", ["hop"]),
        ):
            with self.subTest(name):
                self.write("chain.yaml", CHAIN)
                arguments = [argument for setting in settings for argument in ("--set", setting)]
                self.run_well(
                    "run", "chain.yaml", "--quiet", "--output", name, *arguments, "--set", f"states.count={count}",
                    "--set", "sampler.rule=full_sum", "--set", "run.steps=0", ranks=2)
                found, entries = self.observables(name, text)
                exact = json.loads(self.run_well(
                    "exact", "chain.yaml", "--json", "--states", str(count), "--observables", "observables.yaml",
                    *arguments).stdout)
                self.assertIsNone(found["v_score"])
                checked = 0
                for level, energy in zip(exact["observables"], exact["energies"]):
                    state = level["level"]
                    self.assertAlmostEqual(entries[f"energy of state {state}"]["mean"], energy, delta=1e-7)
                    for block in level.values():
                        for entry in block if isinstance(block, list) else ():
                            if isinstance(entry, dict):
                                other = entries[f"{entry['text']} in state {state}"]
                                self.assertAlmostEqual(other["mean"], entry["mean"], delta=1e-6)
                                self.assertEqual((other["state"], other["error"]), (state, 0))
                                checked += 1
                self.assertGreaterEqual(checked, 2 * count)
                # Σ_b |<a|Z|b>|² = <Z²> = 1; of a hopping of electrons that sum is <n_0 + n_1 - 2 n_0 n_1> of one spin, 1 here.
                for state in range(count):
                    def between(other):
                        pair = sorted((state, other))
                        return entries[f"|<{pair[0]}|{names[0]}|{pair[1]}>|^2"]
                    total = entries[f"{names[0]} in state {state}"]["mean"] ** 2
                    for other in range(count):
                        if other != state:
                            self.assertEqual(between(other)["states"], sorted((state, other)))
                            total += between(other)["mean"]
                    self.assertAlmostEqual(total, 1, delta=1e-6)

    def test_observables_of_samples(self):
        """Samples give what the whole basis gives, within their errors and on any number of ranks."""
        self.write("chain.yaml", CHAIN)
        text = ("energy: {precision: 0.02}\npauli_strings: {precision: 0.02, operators: [{name: x, terms: [{sites: [0], paulis: X, "
                "coefficient: 1}]}]}\nmagnetisation: {components: [z], precision: 0.5}\n")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "run", "--set", "run.steps=20")
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "sum", "--set", "run.steps=0", "--set", "sampler.rule=full_sum",
            "--set", "run.initial_parameters=run/checkpoint.h5")
        _, exact = self.observables("sum", text)
        found, entries = self.observables("run", text, "--max-samples", "20000")
        self.assertEqual(set(entries), set(exact))
        deviations = []
        for name, entry in entries.items():
            self.assertGreater(entry["error"], 0, name)
            deviation = abs(entry["mean"] - exact[name]["mean"]) / entry["error"]
            self.assertLess(deviation, 5, name)
            deviations.append(deviation ** 2)
        self.assertLess(sum(deviations) / len(deviations), 4)
        other, moved = self.observables("run", text, "--max-samples", "20000", ranks=3)
        self.assertEqual(other["samples"], found["samples"])
        for name, entry in entries.items():
            self.assertAlmostEqual(moved[name]["mean"], entry["mean"], delta=1e-9)
        for bad, words in (
            ("correlations: {components: [xx]}\n", "is no function of the configuration"),
            ("renyi2: {subsystems: [{name: half, sites: [0, 1]}]}\n", "is no function of the configuration"),
        ):
            self.write("bad.yaml", bad)
            self.assertIn(words, self.run_badly("evaluate", "run", "--observables", "bad.yaml"))
        self.assertIn("2 states", self.run_badly("evaluate", "run", "--lanczos", "1"))

    def test_spaces_of_every_kind(self):
        electrons = "{type: fermions, spinful: true, n_up: 2, n_down: 1}"
        for name, settings in (
            ("electrons", [f"hilbert={electrons}", "hamiltonian={type: hubbard, t: 1.0, U: 4.0}",
                           "ansatz=[{type: slater, variant: unrestricted}, {type: gutzwiller}]"]),
            ("spins 1", ["hilbert={type: spin, s: 1, total_sz: 0}", "hamiltonian={type: heisenberg}"]),
            ("bosons", ["hilbert={type: bosons, n_max: 2, n: 4}", "hamiltonian={type: bose_hubbard, J: 1.0, U: 2.0}"]),
            ("momentum", ["ansatz={type: symmetrised, momentum: [1], ansatz: {type: rbm, dtype: complex128}}"]),
            ("sector", ["hamiltonian={type: heisenberg}", "sampler.total_sz=0", "sampler.rule=local",
                        "sampler.flips=2"]),
        ):
            with self.subTest(name):
                self.write("chain.yaml", CHAIN.replace("extent: [6]", "extent: [4]"))
                arguments = [argument for setting in settings for argument in ("--set", setting)]
                report = json.loads(self.run_well("check", "chain.yaml", "--json", *arguments).stdout)
                self.assertTrue(report["passed"], report["checks"])
                self.run_well("run", "chain.yaml", "--quiet", "--output", name, *arguments, ranks=2)
                summary = self.summary(name)
                self.assertGreater(self.log(name)[-1]["acceptance"], 0)
                if name == "momentum":
                    continue
                for state, level in zip(summary["states"], self.levels_of(arguments)):
                    self.assertGreater(state["energy"], level - 5 * state["error"] - 1e-9)

    def levels_of(self, arguments):
        process = self.run_well("exact", "chain.yaml", "--json", "--states", "2", *arguments)
        return json.loads(process.stdout)["energies"]


if __name__ == "__main__":
    unittest.main()

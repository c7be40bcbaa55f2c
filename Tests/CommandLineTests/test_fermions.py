"""Fermions, bosons and spins above 1/2: whole runs, and what is refused."""

import json
import os
import shutil

from support import CommandLineTest

HUBBARD = """
lattice: {type: chain, extent: [4], pbc: true}
hilbert: {type: fermions, n_up: 2, n_down: 2}
hamiltonian: {type: hubbard, t: 1, U: 4}
ansatz:
  - {type: slater}
  - {type: mlp, hidden_dims: [8]}
sampler: {rule: full_sum}
sr: {solver: cholesky, diag_shift: 0.001}
optimiser: {learning_rate: 0.05}
run: {steps: 0, seed: 3}
"""


class FermionTest(CommandLineTest):
    def run_of(self, text, *arguments, ranks=None):
        """The summary of a run."""
        shutil.rmtree(os.path.join(self.directory, "run"), ignore_errors=True)
        self.write("run.yaml", text)
        process = self.run_program("run", "run.yaml", "--output", "run", *arguments, ranks=ranks, timeout=300)
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(os.path.join(self.directory, "run", "summary.json"), encoding="utf-8") as file:
            return json.load(file)

    def exact(self, text):
        self.write("exact.yaml", text)
        process = self.run_program("exact", "exact.yaml", "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)

    def refused(self, text, *words, command="run"):
        self.write("bad.yaml", text)
        process = self.run_program(command, "bad.yaml", "--output", "bad")
        self.assertEqual(process.returncode, 2, process.stdout + process.stderr)
        messages = self.messages(process)
        self.assertEqual(len(messages), 1, messages)
        for word in words:
            self.assertIn(word, messages[0])
        self.assertFalse(os.path.exists(os.path.join(self.directory, "bad")))


class RunTests(FermionTest):
    def test_hartree_fock_start(self):
        # A determinant of Hartree-Fock theory lies above the ground state, and far below a random one.
        start = self.run_of(HUBBARD.replace("  - {type: mlp, hidden_dims: [8]}\n", ""))["energy"]["mean"][0]
        exact = self.exact(HUBBARD)["energies"][0]
        self.assertGreater(start, exact)
        self.assertLess(start, exact + 0.6)

    def test_summed_optimisation_reaches_the_ground_state(self):
        exact = self.exact(HUBBARD)["energies"][0]
        text = HUBBARD.replace("{type: slater}", "{type: neural_backflow, hidden_dims: [12]}")
        summary = self.run_of(text, "--set", "run.steps=300")
        self.assertLess(abs(summary["energy"]["mean"][0] - exact), 1e-3 * abs(exact))

    def test_local_backflow(self):
        text = HUBBARD.replace("{type: slater}", "{type: backflow, features: 3, layers: 2}")
        exact = self.exact(HUBBARD)["energies"][0]
        summary = self.run_of(text, "--set", "run.steps=300")
        self.assertLess(abs(summary["energy"]["mean"][0] - exact), 1e-3 * abs(exact))
        # Ratios from what is kept and from whole determinants draw the same samples.
        sampled = text.replace("{rule: full_sum}", "{chains: 8, samples: 64}").replace("extent: [4]", "extent: [6]")
        kept, whole = (
            self.run_of(sampled.replace("features: 3", f"features: 3, ratios: {ratios}"), "--set", "run.steps=3", ranks=2)
            for ratios in ("kept", "whole"))
        self.assertAlmostEqual(kept["energy"]["mean"][0], whole["energy"]["mean"][0], delta=1e-8)
        for lattice, words in (
                ("{type: chain, extent: [4], pbc: false}", ["ansatz[0].radius", "4"]),
                ("{type: graph, n_sites: 4, edges: [[0, 1], [1, 2], [2, 3]]}", ["ansatz[0].radius", "graph"])):
            with self.subTest(lattice):
                self.refused(
                    text.replace("{type: chain, extent: [4], pbc: true}", lattice).replace("features: 3", "radius: 2"),
                    *words)

    def test_a_shell_that_is_half_filled(self):
        """Levels of the ring of 4 are -2, 0, 0, 2, those of an open chain differ."""
        for lattice, fermions, spin in (
            ("{type: chain, extent: [4], pbc: true}", "n_up: 2, n_down: 1", "2 free fermions with spin up"),
            ("{type: chain, extent: [4], pbc: true}", "n_up: 3, n_down: 2", "2 free fermions with spin down"),
            ("{type: chain, extent: [4], pbc: true}", "n_up: 1, n_down: 3", None),
            ("{type: chain, extent: [4], pbc: false}", "n_up: 2, n_down: 2", None),
        ):
            with self.subTest(lattice + fermions):
                text = HUBBARD.replace("{type: chain, extent: [4], pbc: true}", lattice).replace("n_up: 2, n_down: 2", fermions)
                text = text.replace("{type: slater}", "{type: slater, orbitals_from: free}")
                _, process = self.resolved(text)
                found = [line for line in self.messages(process) if "half filled" in line]
                self.assertEqual(len(found), 0 if spin is None else 1, process.stderr)
                if spin:
                    self.assertIn(f"config.yaml:6: ansatz[0].orbitals_from: {spin}", found[0])

    def test_pairs_whose_steps_are_chosen_keep_a_share_of_the_diagonal(self):
        chosen = HUBBARD.replace("optimiser:", "#optimiser:")
        for ansatz, expected in (
            ("{type: slater}", 0.02), ("{type: gutzwiller}\n  - {type: jastrow}", 0),
            ("{type: symmetrised, ansatz: {type: pair_product}, group: none, spin: 0}", 0.02),
        ):
            with self.subTest(ansatz):
                resolved, _ = self.resolved(chosen.replace("{type: slater}", ansatz))
                self.assertEqual(float(resolved["sr"]["diag_scale"]), expected)
        resolved, _ = self.resolved(chosen, "--set", "sr.diag_scale=0.1")
        self.assertEqual(float(resolved["sr"]["diag_scale"]), 0.1)
        resolved, _ = self.resolved(chosen, "--set", "optimiser.learning_rate=0.05")
        self.assertEqual(float(resolved["sr"]["diag_scale"]), 0)

    def test_sampled_energy_is_the_summed_one(self):
        summed = self.run_of(HUBBARD)["energy"]["mean"][0]
        for rule in ["{hop: 0.75, exchange: 0.25}", "hop"]:
            for ranks in (None, 2, 3):
                with self.subTest(rule=rule, ranks=ranks):
                    energy = self.run_of(
                        HUBBARD.replace("full_sum", rule), "--set", "sampler.chains=16", "--set",
                        "run.final_samples=4096", "--set", "sampler.samples=256", ranks=ranks)["energy"]
                    self.assertLess(abs(energy["mean"][0] - summed), 5 * energy["error"])

    def test_samples_do_not_depend_on_ranks(self):
        logs = []
        for ranks in (None, 2, 3):
            self.run_of(
                HUBBARD.replace("full_sum", "hop"), "--set", "run.steps=3", "--set", "run.deterministic=true",
                "--set", "sampler.samples=96", "--set", "sampler.chains=12", ranks=ranks)
            with open(os.path.join(self.directory, "run", "log.jsonl"), encoding="utf-8") as file:
                logs.append([json.loads(line)["energy"]["mean"] for line in file])
        self.assertEqual(logs[0], logs[1])
        self.assertEqual(logs[0], logs[2])

    def test_other_spaces(self):
        for space, hamiltonian, ansatz in [
            ("{type: fermions, spinful: false, n: 2}", "{type: t_v, V: 1}", "{type: slater}"),
            ("{type: fermions, n_up: 1, n_down: 1}", "{type: t_j, J: 0.4}", "{type: pair_product}"),
            ("{type: bosons, n_max: 3, n: 4}", "{type: bose_hubbard, U: 2}", "{type: jastrow}"),
            ("{type: bosons, n_max: 2}", "{type: bose_hubbard, U: 2, mu: 1}", "{type: rbm}"),
            ("{type: spin, s: 1, total_sz: 0}", "{type: heisenberg, sign_rule: true}", "{type: rbm}"),
            ("{type: spin, s: 1.5}", "{type: xxz, delta: 0.5, sign_rule: true, hz: 0.1}", "{type: mlp}"),
        ]:
            with self.subTest(space=space):
                text = f"""
lattice: {{type: chain, extent: [4], pbc: true}}
hilbert: {space}
hamiltonian: {hamiltonian}
ansatz: {ansatz}
sampler: {{chains: 16, samples: 512}}
run: {{steps: 20, seed: 1}}
"""
                summary = self.run_of(text, ranks=2)
                exact = self.exact(text)["energies"][0]
                energy = summary["energy"]
                self.assertGreater(energy["mean"][0], exact - 5 * energy["error"])
                summed = self.run_of(text, "--set", "sampler.rule=full_sum", "--set", "run.steps=0")
                self.assertGreater(summed["energy"]["mean"][0], exact - 1e-9)

    def test_evaluate_measures_products_of_operators(self):
        self.run_of(HUBBARD)
        terms = [{"operators": f"{i}^ {i} {i + 4}^ {i + 4}", "coefficient": 1.0} for i in range(4)]
        hops = [{"operators": f"{i}^ {j}", "coefficient": -1.0}
                for i in range(8) for j in range(8) if i // 4 == j // 4 and (i - j) % 4 in (1, 3)]
        self.write("observables.yaml", json.dumps({"fermion_strings": {"operators": [
            {"name": "doublons", "terms": terms}, {"name": "kinetic", "terms": hops}]}}))
        process = self.run_program("evaluate", "run", "--observables", "observables.yaml", "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        report = json.loads(process.stdout)
        values = {entry["name"]: entry["mean"] for entry in report["fermion_strings"]}
        # H = kinetic + U doublons.
        energy = report["energy"]["mean"]
        energy = energy[0] if isinstance(energy, list) else energy
        self.assertAlmostEqual(values["kinetic"] + 4 * values["doublons"], energy, places=9)

    def test_observables_of_spins_are_refused(self):
        self.run_of(HUBBARD)
        self.write("observables.yaml", "renyi2: {subsystems: [{name: half, sites: [0, 1]}]}\n")
        process = self.run_program("evaluate", "run", "--observables", "observables.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("renyi2", self.messages(process)[0])


class RefusedTests(FermionTest):
    def test_sectors_that_cannot_be(self):
        self.refused(HUBBARD.replace("n_up: 2", "n_up: 5"), "hilbert.n_up", "5 fermions do not fit 4 sites")
        self.refused(
            HUBBARD.replace("type: hubbard, t: 1, U: 4", "type: t_j").replace("n_up: 2", "n_up: 3"), "hilbert.n_down",
            "without two on one")
        self.refused(HUBBARD.replace("n_up: 2, ", ""), "n_up")
        self.refused(HUBBARD.replace("n_down: 2", "n_down: 2, n: 4"), "hilbert.n")
        self.refused(
            HUBBARD.replace("{type: fermions, n_up: 2, n_down: 2}", "{type: spin, s: 1, total_sz: 0.5}"), "total_sz")

    def test_hamiltonians_of_other_sites(self):
        self.refused(
            HUBBARD.replace("type: hubbard, t: 1, U: 4", "type: ising"), "hamiltonian.type", "spins")
        self.refused(
            HUBBARD.replace("hilbert: {type: fermions, n_up: 2, n_down: 2}\n", ""), "hamiltonian.type", "hilbert")

    def test_twists(self):
        open_chain = HUBBARD.replace("pbc: true", "pbc: false").replace("U: 4", "U: 4, twist: [0.3]")
        self.refused(open_chain, "hamiltonian.twist", "open")
        self.refused(HUBBARD.replace("U: 4", "U: 4, twist: [0.3, 0.1]"), "hamiltonian.twist")

    def test_couplings(self):
        self.refused(HUBBARD.replace("U: 4", "U: [4, 4, 4]"), "hamiltonian.U", "3 numbers for 4 sites")
        self.refused(HUBBARD.replace("t: 1", "t: [1, 1]"), "hamiltonian.t", "2 numbers for 4 bonds")

    def test_factors(self):
        self.refused(HUBBARD.replace("{type: slater}", "{type: slater, variant: spinless}"), "variant")
        self.refused(
            HUBBARD.replace("{type: slater}", "{type: pair_product}").replace("n_up: 2", "n_up: 1"), "variant", "odd")
        self.refused(HUBBARD.replace("{type: slater}", "{type: pair_product, sublattice: [3]}"), "sublattice")
        self.refused(HUBBARD.replace("{type: mlp, hidden_dims: [8]}", "{type: arnn_dense}"), "arnn_dense")

    def test_wrong_strings(self):
        bad = HUBBARD.replace(
            "{type: hubbard, t: 1, U: 4}", "{type: fermion_strings, terms: [{operators: '0^ 9'}]}")
        self.refused(bad, "operators", "9")

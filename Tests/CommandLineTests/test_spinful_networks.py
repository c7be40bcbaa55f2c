"""Networks on the lattice, Jastrow factors of spins and BCS starts of spinful fermions."""

import json

from test_fermions import FermionTest

HUBBARD = """
lattice: {type: chain, extent: [4], pbc: true}
hilbert: {type: fermions, n_up: 2, n_down: 2}
hamiltonian: {type: hubbard, t: 1, U: 4}
ansatz:
  - {type: pair_product}
  - {type: gcnn, features: [2, 2]}
sampler: {rule: full_sum}
sr: {solver: cholesky, diag_shift: 0.001}
optimiser: {learning_rate: 0.05}
run: {steps: 0, seed: 3}
"""
NETWORK = "{type: gcnn, features: [2, 2]}"
PAIRS = "{type: pair_product}"
BCS = "{type: pair_product, orbitals_from: bcs, gap: {form: s, size: 0.5}}"


class NetworkTests(FermionTest):
    def check(self, text):
        self.write("check.yaml", text)
        process = self.run_program("check", "check.yaml", "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout), [line for line in self.messages(process) if "BLAS threads" not in line]

    def test_leaves_and_derivatives(self):
        for network, leaves in (
            (NETWORK, {
                "1_gcnn/dense_symm/kernel": [2, 2, 4], "1_gcnn/dense_symm/bias": [2],
                "1_gcnn/equivariant_layers_0/kernel": [2, 2, 8], "1_gcnn/equivariant_layers_0/bias": [2]}),
            ("{type: rbm_symm, features: 3}", {
                "1_rbm_symm/Dense/kernel": [3, 2, 4], "1_rbm_symm/Dense/bias": [3], "1_rbm_symm/visible_bias": [2]}),
            ("{type: cnn, channels: [3], kernel: [2]}", {
                "1_cnn/Conv_0/kernel": [2, 2, 3], "1_cnn/Conv_0/bias": [3]}),
        ):
            with self.subTest(network):
                report, _ = self.check(HUBBARD.replace(NETWORK, network))
                found = {leaf["name"]: leaf["shape"] for leaf in report["parameters"]["leaves"]}
                self.assertEqual({**leaves, "0_pair_product/pairing": [4, 4]}, found)
                self.assertTrue(all(check["passed"] for check in report["checks"]), report["checks"])
        for network in ("{type: resnet, channels: 2}", "{type: transformer, width: 4, heads: 2, layers: 1}"):
            with self.subTest(network):
                report, _ = self.check(HUBBARD.replace(NETWORK, network))
                self.assertTrue(all(check["passed"] for check in report["checks"]), report["checks"])

    def test_symmetric_networks_keep_the_sector_of_a_sum(self):
        """Beside projected pairs: a network that has the symmetry says nothing, one that has not is named."""
        projected = "{type: symmetrised, group: space_group, parity: 1, ansatz: {type: pair_product, orbitals_from: random}}"
        for network, said in (
            ("{type: gcnn, features: [2], parity: 1}", None), ("{type: gcnn, features: [2]}", "flip of all spins"),
            ("{type: gcnn, features: [2], group: translation, parity: 1}", "the group"),
            ("{type: jastrow, channel: spin, symmetric: space_group}", None),
            ("{type: jastrow, channel: spin}", "the group"),
        ):
            with self.subTest(network):
                _, messages = self.check(HUBBARD.replace(PAIRS, projected).replace(NETWORK, network))
                self.assertEqual(len(messages), 0 if said is None else 1, messages)
                if said:
                    self.assertIn(said, messages[0])

    def test_optimisation_lowers_the_energy(self):
        exact = self.exact(HUBBARD)["energies"][0]
        before = self.run_of(HUBBARD)["energy"]["mean"][0]
        after = self.run_of(HUBBARD, "--set", "run.steps=60")["energy"]["mean"][0]
        self.assertLess(after, before - 0.2 * (before - exact))
        self.assertGreater(after, exact - 1e-9)

    def test_samples_do_not_depend_on_ranks(self):
        for network in (NETWORK, "{type: rbm_symm}", "{type: jastrow, channel: spin, symmetric: translation}"):
            with self.subTest(network):
                text = HUBBARD.replace(NETWORK, network).replace("rule: full_sum", "chains: 12, samples: 96")
                energies = [
                    self.run_of(text, "--set", "run.steps=3", "--set", "run.deterministic=true", ranks=ranks)["energy"]
                    for ranks in (1, 2, 3)]
                self.assertEqual(energies[0]["mean"], energies[1]["mean"])
                self.assertEqual(energies[0]["mean"], energies[2]["mean"])

    def test_refused(self):
        self.refused(HUBBARD.replace(NETWORK, "{type: gcnn, parity: 0}"), "ansatz[1].parity", "1, -1 or null")
        spinless = HUBBARD.replace("n_up: 2, n_down: 2", "spinful: false, n: 2").replace("type: hubbard, t: 1, U: 4", "type: t_v")
        self.refused(spinless.replace(NETWORK, "{type: gcnn, parity: 1}"), "ansatz[1].parity", "null")
        self.refused(
            spinless.replace(NETWORK, "{type: jastrow, channel: spin}"), "ansatz[1].channel", "spinless", "density")
        self.refused(
            HUBBARD.replace(NETWORK, "{type: jastrow, channel: spin, reference: 1}"), "ansatz[1].reference", "densities")
        self.refused(
            "lattice: {type: chain, extent: [4]}\nhamiltonian: {type: heisenberg}\n"
            "ansatz: {type: jastrow, channel: spin}\n", "ansatz.channel", "of fermions")


class BCSTests(FermionTest):
    def test_small_gaps_are_free_fermions(self):
        """A ring of six with a full shell: pairs below the Fermi level, and none above it."""
        ring = HUBBARD.replace("extent: [4]", "extent: [6]").replace("n_up: 2, n_down: 2", "n_up: 3, n_down: 3")
        ring = ring.replace("  - " + NETWORK + "\n", "")
        free = self.run_of(ring.replace(PAIRS, "{type: slater, orbitals_from: free, variant: restricted}"))["energy"]
        bcs = self.run_of(ring.replace(PAIRS, BCS.replace("0.5", "0.01")))["energy"]
        # The random part, a hundredth of 36 numbers, costs some 36 times 1e-4 times a few hops.
        self.assertLess(abs(bcs["mean"][0] - free["mean"][0]), 0.03)
        wide = self.run_of(ring.replace(PAIRS, BCS))["energy"]
        self.assertGreater(abs(wide["mean"][0] - free["mean"][0]), 0.1)

    def test_spins_and_projections(self):
        """Pairs of a d wave on spins 1/2, and under a sum over rotations."""
        text = HUBBARD.replace("chain, extent: [4]", "square, extent: [2, 4]").replace("  - " + NETWORK + "\n", "")
        pairs = BCS.replace("form: s", "form: d")
        spins = text.replace("hilbert: {type: fermions, n_up: 2, n_down: 2}\n", "").replace(
            "{type: hubbard, t: 1, U: 4}", "{type: heisenberg}").replace("rule: full_sum", "rule: full_sum, total_sz: 0")
        exact = self.exact(spins)["energies"][0]
        energy = self.run_of(spins.replace(PAIRS, pairs))["energy"]["mean"][0]
        self.assertGreater(energy, exact - 1e-9)
        self.assertLess(energy, 0.8 * exact)
        electrons = text.replace("n_up: 2, n_down: 2", "n_up: 4, n_down: 4")
        projected = "{type: symmetrised, group: none, spin: 0, ansatz: " + pairs + "}"
        energies = [self.run_of(electrons.replace(PAIRS, ansatz))["energy"]["mean"][0] for ansatz in (pairs, projected)]
        # The pairs are singlets but for the random part.
        self.assertLess(abs(energies[0] - energies[1]), 0.05)

    def test_nodes_are_told(self):
        text = HUBBARD.replace("chain, extent: [4]", "square, extent: [4, 4]").replace("n_up: 2, n_down: 2", "n_up: 7, n_down: 7")
        text = text.replace("rule: full_sum", "rule: hop")
        for form, nodes in (("d", 5), ("s", 0)):
            with self.subTest(form):
                _, process = self.resolved(text.replace(PAIRS, BCS.replace("form: s", f"form: {form}")))
                found = [line for line in self.messages(process) if "the gap vanishes" in line]
                self.assertEqual(len(found), 1 if nodes else 0, process.stderr)
                if nodes:
                    self.assertIn(f"ansatz[0].gap: the gap vanishes at {nodes} of 16 momenta", found[0])

    def test_refused(self):
        text = HUBBARD.replace(PAIRS, BCS)
        for old, new, *words in (
            ("pbc: true", "pbc: false", "ansatz[0].orbitals_from", "direction 0 is open"),
            ("{type: chain, extent: [4], pbc: true}", "{type: honeycomb, extent: [2, 1]}", "one site in each cell"),
            ("{type: chain, extent: [4], pbc: true}", "{type: graph, n_sites: 4, edges: [[0, 1], [1, 2], [2, 3]]}",
             "translations"),
            ("form: s", "form: d", "ansatz[0].gap.form", "square lattice"),
            ("t: 1", "t: [1, 2, 1, 2]", "ansatz[0].orbitals_from", "hops that translations leave as they are"),
            ("t: 1, U: 4", "t: 1, U: 4, twist: [0.4]", "ansatz[0].orbitals_from", "periodic or antiperiodic"),
            (", gap: {form: s, size: 0.5}", "", "ansatz[0].orbitals_from", "gap"),
            ("orbitals_from: bcs", "orbitals_from: free", "ansatz[0].gap", "no effect with orbitals_from: free"),
            ("size: 0.5", "size: 0", "ansatz[0].gap.size"),
            ("form: s, ", "", "ansatz[0].gap", "form"),
            ("form: s", "form: p", "ansatz[0].gap.form", "extended_s"),
        ):
            with self.subTest(new):
                bad = text.replace(old, new)
                if "graph" in new:
                    bad = bad.replace(NETWORK, "{type: jastrow}")
                if "twist" in new:
                    bad = bad.replace("type: pair_product,", "type: pair_product, dtype: complex128,")
                self.refused(bad, *words)
        self.refused(
            text.replace("n_down: 2", "n_down: 0").replace("type: pair_product,", "type: pair_product, variant: general,"),
            "ansatz[0].orbitals_from", "as many fermions")

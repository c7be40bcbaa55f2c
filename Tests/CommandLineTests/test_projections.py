"""Projected products of pairs: the lowest states of sectors, what check says, and what is refused."""

import json

from test_fermions import FermionTest

SPINS = """
lattice: {type: chain, extent: [6]}
hamiltonian: {type: heisenberg}
ansatz: {type: symmetrised, group: translation, momentum: [0], spin: 0, ansatz: {type: pair_product}}
sampler: {rule: full_sum, total_sz: 0}
sr: {solver: cholesky, diag_shift: 0.001}
optimiser: {learning_rate: 0.1}
run: {steps: 40, seed: 3}
"""
HUBBARD = """
lattice: {type: chain, extent: [4]}
hilbert: {type: fermions, n_up: 2, n_down: 2}
hamiltonian: {type: hubbard, t: 1, U: 4}
ansatz:
  - {type: gutzwiller}
  - {type: jastrow, symmetric: space_group}
  - {type: symmetrised, group: translation, spin: 0, ansatz: {type: pair_product, orbitals_from: random}}
sampler: {rule: full_sum}
sr: {solver: cholesky, diag_shift: 0.001}
optimiser: {learning_rate: 0.1}
run: {steps: 0, seed: 3}
"""


class ProjectionTests(FermionTest):
    def test_lowest_states_of_spins(self):
        """The singlet ground state at momentum pi on a ring of six, and the triplet above it at 0."""
        self.write("exact.yaml", SPINS)
        process = self.run_program("exact", "exact.yaml", "--json", "--states", "2")
        levels = json.loads(process.stdout)["energies"]
        for spin, momentum, level in [(0, 3, 0), (1, 0, 1)]:
            with self.subTest(spin=spin):
                text = SPINS.replace("momentum: [0], spin: 0", f"momentum: [{momentum}], spin: {spin}")
                energy = self.run_of(text)["energy"]
                self.assertAlmostEqual(energy["mean"][0], levels[level], places=2)
                self.assertLess(energy["variance"], 0.02)

    def test_sampled_steps_of_electrons(self):
        """Ratios of products with a projected state: a run by chains on several ranks."""
        text = HUBBARD.replace("rule: full_sum", "chains: 8, samples: 256").replace("steps: 0", "steps: 3")
        summed = self.run_of(HUBBARD.replace("steps: 0", "steps: 3"))["energy"]["mean"][0]
        energies = [self.run_of(text, ranks=ranks)["energy"]["mean"][0] for ranks in (1, 3)]
        self.assertAlmostEqual(energies[0], energies[1], places=6)
        self.assertLess(abs(energies[0] - summed), 1.5)

    def test_sums_of_orbitals_with_a_network(self):
        """Orbitals times a network on electrons, summed over translations with the signs of fermions: a state of the momentum
        that was asked for is a level of the model."""
        self.write("exact.yaml", HUBBARD)
        levels = json.loads(self.run_program("exact", "exact.yaml", "--json", "--states", "8").stdout)["energies"]
        base = "[{type: slater, orbitals_from: random}, {type: mlp, hidden_dims: [8]}]"
        own = HUBBARD[:HUBBARD.index("ansatz:")] + (
            f"ansatz: {{type: symmetrised, group: translation, momentum: [MOMENTUM], ansatz: {base}}}\n"
            + HUBBARD[HUBBARD.index("sampler:"):])
        found = []
        for momentum in (0, 2):
            summary = self.run_of(own.replace("MOMENTUM", str(momentum)).replace("steps: 0", "steps: 120"))
            energy = summary["energy"]
            nearest = min(levels, key=lambda level: abs(level - energy["mean"][0]))
            self.assertAlmostEqual(energy["mean"][0], nearest, delta=0.02)
            self.assertLess(energy["variance"], 0.2)
            found.append(energy["mean"][0])
        self.assertAlmostEqual(min(found), levels[0], delta=0.02)
        self.assertGreater(abs(found[0] - found[1]), 0.1)
        text = own.replace("MOMENTUM", "0").replace("rule: full_sum", "chains: 8, samples: 128").replace("steps: 0", "steps: 2")
        energies = [self.run_of(text, ranks=ranks)["energy"]["mean"][0] for ranks in (1, 3)]
        self.assertAlmostEqual(energies[0], energies[1], places=6)

    def test_sums_that_cancel_are_found(self):
        """A network that reads no order of fermions, of which momenta and signs leave nothing or something."""
        text = HUBBARD[:HUBBARD.index("ansatz:")] + (
            "ansatz: {type: symmetrised, group: translation, momentum: [1], ansatz: {type: mlp, hidden_dims: [4]}}\n"
            + HUBBARD[HUBBARD.index("sampler:"):])
        self.assertEqual(self.messages_of_check(text), [])
        self.refused(text.replace("hidden_dims: [4]", "hidden_dims: [4], kernel_init: zeros").replace(
            "momentum: [1]", "momentum: [0], parity: -1"), "psi is lost in cancellation")

    def messages_of_check(self, text):
        self.write("check.yaml", text)
        process = self.run_program("check", "check.yaml", "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        return [line for line in self.messages(process) if "BLAS threads" not in line]

    def test_check_names_factors_without_the_symmetry(self):
        self.assertEqual(self.messages_of_check(HUBBARD), [])
        messages = self.messages_of_check(HUBBARD.replace("{type: jastrow, symmetric: space_group}", "{type: jastrow}"))
        self.assertEqual(len(messages), 1)
        self.assertIn("ansatz[1]: 'jastrow' does not have the group of the sum at ansatz[2]", messages[0])
        messages = self.messages_of_check(
            HUBBARD.replace("{type: jastrow, symmetric: space_group}", "{type: mlp, hidden_dims: [4]}").replace(
                "spin: 0,", "spin: 0, parity: 1,"))
        self.assertEqual(len(messages), 1)
        self.assertIn("the group, nor the flip of all spins, nor total spin of the sum at ansatz[2]", messages[0])
        # A function of densities on spins is a constant, or breaks their symmetry.
        messages = self.messages_of_check(
            SPINS.replace("ansatz: {type: symmetrised", "ansatz:\n - {type: jastrow}\n - {type: symmetrised"))
        self.assertIn("the group, nor total spin", messages[0])

    def test_check_counts_rotations(self):
        messages = self.messages_of_check(HUBBARD.replace("spin: 0,", "spin: 0, spin_points: 1,"))
        self.assertEqual(len(messages), 1)
        self.assertIn(
            "spin_points: with 1 rotations the projection on spin 0 is not exact; it is with 2", messages[0])

    def test_refused(self):
        cases = [
            (SPINS, "spin: 0,", "spin: 4,", "ansatz.spin: 4 is more than the fermions of this sector have; accepted: 0 to 3"),
            (SPINS, "total_sz: 0", "total_sz: 1", "needs as many fermions with spin up as down; accepted here: null"),
            (SPINS, "{type: pair_product}", "{type: rbm}", "ansatz.spin: needs an ansatz of type pair_product"),
            (SPINS, "{type: pair_product}", "{type: pair_product, variant: general}",
             "ansatz.spin: needs pairs of one up and one down; accepted with variant general: null"),
            (SPINS, "{type: pair_product}", "{type: pair_product, use_jastrow: true}",
             "use_jastrow: the factor stands beside the sum, in a list with this block"),
            (SPINS, "spin: 0, ", "spin_points: 3, ", "ansatz.spin_points: no effect without spin"),
            (SPINS, "translation, momentum: [0]", "none, momentum: [0]", "ansatz.momentum: needs a group; found none"),
            # A singlet of three pairs is odd.
            (SPINS, "spin: 0,", "spin: 0, parity: 1,", "psi is lost in cancellation"),
            (HUBBARD, "{type: pair_product, orbitals_from: random}", "{type: slater}",
             "ansatz[2].spin: needs an ansatz of type pair_product"),
            (HUBBARD, "U: 4}", "U: 4, twist: [3.14159]}", "ansatz[2].group: with hamiltonian.twist its elements carry phases"),
            (HUBBARD, "n_down: 2", "n_down: 1", "pairs 3 fermions, an odd number"),
            (HUBBARD, "spin: 0,", "spin: 3,", "3 is more than the fermions of this sector have; accepted: 0 to 2"),
        ]
        for text, old, new, message in cases:
            with self.subTest(message):
                self.assertIn(old, text)
                self.refused(text.replace(old, new), message)

    def test_tables(self):
        """The same state by names and by tables."""
        tables = ("{type: projected_pair_product, spin: 0, orbitals_from: random, symmetries: [[0, 1, 2, 3], [3, 0, 1, 2], "
                  "[2, 3, 0, 1], [1, 2, 3, 0]], characters: {real: [1, 1, 1, 1]}}")
        names = "{type: symmetrised, group: translation, spin: 0, ansatz: {type: pair_product, orbitals_from: random}}"
        energies = [self.run_of(text)["energy"]["mean"][0] for text in (HUBBARD, HUBBARD.replace(names, tables))]
        self.assertAlmostEqual(energies[0], energies[1], places=9)
        for old, new, message in [
            ("[1, 2, 3, 0]]", "[1, 2, 3, 3]]", "symmetries[3]: is no permutation of the 4 sites"),
            ("[1, 1, 1, 1]", "[1, 1]", "has 2 real and 2 imaginary parts; accepted: 4, one per element"),
            ("spin: 0,", "beta: [0.1],", "beta and beta_weights are given together or not at all"),
            ("spin: 0,", "beta: [0.1], beta_weights: [1, 2],", "has 2 numbers for 1 angles"),
            ("spin: 0,", "n_symm: 3,", "3 does not fit symmetries, which has 4 entries"),
            ("spin: 0,", "symmetry_signs: [[1, 1, 1, 1]],", "accepted: 4 lists of 4 signs"),
        ]:
            with self.subTest(message):
                self.refused(HUBBARD.replace(names, tables.replace(old, new)), message)

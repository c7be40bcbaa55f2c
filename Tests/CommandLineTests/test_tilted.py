"""Clusters that vectors span: sites and bonds, exact energies, symmetries, projections, what is refused."""

import json
import os
import sys
import unittest

from support import CommandLineTest, mpirun

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "Resources"))
import tilted_clusters  # noqa: E402

SQUARE, TRIANGULAR = [(1, 0), (0, 1)], [(1, 0), (0, 1), (-1, 1)]
# Of Resources/tilted_clusters.py, which makes them from the geometry alone.
ENERGIES = [
    ("square", [[3, 1], [-1, 3]], -7.300068072058), ("square", [[2, 2], [-2, 2]], -6.0),
    ("square", [[4, 2], [-2, 3]], -9.959083985317), ("triangular", [[2, 2], [-2, 4]], -7.323961625255),
]
LARGE = ("square", [[3, 3], [-3, 3]], -12.491747697440)


class TiltedTests(CommandLineTest):
    def configuration(self, kind, vectors, hamiltonian="{type: heisenberg, units: spin}", rest=""):
        self.write(
            "config.yaml", f"lattice: {{type: {kind}, vectors: {vectors}}}\nhamiltonian: {hamiltonian}\n" + rest)

    def check(self, *options):
        return json.loads(self.run_well("check", "config.yaml", "--json", *options).stdout)

    def test_exact_energies_are_those_of_the_geometry(self):
        for ranks, clusters in [(None, ENERGIES), (2 if mpirun() else None, [LARGE])]:
            for kind, vectors, energy in clusters:
                with self.subTest(kind=kind, vectors=vectors):
                    self.configuration(kind, vectors, rest="sampler: {total_sz: 0}\n")
                    report = json.loads(
                        self.run_well("exact", "config.yaml", "--json", ranks=ranks, timeout=600).stdout)
                    self.assertAlmostEqual(report["energies"][0], energy, delta=1e-9)

    def test_sites_and_bonds_are_those_of_the_geometry(self):
        for kind, vectors, _ in ENERGIES + [LARGE]:
            with self.subTest(kind=kind, vectors=vectors):
                self.configuration(kind, vectors, rest="ansatz: {type: jastrow}\nsampler: {total_sz: 0, samples: 64}\n")
                lattice = self.check()["lattice"]
                steps = SQUARE if kind == "square" else TRIANGULAR
                sites, pairs = tilted_clusters.bonds(vectors, steps)
                self.assertEqual(len(lattice["positions"]), sites)
                self.assertEqual(lattice["positions"][0], [0, 0])
                self.assertEqual(len(lattice["edges"]), len(pairs))
                # Every site has as many bonds as in the other numbering, and is as far from its neighbours.
                self.assertEqual(self.degrees(lattice["edges"], sites), self.degrees(pairs, sites))

    @staticmethod
    def degrees(pairs, sites):
        return sorted(sum(site in pair for pair in pairs) for site in range(sites))

    def test_the_hamiltonian_has_the_symmetries_of_the_cluster(self):
        # The square of 10 sites has rotations and no reflections, that of 18 both; a parallelogram has half-turns.
        for kind, vectors, order in [
            ("square", [[3, 1], [-1, 3]], 4), ("square", [[3, 3], [-3, 3]], 8), ("square", [[4, 2], [-2, 3]], 2),
            ("triangular", [[2, 2], [-2, 4]], 12),
        ]:
            with self.subTest(vectors=vectors):
                self.configuration(kind, vectors, rest="ansatz: {type: jastrow}\nsampler: {total_sz: 0, samples: 64}\n")
                symmetries = self.check()["symmetries"]
                sites = abs(vectors[0][0] * vectors[1][1] - vectors[0][1] * vectors[1][0])
                self.assertEqual(symmetries["translation"], {"order": sites, "hamiltonian_is_invariant": True})
                self.assertEqual(symmetries["point_group"], {"order": order, "hamiltonian_is_invariant": True})
                self.assertEqual(
                    symmetries["space_group"], {"order": order * sites, "hamiltonian_is_invariant": True})

    def test_projections_reach_the_exact_level_of_their_sector(self):
        # In the sector of a momentum the energy of a summed state is never below its lowest level, and a trained one is close.
        sign = "{type: heisenberg, sign_rule: true}"
        for ansatz in ["{type: symmetrised, group: space_group, ansatz: {type: rbm, alpha: 1}}",
                       "{type: gcnn, group: space_group, n_layers: 1, features: 2}", "{type: rbm_symm, features: 1}"]:
            with self.subTest(ansatz):
                self.configuration(
                    "square", [[2, 2], [-2, 2]], sign,
                    f"ansatz: {ansatz}\nsampler: {{total_sz: 0, rule: full_sum}}\nrun: {{steps: 60}}\n")
                self.run_well("run", "config.yaml", "--output", "out" + str(abs(hash(ansatz))), timeout=300)
                energy = self.summary("out" + str(abs(hash(ansatz))))["energy"]["mean"][0]
                self.assertGreater(energy, -24 - 1e-9)
                self.assertLess(energy, -23.5)

    def test_momenta_of_a_projection(self):
        # All momenta of the cyclic group of 10 translations are m times one vector's reciprocal: [m, 0] reaches them all.
        self.configuration(
            "square", [[3, 1], [-1, 3]], rest="ansatz: {type: symmetrised, group: translation, momentum: [1, 0], "
            "ansatz: {type: rbm, dtype: complex128}}\nsampler: {total_sz: 0, samples: 64}\n")
        report = self.check()
        self.assertTrue(report["passed"])
        characters = [complex(*pair) for pair in report["symmetries"]["network"]["characters"]]
        self.assertEqual(len(characters), 10)
        for value in characters:
            self.assertAlmostEqual(abs(value), 1, places=12)
            self.assertAlmostEqual(abs(value ** 10 - 1), 0, places=10)
        self.assertAlmostEqual(abs(sum(characters)), 0, places=10)

    def test_observables_by_displacement_and_momentum(self):
        self.configuration("square", [[3, 1], [-1, 3]], rest="sampler: {total_sz: 0}\n")
        self.write("observables.yaml", "correlations: {average: displacement}\nstructure_factor: {}\n")
        report = json.loads(
            self.run_well("exact", "config.yaml", "--observables", "observables.yaml", "--json").stdout)
        level = report["observables"][0]
        correlations = {tuple(entry["displacement"]): entry for entry in level["correlations"]}
        # Neighbours along both directions, which rotations take into each other; the energy is that of 20 bonds.
        self.assertEqual(sum(entry["pairs"] for entry in correlations.values()), 45)
        for step in [(1, 0), (0, 1)]:
            self.assertEqual(correlations[step]["pairs"], 10)
            self.assertAlmostEqual(15 * correlations[step]["mean"], report["energies"][0], places=9)
        # The sum over all momenta is that of the squares on the sites.
        factors = level["structure_factor"]
        self.assertEqual(len(factors), 10)
        self.assertAlmostEqual(sum(entry["mean"] for entry in factors), 10, places=9)
        values = {tuple(round(10 * k) for k in entry["momentum"]): entry["mean"] for entry in factors}
        # A quarter turn takes k = (1, 7)/10 to (-7, 1)/10.
        self.assertAlmostEqual(values[(1, 7)], values[(3, 1)], places=9)
        self.write("observables.yaml", "structure_factor: {momenta: [[0.5, 0.25]]}\n")
        process = self.run_program("exact", "config.yaml", "--observables", "observables.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("is not a momentum of the period [3, 1]: their product is 1.75", process.stderr)

    def test_what_a_cluster_cannot_be_and_have(self):
        heisenberg, rest = "{type: heisenberg}", "ansatz: {type: rbm}\n"
        for message, lattice, others in [
            ("lattice.vectors: the vectors [[1, 2], [2, 4]] span nothing: they are linearly dependent",
             "{type: square, vectors: [[1, 2], [2, 4]]}", rest),
            ("lattice.vectors: stands in place of extent; accepted: one of the two",
             "{type: square, extent: [2, 2], vectors: [[1, 0], [0, 2]]}", rest),
            ("lattice: the key 'extent' is missing; accepted: a list of numbers of cells, or the key 'vectors'",
             "{type: square}", rest),
            ("lattice.pbc: a cluster that vectors span is periodic; accepted: true",
             "{type: square, vectors: [[2, 2], [-2, 2]], pbc: [true, false]}", rest),
            ("lattice.vectors: the vectors [[100, 0], [0, 100]] span more than 4096 cells",
             "{type: square, vectors: [[100, 0], [0, 100]]}", rest),
            ("lattice.vectors", "{type: square, vectors: [[2, 2]]}", rest),
            ("lattice.n_sites: 9 does not fit the lattice, which has 8 sites",
             "{type: square, vectors: [[2, 2], [-2, 2]], n_sites: 9}", rest),
            ("a cluster that vectors span has no rows of cells along the lattice vectors",
             "{type: square, vectors: [[2, 2], [-2, 2]]}", "ansatz: {type: cnn}\n"),
            ("a cluster that vectors span has no rows of cells along the lattice vectors",
             "{type: square, vectors: [[2, 2], [-2, 2]]}", "ansatz: {type: arnn_conv2d}\n"),
        ]:
            with self.subTest(message):
                self.write("config.yaml", f"lattice: {lattice}\nhamiltonian: {heisenberg}\n{others}")
                process = self.run_program("check", "config.yaml")
                self.assertEqual(process.returncode, 2, process.stdout)
                self.assertIn(message, process.stderr)


if __name__ == "__main__":
    unittest.main()

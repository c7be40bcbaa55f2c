"""Lattices so small that bonds of the infinite lattice are missing or meet."""

import json
import unittest

from support import CommandLineTest

J1J2 = "lattice: {type: %s, extent: %s, pbc: %s}\nhamiltonian: {type: j1j2, J1: 1.0, J2: 0.4}\n"


class SmallLatticeTests(CommandLineTest):
    def exact(self, document):
        self.write("config.yaml", document)
        process = self.run_well("exact", "config.yaml", "--json")
        return json.loads(process.stdout)["energies"][0], process.stderr

    def test_second_neighbours_that_do_not_exist(self):
        # One row of a square lattice has no diagonals, so that J2 does nothing.
        row, notice = self.exact(J1J2 % ("square", [1, 5], "false"))
        self.assertAlmostEqual(row, -7.711545013, places=9)
        self.assertIn("config.yaml:2: hamiltonian.J2: no effect, because no two sites of this lattice are second neighbours", notice)
        for kind, extent in (("honeycomb", [1, 1]), ("cube", [1, 1, 5]), ("chain", [2])):
            with self.subTest(kind):
                self.assertIn("hamiltonian.J2: no effect", self.exact(J1J2 % (kind, extent, "false"))[1])
        # With J2 = 0, or with bonds of one's own, there is nothing to tell.
        self.assertEqual(self.exact((J1J2 % ("square", [1, 5], "false")).replace("0.4", "0"))[1], "")
        _, notice = self.exact((J1J2 % ("square", [1, 5], "false")).replace("false}", "false, edges_2: [[0, 2]]}", 1))
        self.assertEqual(notice, "")

    def test_second_neighbours_that_are_neighbours(self):
        # On a ring of three they are the same pairs: 1.4 times the triangle, whose lowest energy is -3.
        ring, notice = self.exact(J1J2 % ("chain", [3], "true"))
        self.assertAlmostEqual(ring, -3 * 1.4, places=10)
        self.assertIn("hamiltonian.J2: 3 of the 3 pairs of second neighbours are neighbours as well", notice)
        # Where periods are long enough, nothing is told: products of singlets at J2 = 1/2, -3 for every two sites.
        ring = (J1J2 % ("chain", [12], "true")).replace("0.4", "0.5") + "sampler: {total_sz: 0}\n"
        energy, notice = self.exact(ring)
        self.assertAlmostEqual(energy, -18, places=9)
        self.assertEqual(notice, "")


if __name__ == "__main__":
    unittest.main()

"""Sectors of few states on more sites than a word has bits."""

import json
import math
import unittest

from support import CommandLineTest

# One magnon on a thousand sites.
MAGNON = """\
lattice: {type: chain, extent: [1000]}
hamiltonian: {type: xxz, J: 1.0, delta: 0.7}
ansatz: {type: mlp, hidden_dims: [2]}
sampler: {total_sz: 499, rule: full_sum}
run: {steps: 0}
"""


def magnon(wave, sites=1000, delta=0.7):
    """The energy of a magnon with momentum 2 pi wave / sites."""
    return delta * sites - 4 * delta + 4 * math.cos(2 * math.pi * wave / sites)


class SmallSectorTests(CommandLineTest):
    def test_exact_energies_of_a_magnon(self):
        self.write("magnon.yaml", MAGNON)
        self.assertAlmostEqual(magnon(500), 693.2, delta=1e-10)
        for ranks in (None, 2):
            process = self.run_well("exact", "magnon.yaml", "--json", "--states", "3", ranks=ranks)
            result = json.loads(process.stdout)
            self.assertEqual((result["dimension"], result["sector"]), (1000, {"total_sz": 499}))
            for energy, wave in zip(result["energies"], (500, 499, 501)):
                self.assertAlmostEqual(energy, magnon(wave), delta=1e-9)

    def test_exact_energy_of_two_magnons_by_lanczos(self):
        # On 80 sites 3160 states; the ferromagnet's multiplet of largest spin reaches into every sector.
        self.write(
            "two.yaml",
            "lattice: {type: chain, extent: [80]}\nhamiltonian: {type: heisenberg, J: -1}\nsampler: {total_sz: 38}\n")
        for ranks in (None, 3):
            result = json.loads(self.run_well("exact", "two.yaml", "--json", ranks=ranks).stdout)
            self.assertEqual(result["dimension"], 3160)
            self.assertAlmostEqual(result["energies"][0], -80, delta=1e-8)

    def test_summed_energy_of_a_magnon(self):
        self.write("magnon.yaml", MAGNON)
        # In the rotated basis the lowest state of the sector is the uniform one: that of a network of zeros.
        uniform = ["--set", "hamiltonian.sign_rule=true", "--set", "ansatz.kernel_init={type: zeros}"]
        self.run_well("run", "magnon.yaml", "--quiet", "--output", "uniform", *uniform)
        self.assertAlmostEqual(self.summary("uniform")["energy"]["mean"][0], magnon(500), delta=1e-9)
        energies = []
        for ranks in (None, 2):
            self.run_well(
                "run", "magnon.yaml", "--quiet", "--output", f"r{ranks}", "--set", "run.steps=1", ranks=ranks)
            energies.append(self.summary(f"r{ranks}")["energy"]["mean"][0])
            self.assertTrue(magnon(500) < energies[-1] < magnon(0))
        self.assertAlmostEqual(*energies, delta=1e-8)

    def test_check_counts_the_states(self):
        self.write("magnon.yaml", MAGNON)
        for total, dimension in ((499, 1000), (-498, 499500), (0, None)):
            process = self.run_program(
                "check", "magnon.yaml", "--json", "--set", f"sampler={{total_sz: {total}}}", timeout=60)
            self.assertEqual(json.loads(process.stdout)["space"]["dimension"], dimension)


if __name__ == "__main__":
    unittest.main()

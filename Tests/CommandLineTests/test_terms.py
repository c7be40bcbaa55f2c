"""Terms by sites, alone and on top of a named model."""

import itertools
import json
import unittest

from support import CommandLineTest


def letters(sites, paulis, count):
    """The term with one character per site."""
    word = ["I"] * count
    for site, pauli in zip(sites, paulis):
        word[site] = pauli
    return "".join(word)


def strings(terms):
    """A hamiltonian of (sites, paulis, coefficient)."""
    lines = [f"    - {{sites: {sites}, paulis: {paulis}, coefficient: {value}}}" for sites, paulis, value in terms]
    return "\n".join(["  terms:", *lines, ""])


def spelt(terms, count):
    """The same with one character per site."""
    lines = [f"    - {{paulis: {letters(sites, paulis, count)}, coefficient: {value}}}" for sites, paulis, value in terms]
    return "\n".join(["  terms:", *lines, ""])


class TermTests(CommandLineTest):
    def exact(self, document, *arguments):
        self.write("config.yaml", document)
        return json.loads(self.run_well("exact", "config.yaml", "--json", *arguments).stdout)["energies"]

    def test_couplings_by_distance(self):
        """The long-range Ising chain by sites and by strings of N letters."""
        count = 12
        head = f"lattice: {{type: chain, extent: [{count}], pbc: false}}\nhamiltonian:\n  type: pauli_strings\n"
        terms = [([i, j], "ZZ", -1 / (j - i) ** 1.5) for i, j in itertools.combinations(range(count), 2)]
        terms += [([i], "X", -1.0) for i in range(count)]
        by_sites = self.exact(head + strings(terms), "--states", "3")
        by_letters = self.exact(head + spelt(terms, count), "--states", "3")
        self.assertEqual(by_sites, by_letters)
        # Both forms side by side, and sites in another order.
        mixed = spelt(terms[::2], count) + strings([(s[::-1], p, c) for s, p, c in terms[1::2]]).replace("  terms:\n", "")
        for one, other in zip(self.exact(head + mixed, "--states", "3"), by_sites):
            self.assertAlmostEqual(one, other, places=11)
        # Without the long range: free fermions.
        near = [([i, i + 1], "ZZ", -1.0) for i in range(count - 1)] + terms[-count:]
        model = self.exact(f"lattice: {{type: chain, extent: [{count}], pbc: false}}\nhamiltonian: {{type: ising, J: -1}}\n")
        self.assertAlmostEqual(self.exact(head + strings(near))[0], model[0], places=10)

    def test_terms_on_top_of_every_model(self):
        count = 6
        lattice = f"lattice: {{type: chain, extent: [{count}]}}\n"
        ring = [[i, (i + 1) % count] for i in range(count)]
        second = [[i, (i + 2) % count] for i in range(count)]

        def exchange(bonds, coupling, delta=1.0):
            return [(bond, pauli + pauli, coupling * (delta if pauli == "Z" else 1)) for bond in bonds for pauli in "XYZ"]

        models = {
            "ising, J: 0.7, h: 0.4": [(b, "ZZ", 0.7) for b in ring] + [([i], "X", -0.4) for i in range(count)],
            "heisenberg, J: 0.7": exchange(ring, 0.7),
            "xxz, J: 0.7, delta: 0.3": exchange(ring, 0.7, 0.3),
            "j1j2, J1: 0.7, J2: 0.2": exchange(ring, 0.7) + exchange(second, 0.2),
        }
        # A field on one site, a Dzyaloshinskii-Moriya coupling, a product of three, each without symmetry.
        added = [([2], "X", 0.3), ([1], "Y", -0.2), ([5, 4], "XY", 0.6), ([5, 4], "YX", -0.6), ([0, 1, 3], "ZXZ", 0.5)]
        for model, terms in models.items():
            with self.subTest(model):
                head = lattice + f"hamiltonian:\n  type: {model.split(',')[0]}\n"
                head += "".join(f"  {key.strip()}\n" for key in model.split(",")[1:])
                found = self.exact(head + strings(added), "--states", "4")
                expected = self.exact(
                    lattice + "hamiltonian:\n  type: pauli_strings\n" + strings(terms + added), "--states", "4")
                for one, other in zip(found, expected):
                    self.assertAlmostEqual(one, other, places=10)
                if "ising" not in model:
                    # The sign rule rotates the terms with the model: the spectrum stays.
                    turned = self.exact(head + "  sign_rule: true\n" + strings(added), "--states", "4")
                    for one, other in zip(turned, expected):
                        self.assertAlmostEqual(one, other, places=10)

    def test_observables_follow_the_sign_rule(self):
        """A state is measured in the basis before the rotation, operators by sites and by letters alike."""
        head = "lattice: {type: chain, extent: [4], pbc: false}\nhamiltonian:\n  type: heisenberg\n  sign_rule: true\n"
        head += strings([([0], "X", -0.4), ([3], "Y", 0.3)])
        head += "ansatz: {type: rbm, dtype: complex128}\nsampler: {rule: full_sum}\nrun: {steps: 60, seed: 2}\n"
        self.write("config.yaml", head)
        self.run_well("run", "config.yaml", "--output", "run", "--quiet")
        operators = {
            "bond": [([0, 1], "XX", 1.0), ([0, 1], "YY", 1.0), ([0, 1], "ZZ", 1.0)],
            "middle": [([2, 1], "XX", 1.0), ([1, 2], "YY", 1.0), ([1, 2], "ZZ", 1.0)],
            "last": [([2, 3], pauli + pauli, 1.0) for pauli in "XYZ"],
            "fields": [([0], "X", -0.4), ([3], "Y", 0.3)],
        }
        text = "pauli_strings:\n  operators:\n"
        for name, terms in operators.items():
            for suffix, written in (("", strings(terms)), ("_letters", spelt(terms, 4))):
                text += f"  - name: {name}{suffix}\n" + written.replace("  terms", "    terms").replace("    -", "      -")
        self.write("observables.yaml", text)
        result = json.loads(self.run_well("evaluate", "run", "--observables", "observables.yaml", "--json").stdout)
        mean = {one["name"]: one["mean"] for one in result["pauli_strings"]}
        for name in operators:
            self.assertEqual(mean[name], mean[name + "_letters"])
        self.assertAlmostEqual(sum(mean[name] for name in operators), result["energy"]["mean"], places=10)
        # The ferromagnetic sign would be on the other side of zero.
        self.assertLess(mean["bond"], -1)

    def test_what_does_not_fit(self):
        head = "lattice: {type: chain, extent: [4]}\nhamiltonian: {type: %s, terms: [%s]}\nansatz: {type: rbm}\n"
        for model, term, message in [
            ("ising", "{sites: [0, 4], paulis: ZZ}", "terms[0].sites: site 4 is not one of 0 to 3"),
            ("ising", "{sites: [1, 1], paulis: ZZ}", "terms[0].sites: site 1 stands twice in it"),
            ("pauli_strings", "{paulis: XIII}, {sites: [1, 2, 1], paulis: ZXZ}", "terms[1].sites: site 1 stands twice in it"),
            ("ising", "{sites: [0, 1], paulis: Z}", "terms[0].paulis: has 1 letters for 2 sites; accepted: one for each of 'sites'"),
            ("heisenberg", "{paulis: ZZ}", "terms[0].paulis: has 2 letters for 4 sites; accepted: one per site"),
            ("xxz", "{sites: [0, 1], paulis: ZQ}", "terms[0].paulis: unknown letter 'Q'"),
            ("ising", "{sites: [], paulis: Z}", "terms[0].sites: found a list of 0"),
            ("ising", "{sites: [-1], paulis: Z}", "terms[0].sites[0]: found the integer -1"),
            ("ising", "{sites: [0]}", "terms[0]: the key 'paulis' is missing"),
            ("ising", "{sites: [0], paulis: X, coefficient: [0, 1]}", "hamiltonian.terms: the sum is not Hermitian"),
        ]:
            with self.subTest(term):
                self.write("config.yaml", head % (model, term))
                process = self.run_program("exact", "config.yaml")
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn(f"config.yaml:2: hamiltonian.{message}".replace("hamiltonian.hamiltonian", "hamiltonian"), process.stderr)
        # A triangle is no rotation of the basis, so that terms cannot follow it; products of Z need not.
        triangle = (head % ("heisenberg, sign_rule: true", "%s")).replace("[4]", "[3]")
        self.write("config.yaml", triangle % "{sites: [0], paulis: X}")
        process = self.run_program("exact", "config.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("hamiltonian.terms: the bonds do not allow the rotation", process.stderr)
        self.write("config.yaml", triangle % "{sites: [0, 2], paulis: ZZ}")
        self.run_well("exact", "config.yaml")
        # A term that turns a spin leaves the sector.
        self.write("config.yaml", head % ("heisenberg", "{sites: [0], paulis: X}") + "sampler: {total_sz: 0}\n")
        process = self.run_program("exact", "config.yaml")
        self.assertIn("sampler.total_sz: the hamiltonian (type 'heisenberg' with its terms)", process.stderr)


if __name__ == "__main__":
    unittest.main()

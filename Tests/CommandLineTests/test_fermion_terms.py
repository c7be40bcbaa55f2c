"""Products of fermion operators on top of models with a name, and operators by sites and spins."""

import itertools
import json
import unittest

from support import CommandLineTest

HEAD = """\
lattice: {{type: chain, extent: [4]}}
hilbert: {{type: fermions, {numbers}}}
hamiltonian: {hamiltonian}
"""
ELECTRONS = "n_up: 2, n_down: 1"
BONDS = [(0, 1), (1, 2), (2, 3), (0, 3)]


def conjugates(terms):
    """Every term beside its conjugate; what is diagonal once."""
    result = []
    for text, coefficient in terms:
        factors = text.split()
        adjoint = " ".join(f[:-1] if f.endswith("^") else f + "^" for f in reversed(factors))
        result.append((text, coefficient))
        if adjoint != text:
            result.append((adjoint, coefficient.conjugate() if isinstance(coefficient, complex) else coefficient))
    return result


def written(terms):
    def number(c):
        return f"[{c.real}, {c.imag}]" if isinstance(c, complex) else str(c)

    return "[" + ", ".join(f"{{operators: '{text}', coefficient: {number(c)}}}" for text, c in terms) + "]"


def by_modes(text, sites=4):
    """The same product by numbers of modes."""
    result = []
    for factor in text.split():
        creates = factor.endswith("^")
        name = factor.rstrip("^")
        for spin, offset in [("up", 0), ("down", sites)]:
            if name.endswith(spin):
                name = str(int(name[: -len(spin)]) + offset)
        result.append(name + ("^" if creates else ""))
    return " ".join(result)


class FermionTermTests(CommandLineTest):
    def exact(self, hamiltonian, numbers=ELECTRONS):
        self.write("config.yaml", HEAD.format(numbers=numbers, hamiltonian=hamiltonian))
        return json.loads(self.run_well("exact", "config.yaml", "--states", "4", "--json").stdout)["energies"]

    def equal(self, first, second):
        for one, other in zip(first, second):
            self.assertAlmostEqual(one, other, delta=1e-10)

    def test_a_model_with_terms_is_the_sum_of_all_its_products(self):
        hops = [(f"{i}{s}^ {j}{s}", -1.0) for s in ["up", "down"] for i, j in BONDS]
        doublons = [(f"{i}up^ {i}up {i}down^ {i}down", 4.0) for i in range(4)]
        added = [
            ("0up^ 2up", -0.3 + 0.2j), ("1down^ 1down", 0.7), ("0up^ 1down^ 1up 0down", 0.5),
            ("2up^ 2up 3down^ 3down", -0.9),
        ]
        all_products = conjugates(hops) + doublons + conjugates(added)
        model = f"{{type: hubbard, U: 4, terms: {written(conjugates(added))}}}"
        by_sites = self.exact(f"{{type: fermion_strings, terms: {written(all_products)}}}")
        self.equal(self.exact(model), by_sites)
        modes = [(by_modes(text), c) for text, c in all_products]
        self.equal(self.exact(f"{{type: fermion_strings, terms: {written(modes)}}}"), by_sites)
        self.assertNotAlmostEqual(self.exact("{type: hubbard, U: 4}")[0], by_sites[0], places=3)

    def test_a_hop_on_top_of_free_spinless_fermions(self):
        # One fermion on a ring of four sites and both diagonals: the complete graph, -3t and t three times.
        added = written(conjugates([("0^ 2", -1.0), ("1^ 3", -1.0)]))
        self.equal(self.exact(f"{{type: t_v, V: 0, terms: {added}}}", "spinful: false, n: 1"), [-3, 1, 1, 1])
        # Two: sums of two levels.
        levels = [-3, 1, 1, 1]
        expected = sorted(sum(pair) for pair in itertools.combinations(levels, 2))
        self.equal(self.exact(f"{{type: t_v, V: 0, terms: {added}}}", "spinful: false, n: 2"), expected)

    def test_fields_on_sites_are_chemical_potentials(self):
        for model, numbers in [("hubbard, U: 3", ELECTRONS), ("t_v", "spinful: false, n: 2")]:
            with self.subTest(model):
                spins = ["up", "down"] if "hubbard" in model else [""]
                field = written([(f"{i}{s}^ {i}{s}", -0.3 * i) for i in range(4) for s in spins])
                self.equal(
                    self.exact(f"{{type: {model}, terms: {field}}}", numbers),
                    self.exact(f"{{type: {model}, mu: [0, 0.3, 0.6, 0.9]}}", numbers))

    def test_terms_of_t_j_keep_to_single_occupation(self):
        # A spin flip of second neighbours, S_i.S_j - n_i n_j/4, in products of electrons.
        added = []
        for i, j in [(0, 2), (1, 3)]:
            added += conjugates([(f"{i}up^ {i}down {j}down^ {j}up", 0.25)])
            added += [
                (f"{i}{s}^ {i}{s} {j}{r}^ {j}{r}", (0.125 if s == r else -0.125) - 0.125)
                for s in ["up", "down"] for r in ["up", "down"]]
        with_terms = self.exact(f"{{type: t_j, J: 0.4, terms: {written(added)}}}", "n_up: 2, n_down: 2")
        # No hole: the Heisenberg model with J1 = 0.4, J2 = 0.5, less the constants of its bonds.
        self.write("spins.yaml", """\
lattice: {type: chain, extent: [4]}
hamiltonian: {type: j1j2, J1: 0.4, J2: 0.5, units: spin}
sampler: {total_sz: 0}
""")
        spins = json.loads(self.run_well("exact", "spins.yaml", "--states", "4", "--json").stdout)["energies"]
        constant = 4 * 0.4 / 4 + 2 * 0.5 / 4
        self.equal(with_terms, [energy - constant for energy in spins])

    def test_a_run_and_an_evaluation_with_terms(self):
        terms = written(conjugates([("0up^ 2up", -0.4)]))
        self.write("config.yaml", HEAD.format(
            numbers=ELECTRONS, hamiltonian=f"{{type: hubbard, U: 4, terms: {terms}}}") + """\
ansatz: [{type: slater}, {type: jastrow}]
sampler: {rule: full_sum}
run: {steps: 3}
""")
        self.run_well("run", "config.yaml")
        observables = {"fermion_strings": {"operators": [
            {"name": "sites", "terms": [{"operators": "0up^ 2up"}, {"operators": "2up^ 0up"}]},
            {"name": "modes", "terms": [{"operators": "0^ 2"}, {"operators": "2^ 0"}]},
            {"name": "down", "terms": [{"operators": "3down^ 3down"}]},
            {"name": "seven", "terms": [{"operators": "7^ 7"}]}]}}
        self.write("observables.yaml", json.dumps(observables))
        report = json.loads(
            self.run_well("evaluate", "config", "--observables", "observables.yaml", "--json").stdout)
        values = {entry["name"]: entry["mean"] for entry in report["fermion_strings"]}
        self.assertEqual(values["sites"], values["modes"])
        self.assertEqual(values["down"], values["seven"])

    def test_what_is_wrong_with_terms(self):
        for message, terms, model, numbers in [
            ("hamiltonian.terms: the sum is not Hermitian; accepted: beside every product its conjugate",
             "[{operators: 0up^ 2up}]", "hubbard", ELECTRONS),
            ("hamiltonian.terms[0].operators: site 4 is not one of the sites 0 to 3",
             "[{operators: 4up^ 4up}]", "hubbard", ELECTRONS),
            ("hamiltonian.terms[1].operators: mode 8 is not one of the modes 0 to 7",
             "[{operators: 0^ 0}, {operators: 8^ 8}]", "hubbard", ELECTRONS),
            ("hamiltonian.terms[0].operators: '1up^' names a spin, and these fermions have none",
             "[{operators: 1up^ 1up}]", "t_v", "spinful: false, n: 1"),
            ("unknown operator 'up^' in 'up^ 1'; known: the number of a mode, or a site with its spin (3up, 3down)",
             "[{operators: up^ 1}]", "hubbard", ELECTRONS),
            ("hamiltonian: the hamiltonian does not conserve what the block hilbert fixes",
             "[{operators: 0up^ 0down}, {operators: 0down^ 0up}]", "hubbard", ELECTRONS),
            ("hamiltonian.terms[0].sites: unknown key (known: operators, coefficient)",
             "[{sites: [0, 1], paulis: ZZ}]", "hubbard", ELECTRONS),
        ]:
            with self.subTest(message):
                self.write("config.yaml", HEAD.format(
                    numbers=numbers, hamiltonian=f"{{type: {model}, terms: {terms}}}"))
                process = self.run_program("exact", "config.yaml")
                self.assertEqual(process.returncode, 2, process.stdout)
                self.assertIn(message, process.stderr)


if __name__ == "__main__":
    unittest.main()

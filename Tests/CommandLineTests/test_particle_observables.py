"""Observables of electrons, bosons, spinless fermions and spins above 1/2: in states of runs and in exact levels."""

import cmath
import itertools
import json
import math
import os
import shutil
import unittest

from support import ROOT, CommandLineTest

EVERYTHING = """\
magnetisation: {patterns: [uniform, staggered, site]}
density: {components: [n, up, down, double_occupancy], patterns: [uniform, site]}
correlations: {components: [nn, zz, ss], average: displacement}
structure_factor: {components: [nn, zz, ss]}
one_body: {components: [up, down, total], parts: [real, imaginary]}
momentum_distribution: {components: [up, down, total]}
pairing: {components: [s, extended_s, d]}
"""

# Closed shells, so that the ground state is one determinant; symmetries make it vanish in some states.
FREE = """\
lattice: {type: square, extent: [3, 3], pbc: true}
hilbert: {type: fermions, n_up: 5, n_down: 1}
hamiltonian: {type: hubbard, t: 1, U: 0}
ansatz: {type: slater, orbitals_from: free}
sampler: {rule: full_sum}
sr: {solver: cholesky, diag_shift: 1.0e-8}
optimiser: {learning_rate: 0.25}
run: {steps: 40, seed: 3}
"""

HUBBARD = """\
lattice: {type: square, extent: [2, 2], pbc: true}
hilbert: {type: fermions, n_up: 2, n_down: 1}
hamiltonian: {type: hubbard, t: 1, U: 4}
ansatz: [{type: slater}, {type: mlp, hidden_dims: [6], dtype: complex128}]
sampler: {rule: full_sum}
run: {steps: 0, seed: 5}
"""


class WickReference:
    """Expectation values of FREE from its occupied plane waves alone."""

    size = 3
    sites = [(x, y) for x in range(3) for y in range(3)]

    def __init__(self):
        occupied = {"up": [(0, 0), (0, 1), (0, 2), (1, 0), (2, 0)], "down": [(0, 0)]}
        self.g = {
            spin: {
                (a, b): sum(cmath.exp(-2j * math.pi * sum(q * (r - s) for q, r, s in zip(k, a, b)) / 3) for k in waves).real / 9
                for a in self.sites for b in self.sites}
            for spin, waves in occupied.items()}
        self.occupied = occupied

    def shifted(self, site, cells):
        return tuple((x + d) % 3 for x, d in zip(site, cells))

    def mean(self, body, cells):
        return sum(body(a, self.shifted(a, cells)) for a in self.sites) / 9

    def density(self, a, b, signs):
        """<(n_up + s n_down)_a (n_up + s n_down)_b> with the signs of up and down."""
        total = 0.0
        for one, first in signs.items():
            for other, second in signs.items():
                value = self.g[one][a, a] * self.g[other][b, b]
                if one == other:
                    value += self.g[one][a, b] * ((a == b) - self.g[one][b, a])
                total += first * second * value
        return total

    def nn(self, a, b):
        return self.density(a, b, {"up": 1, "down": 1})

    def zz(self, a, b):
        return self.density(a, b, {"up": 0.5, "down": -0.5})

    def ss(self, a, b):
        up, down = self.g["up"], self.g["down"]
        one = up[a, b] * ((a == b) - down[b, a])
        other = down[a, b] * ((a == b) - up[b, a])
        return self.zz(a, b) + (one + other) / 2

    def pairing(self, a, b, form):
        """1/2 sum f f' <(c+_{a+d,down} c+_{a,up} - c+_{a+d,up} c+_{a,down}) (c_{b,up} c_{b+d',down} - c_{b,down} c_{b+d',up})>."""
        up, down = self.g["up"], self.g["down"]
        total = 0.0
        for d, f in form:
            for e, h in form:
                p, q = self.shifted(a, d), self.shifted(b, e)
                total += f * h / 2 * (
                    up[a, b] * down[p, q] + up[a, q] * down[p, b] + up[p, b] * down[a, q] + up[p, q] * down[a, b])
        return total

    def nodes(self):
        """In how many states of the electrons with spin up the determinant of real waves vanishes."""
        def wave(k, site):
            angle = 2 * math.pi * sum(q * r for q, r in zip(k, site)) / 3
            return [math.cos(angle), math.sin(angle)]

        rows = [[1.0] + wave((1, 0), site) + wave((0, 1), site) for site in self.sites]

        def determinant(matrix):
            if len(matrix) == 1:
                return matrix[0][0]
            return sum(
                (-1) ** i * row[0] * determinant([other[1:] for j, other in enumerate(matrix) if j != i])
                for i, row in enumerate(matrix))

        return sum(abs(determinant(list(subset))) < 1e-12 for subset in itertools.combinations(rows, 5))

    forms = {
        "s": [((0, 0), math.sqrt(0.5))],
        "extended_s": [((1, 0), 1), ((2, 0), 1), ((0, 1), 1), ((0, 2), 1)],
        "d": [((1, 0), 1), ((2, 0), 1), ((0, 1), -1), ((0, 2), -1)],
    }


class ParticleObservablesTest(CommandLineTest):
    def evaluated(self, text, *arguments, observables=EVERYTHING, statuses=(0,), ranks=None):
        shutil.rmtree(os.path.join(self.directory, "run"), ignore_errors=True)
        self.write("run.yaml", text)
        self.write("observables.yaml", observables)
        self.run_well("run", "run.yaml", "--output", "run", "--quiet")
        process = self.run_program(
            "evaluate", "run", "--observables", "observables.yaml", "--json", *arguments, ranks=ranks, timeout=600)
        self.assertIn(process.returncode, statuses, process.stderr)
        return json.loads(process.stdout)

    def exact(self, text, *arguments, observables=EVERYTHING, ranks=None):
        self.write("exact.yaml", text)
        self.write("observables.yaml", observables)
        process = self.run_program(
            "exact", "exact.yaml", "--observables", "observables.yaml", "--json", *arguments, ranks=ranks)
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)

    def one(self, result, block, **labels):
        found = [entry for entry in result[block] if all(entry.get(key) == value for key, value in labels.items())]
        self.assertEqual(len(found), 1, (block, labels))
        return found[0]["mean"]

    def assert_equal_values(self, one, other, places=10):
        """The same quantities with the same means."""
        compared = 0
        for block, entries in other.items():
            if isinstance(entries, list) and entries and isinstance(entries[0], dict):
                self.assertEqual([entry["text"] for entry in one[block]], [entry["text"] for entry in entries])
                for mine, reference in zip(one[block], entries):
                    self.assertAlmostEqual(mine["mean"], reference["mean"], places=places, msg=mine["text"])
                    compared += 1
        self.assertGreater(compared, 0)

    def assert_wick(self, result):
        wick = WickReference()
        for entry in result["correlations"]:
            expected = wick.mean(getattr(wick, entry["component"]), entry["displacement"])
            self.assertAlmostEqual(entry["mean"], expected, places=10, msg=entry["text"])
        for entry in result["structure_factor"]:
            expected = sum(
                wick.mean(getattr(wick, entry["component"]), cells)
                * math.cos(2 * math.pi * sum(k * d for k, d in zip(entry["momentum"], cells))) for cells in wick.sites)
            self.assertAlmostEqual(entry["mean"], expected, places=10, msg=entry["text"])
        for entry in result["one_body"]:
            spins = ["up", "down"] if entry["component"] == "total" else [entry["component"]]
            expected = sum(wick.mean(lambda a, b: wick.g[spin][a, b], entry["displacement"]) for spin in spins)
            self.assertAlmostEqual(entry["mean"], expected if entry["part"] == "real" else 0, places=10, msg=entry["text"])
        for entry in result["momentum_distribution"]:
            spins = ["up", "down"] if entry["component"] == "total" else [entry["component"]]
            k = tuple(round(3 * q) for q in entry["momentum"])
            self.assertAlmostEqual(entry["mean"], sum(k in wick.occupied[spin] for spin in spins), places=10)
        for entry in result["pairing"]:
            form = wick.forms[entry["component"]]
            expected = wick.mean(lambda a, b: wick.pairing(a, b, form), entry["displacement"])
            self.assertAlmostEqual(entry["mean"], expected, places=10, msg=entry["text"])
        up, down = 5 / 9, 1 / 9
        for site in range(9):
            for component, expected in (
                    ("n", up + down), ("up", up), ("down", down), ("double_occupancy", up * down)):
                self.assertAlmostEqual(
                    self.one(result, "density", component=component, site=site, pattern="site"), expected, places=10)
            self.assertAlmostEqual(
                self.one(result, "magnetisation", pattern="site", site=site), (up - down) / 2, places=10)


class ValueTests(ParticleObservablesTest):
    # A square of odd extent has no sublattices.
    WITHOUT_STAGGERED = EVERYTHING.replace("staggered, ", "")

    def test_a_determinant_with_nodes_follows_wicks_theorem(self):
        self.assertGreater(WickReference().nodes(), 10)
        state = self.evaluated(FREE, observables=self.WITHOUT_STAGGERED)
        self.assertLess(state["energy"]["variance"], 1e-20)
        self.assert_wick(state)

    def test_exact_levels_of_free_fermions_follow_wicks_theorem(self):
        result = self.exact(FREE, observables=self.WITHOUT_STAGGERED)
        self.assertEqual(set(result), {"energies", "dimension", "sector", "observables"})
        self.assertEqual(len(result["observables"]), 1)
        level = result["observables"][0]
        self.assertEqual((level["level"], level["degenerate_with"]), (0, []))
        self.assertAlmostEqual(level["energy"], result["energies"][0], places=10)
        self.assert_wick(level)

    def test_pairs_and_exchange_are_products_of_operators(self):
        """Against the same operators written as strings, in a complex state without symmetries."""
        n = 4
        neighbours = {0: [1, 2], 1: [0, 3], 2: [0, 3], 3: [1, 2]}

        def form(site, component):
            if component == "s":
                return [(site, math.sqrt(0.5))]
            along_first = {0: 2, 1: 3, 2: 0, 3: 1}
            return [(j, -1 if component == "d" and along_first[site] != j else 1) for j in neighbours[site]]

        def pair(site, component):
            """Delta of a site as (coefficient, modes)."""
            terms = []
            for j, f in form(site, component):
                terms += [(f / math.sqrt(2), (site, n + j)), (-f / math.sqrt(2), (n + site, j))]
            return terms

        strings, expected = [], {}
        for component in ("s", "extended_s", "d"):
            for i, j in ((0, 0), (0, 1), (1, 2), (0, 3)):
                terms = []
                for a, (first, second) in pair(i, component):
                    for b, (third, fourth) in pair(j, component):
                        terms.append({"operators": f"{second}^ {first}^ {third} {fourth}", "coefficient": a * b / 2})
                        terms.append({"operators": f"{fourth}^ {third}^ {first} {second}", "coefficient": a * b / 2})
                strings.append({"name": f"{component} {i} {j}", "terms": terms})
                expected[component, i, j] = f"{component} {i} {j}"
        observables = json.dumps({
            "fermion_strings": {"operators": strings},
            "pairing": {"components": ["s", "extended_s", "d"], "average": "pair"},
        })
        result = self.evaluated(HUBBARD, observables=observables)
        self.assertGreater(result["energy"]["variance"], 1e-3)
        for (component, i, j), name in expected.items():
            self.assertAlmostEqual(
                self.one(result, "pairing", component=component, sites=[i, j]),
                self.one(result, "fermion_strings", name=name), places=11, msg=name)
        # On one site Delta+ Delta counts double occupancies.
        whole = self.evaluated(HUBBARD)
        self.assertAlmostEqual(
            self.one(whole, "pairing", component="s", displacement=[0, 0]),
            self.one(whole, "density", component="double_occupancy", pattern="uniform", moment="mean"), places=12)

    def test_relations_of_exact_ground_states(self):
        chain = """\
lattice: {type: chain, extent: [6], pbc: true}
hilbert: {type: fermions, n_up: 3, n_down: 3}
hamiltonian: {type: hubbard, t: 1, U: 4}
"""
        everything = EVERYTHING.replace(", d]", "]")
        result = self.exact(chain, "--states", "2", observables=everything)
        self.assertEqual([level["level"] for level in result["observables"]], [0, 1])
        level = result["observables"][0]
        hops = sum(self.one(level, "one_body", component=s, part="real", displacement=[1]) for s in ("up", "down"))
        double = self.one(level, "density", component="double_occupancy", moment="mean", pattern="uniform")
        self.assertAlmostEqual(-2 * 6 * hops + 4 * 6 * double, result["energies"][0], places=9)
        for spin in ("up", "down"):
            total = sum(entry["mean"] for entry in level["momentum_distribution"] if entry["component"] == spin)
            self.assertAlmostEqual(total, 3, places=10)
        self.assertAlmostEqual(self.one(level, "density", component="n", moment="mean", pattern="uniform"), 1, places=12)
        # A singlet: no moment in any direction.
        for component in ("zz", "ss"):
            self.assertAlmostEqual(self.one(level, "structure_factor", component=component, momentum=[0.0]), 0, places=9)
        self.assertAlmostEqual(self.one(level, "structure_factor", component="nn", momentum=[0.0]), 6, places=9)
        for entry in level["correlations"]:
            if entry["component"] == "ss":
                other = self.one(level, "correlations", component="zz", displacement=entry["displacement"])
                self.assertAlmostEqual(entry["mean"], 3 * other, places=9)
        for ranks in (2, 3):
            parallel = self.exact(chain, "--states", "2", observables=everything, ranks=ranks)
            self.assert_equal_values(parallel["observables"][0], level, places=9)

    def test_other_spaces(self):
        spins = """\
lattice: {type: chain, extent: [5], pbc: true}
hilbert: {type: spin, s: 1, total_sz: 0}
hamiltonian: {type: heisenberg, J: 1.0, sign_rule: false}
"""
        result = self.exact(
            spins, observables="magnetisation: {patterns: [uniform, site]}\ncorrelations: {components: [zz, ss]}\n"
            "structure_factor: {components: [ss]}\n")
        level = result["observables"][0]
        self.assertAlmostEqual(5 * self.one(level, "correlations", component="ss", distance=1.0), result["energies"][0], places=9)
        # All momenta together count the pairs i = j: s (s + 1) each.
        self.assertAlmostEqual(sum(entry["mean"] for entry in level["structure_factor"]), 10, places=9)
        bosons = """\
lattice: {type: chain, extent: [4], pbc: true}
hilbert: {type: bosons, n_max: 3, n: 4}
hamiltonian: {type: bose_hubbard, J: 1.0, U: 3.0}
ansatz: {type: jastrow}
sampler: {rule: full_sum}
run: {steps: 0}
"""
        observables = "density: {patterns: [uniform, site]}\none_body: {}\nmomentum_distribution: {}\nstructure_factor: {}\ncorrelations: {}\n"
        result = self.exact(bosons, observables=observables)
        level = result["observables"][0]
        self.assertAlmostEqual(sum(entry["mean"] for entry in level["momentum_distribution"]), 4, places=10)
        hops = self.one(level, "one_body", displacement=[1])
        squares = sum(entry["mean"] for entry in level["structure_factor"]) / 4
        self.assertAlmostEqual(-2 * 4 * hops + 1.5 * 4 * (squares - 1), result["energies"][0], places=9)
        self.assertEqual({entry["component"] for entry in level["correlations"]}, {"nn"})
        state = self.evaluated(bosons, observables=observables)
        hops = self.one(state, "one_body", displacement=[1])
        squares = sum(entry["mean"] for entry in state["structure_factor"]) / 4
        self.assertAlmostEqual(-2 * 4 * hops + 1.5 * 4 * (squares - 1), state["energy"]["mean"], places=10)
        ring = """\
lattice: {type: chain, extent: [6], pbc: true}
hilbert: {type: fermions, spinful: false, n: 3}
hamiltonian: {type: t_v, t: 1.0, V: 2.0}
"""
        result = self.exact(
            ring, observables="correlations: {}\none_body: {}\nmomentum_distribution: {}\ndensity: {}\n"
            "fermion_strings: {operators: [{name: hop, terms: [{operators: 0^ 1}, {operators: 1^ 0}]}]}\n")
        level = result["observables"][0]
        hops = self.one(level, "one_body", displacement=[1])
        pairs = self.one(level, "correlations", distance=1.0)
        self.assertAlmostEqual(-2 * 6 * hops + 2 * 6 * pairs, result["energies"][0], places=9)
        self.assertAlmostEqual(self.one(level, "fermion_strings", name="hop"), 2 * hops, places=9)

    def test_exact_levels_of_spins_one_half(self):
        spins = "lattice: {type: chain, extent: [8], pbc: true}\nhamiltonian: {type: heisenberg, sign_rule: true}\nsampler: {total_sz: 0}\n"
        observables = "correlations: {components: [ss, xx, zz]}\nrenyi2: {subsystems: [{name: half, sites: [0, 1, 2, 3]}]}\n" \
            "pauli_strings: {operators: [{name: bond, terms: [{sites: [0, 1], paulis: XX}]}]}\n"
        result = self.exact(spins, observables=observables)
        level = result["observables"][0]
        self.assertAlmostEqual(4 * 8 * self.one(level, "correlations", component="ss", distance=1.0), result["energies"][0], places=9)
        xx = self.one(level, "correlations", component="xx", distance=1.0)
        self.assertAlmostEqual(xx, self.one(level, "correlations", component="zz", distance=1.0), places=9)
        self.assertAlmostEqual(xx, self.one(level, "pauli_strings", name="bond"), places=9)
        self.assertGreater(level["renyi2"][0]["mean"], 0)
        self.assert_equal_values(self.exact(spins, observables=observables, ranks=2)["observables"][0], level)
        # Without observables the object is what it was.
        self.write("exact.yaml", spins)
        process = self.run_well("exact", "exact.yaml", "--json")
        self.assertEqual(set(json.loads(process.stdout)), {"energies", "dimension", "sector"})

    def test_degenerate_levels_are_named(self):
        self.write("exact.yaml", HUBBARD)
        self.write("observables.yaml", "density: {}\n")
        process = self.run_well("exact", "exact.yaml", "--observables", "observables.yaml")
        self.assertIn("level 0 is degenerate with 1", process.stderr)
        self.assertIn("\nlevel 0\n", process.stdout)
        level = self.exact(HUBBARD, observables="density: {}\n")["observables"][0]
        self.assertEqual(level["degenerate_with"], [1])

    def test_samples_agree_with_the_sum_over_the_basis(self):
        summed = self.evaluated(HUBBARD)
        sampled = HUBBARD.replace("rule: full_sum", "chains: 16, samples: 256")
        found = self.evaluated(sampled, "--precision", "0.02", "--max-samples", "40000", statuses=(0, 1))
        blocks = ["magnetisation", "density", "correlations", "structure_factor", "one_body", "momentum_distribution", "pairing"]
        for block in blocks:
            self.assertEqual(len(found[block]), len(summed[block]))
            for mine, reference in zip(found[block], summed[block]):
                self.assertEqual(mine["text"], reference["text"])
                self.assertLessEqual(
                    abs(mine["mean"] - reference["mean"]), 5 * mine["error"] + 1e-12, mine)
        parallel = self.evaluated(sampled, "--precision", "0.02", "--max-samples", "40000", statuses=(0, 1), ranks=2)
        self.assert_equal_values(parallel, {block: found[block] for block in blocks}, places=9)

    def test_example(self):
        example = os.path.join(ROOT, "Examples", "observables", "hubbard-square-4x4.yaml")
        with open(example, encoding="utf-8") as file:
            observables = file.read()
        small = HUBBARD.replace("[2, 2]", "[4, 4]").replace("full_sum", "hop, chains: 4, samples: 4, discard: 1, sweep: 1")
        small = small.replace("n_up: 2, n_down: 1", "n_up: 8, n_down: 8")
        self.evaluated(small, "--max-samples", "8", observables=observables, statuses=(0, 1))


class RefusedTests(ParticleObservablesTest):
    def refused(self, configuration, observables, *words):
        self.write("exact.yaml", configuration)
        self.write("observables.yaml", observables)
        process = self.run_program("exact", "exact.yaml", "--observables", "observables.yaml")
        self.assertEqual(process.returncode, 2, process.stdout + process.stderr)
        messages = self.messages(process)
        self.assertEqual(len(messages), 1, messages)
        for word in words:
            self.assertIn(word, messages[0])
        self.assertEqual(process.stdout, "")

    def test_what_has_no_meaning_on_a_space(self):
        spinless = "lattice: {type: chain, extent: [6]}\nhilbert: {type: fermions, spinful: false, n: 3}\nhamiltonian: {type: t_v, V: 1}\n"
        chain = "lattice: {type: chain, extent: [4]}\nhilbert: {type: fermions, n_up: 2, n_down: 2}\nhamiltonian: {type: hubbard, U: 4}\n"
        spins = "lattice: {type: chain, extent: [4]}\nhilbert: {type: spin, s: 1, total_sz: 0}\nhamiltonian: {type: heisenberg, sign_rule: false}\n"
        half = "lattice: {type: chain, extent: [4]}\nhamiltonian: {type: heisenberg}\n"
        for configuration, observables, words in (
            (spinless, "energy: {}\ndensity: {components: [n, double_occupancy]}\n",
             ("observables.yaml:2", "density.components[1]", "accepted in this space: n")),
            (spinless, "magnetisation: {}\n", ("observables.yaml:1", "magnetisation", "spins and electrons")),
            (spinless, "correlations: {components: [zz]}\n", ("correlations.components[0]", "accepted: nn")),
            (spinless, "one_body: {components: [up]}\n", ("one_body.components[0]", "total")),
            (spinless, "pairing: {}\n", ("pairing", "electrons")),
            (chain, "density: {}\npairing: {components: [s, d]}\n",
             ("observables.yaml:2", "pairing.components[1]", "square", "extended_s")),
            (chain, "magnetisation: {components: [x]}\n", ("magnetisation.components[0]", "accepted in this space: z")),
            (chain, "correlations: {components: [xx]}\n", ("correlations.components[0]", "zz, ss, nn")),
            (chain, "renyi2: {subsystems: [{name: a, sites: [0]}]}\n", ("renyi2", "spins 1/2")),
            (chain, "one_body: {average: distance, parts: [real, imaginary]}\n", ("one_body.parts[1]", "displacement")),
            (chain, "one_body: {pairs: [[0, 4]]}\n", ("one_body.pairs[0]", "leaves the sites")),
            (chain, "momentum_distribution: {momenta: [[0.3]]}\n", ("multiples of 1/4",)),
            (spins, "correlations: {components: [nn]}\n", ("correlations.components[0]", "accepted: zz, ss")),
            (spins, "density: {}\n", ("density", "bosons and fermions")),
            (half, "density: {}\n", ("density", "bosons and fermions")),
            (half, "correlations: {components: [nn]}\n", ("correlations.components[0]", "xx, yy, zz, ss")),
        ):
            with self.subTest(observables=observables):
                self.refused(configuration, observables, *words)


if __name__ == "__main__":
    unittest.main()

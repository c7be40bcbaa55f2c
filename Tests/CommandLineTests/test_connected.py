"""Connected correlations: two-point functions less products of means, with their errors."""

import cmath
import json
import math

from test_fermions import FermionTest

# Sites that differ, so that means do.
ELECTRONS = """
lattice: {type: chain, extent: [4], pbc: true}
hilbert: {type: fermions, n_up: 2, n_down: 1}
hamiltonian: {type: hubbard, t: [1, 0.8, 1, 0.6], U: 4, mu: [0.3, 0, 0, -0.2]}
"""
SPINS = """
lattice: {type: chain, extent: [4], pbc: true}
hamiltonian: {type: xxz, delta: 0.5, hz: [0.5, 0, -0.2, 0.1]}
sampler: {total_sz: 0}
"""
FIELD = """
lattice: {type: chain, extent: [4], pbc: true}
hamiltonian: {type: ising, J: -1, h: 0.7, hz: [0.3, 0.1, 0, 0]}
"""
BOSONS = """
lattice: {type: chain, extent: [4], pbc: true}
hilbert: {type: bosons, n_max: 2, n: 3}
hamiltonian: {type: bose_hubbard, U: 2, mu: [0.5, 0, 0, 0]}
"""


def distance(i, j):
    return min((j - i) % 4, (i - j) % 4)


class ConnectedTests(FermionTest):
    def level(self, text, observables):
        self.write("exact.yaml", text)
        self.write("observables.yaml", json.dumps(observables))
        process = self.run_program("exact", "exact.yaml", "--observables", "observables.yaml", "--json")
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)["observables"][0]

    def means(self, level, component):
        """By site the mean of what a component is a product of."""
        block = level["density"] if component == "nn" else level["magnetisation"]
        return [entry["mean"] for entry in block if entry["pattern"] == "site"]

    def test_exact_values(self):
        for name, text, components, blocks in (
            ("electrons", ELECTRONS, ["nn", "zz", "ss"], {"density": ["n"], "magnetisation": ["z"]}),
            ("spins", SPINS, ["zz", "ss", "xx"], {"magnetisation": ["z"]}), ("field", FIELD, ["zz"], {"magnetisation": ["z"]}),
            ("bosons", BOSONS, ["nn"], {"density": ["n"]}),
        ):
            sites = {block: {"components": names, "patterns": ["site"]} for block, names in blocks.items()}
            for average in ("displacement", "pair", "distance"):
                with self.subTest(name=name, average=average):
                    whole, connected = (
                        self.level(text, {
                            **sites, "correlations": {"components": components, "average": average, "connected": flag},
                            "structure_factor": {"components": components, "connected": flag}})
                        for flag in (False, True))
                    pairs = [(i, j) for i in range(4) for j in range(i)]
                    for old, new in zip(whole["correlations"], connected["correlations"], strict=True):
                        self.assertTrue(new["connected"])
                        weight = {"xx": 0, "ss": 0.25 if name == "spins" else 1}.get(new["component"], 1)
                        m = self.means(whole, new["component"])
                        if average == "pair":
                            own = [tuple(new["sites"])]
                        else:
                            step = abs(new["displacement"][0]) if average == "displacement" else round(new["distance"])
                            own = [pair for pair in pairs if distance(*pair) == step]
                        product = sum(m[i] * m[j] for i, j in own) / len(own)
                        self.assertAlmostEqual(new["mean"], old["mean"] - weight * product, places=12)
                    for old, new in zip(whole["structure_factor"], connected["structure_factor"], strict=True):
                        weight = {"xx": 0, "ss": 0.25 if name == "spins" else 1}.get(new["component"], 1)
                        m = self.means(whole, new["component"])
                        wave = sum(cmath.exp(2j * math.pi * new["momentum"][0] * site) * m[site] for site in range(4))
                        self.assertAlmostEqual(new["mean"], old["mean"] - weight * abs(wave) ** 2 / 4, places=12)

    def test_samples_on_any_number_of_ranks(self):
        text = ELECTRONS + "ansatz: [{type: slater}, {type: jastrow}]\nsampler: {chains: 12, samples: 240}\nrun: {steps: 2, seed: 3}\n"
        self.run_of(text)
        self.write("observables.yaml", json.dumps({
            "correlations": {"components": ["nn", "ss"], "average": "displacement", "connected": True},
            "structure_factor": {"components": ["zz"], "connected": True}}))
        reports = []
        for ranks in (1, 3):
            process = self.run_program(
                "evaluate", "run", "--observables", "observables.yaml", "--json", "--precision", "0.02",
                "--max-samples", "40000", ranks=ranks)
            self.assertEqual(process.returncode, 0, process.stderr)
            reports.append(json.loads(process.stdout))
        for block in ("correlations", "structure_factor"):
            for one, other in zip(*(report[block] for report in reports), strict=True):
                self.assertAlmostEqual(one["mean"], other["mean"], places=9)
                self.assertAlmostEqual(one["error"], other["error"], places=9)
                self.assertLessEqual(one["error"], 0.02)
        # S(0) of S^z of all sites is that of a fixed number.
        self.assertLess(abs(reports[0]["structure_factor"][0]["mean"]), 1e-9)

    def test_refused(self):
        self.write("exact.yaml", FIELD)
        self.write("observables.yaml", "correlations: {components: [ss], connected: true}\n")
        process = self.run_program("exact", "exact.yaml", "--observables", "observables.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("correlations.connected", self.messages(process)[0])
        self.assertIn("fixed total S^z", self.messages(process)[0])
        text = SPINS.replace("hz: [0.5, 0, -0.2, 0.1]", "sign_rule: true").replace("{total_sz: 0}", "{total_sz: 0, chains: 8, samples: 64}")
        self.run_of(text + "ansatz: {type: jastrow}\nrun: {steps: 1, seed: 1}\n")
        process = self.run_program(
            "project", "run", "--set", "projection.observables={correlations: {components: [zz], connected: true}}")
        self.assertEqual(process.returncode, 2, process.stdout)
        self.assertIn("connected", self.messages(process)[0])

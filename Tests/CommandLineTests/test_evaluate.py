"""`dist-vmc evaluate`: observables of a stored state until a stated error is reached."""

import json
import math
import os
import re
import signal
import time
import unittest

from support import GOOD, ROOT, CommandLineTest

ISING = """\
lattice:     {type: chain, extent: [8], pbc: true}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz:      {type: rbm, alpha: 1, dtype: float64}
sampler:     {chains: 16, samples: 256}
run:         {steps: 5, seed: 1}
"""
FULL_SUM = ISING.replace("chains: 16, samples: 256", "rule: full_sum")

EVERYTHING = """\
magnetisation: {components: [x, z]}
correlations: {components: [zz, xx, yy, ss]}
structure_factor: {components: [zz, ss], momenta: [[0.0], [0.5]], precision: 0.5}
pauli_strings:
  operators:
    - {name: field, terms: [{paulis: XIIIIIII}, {paulis: IXIIIIII}]}
    - {name: bond, terms: [{paulis: ZZIIIIII, coefficient: -1.0}]}
renyi2: {subsystems: [{name: half, sites: [0, 1, 2, 3]}]}
"""


class EvaluateTests(CommandLineTest):
    def state(self, configuration=ISING, name="run", *arguments):
        self.write("config.yaml", configuration)
        self.run_well("run", "config.yaml", "--output", name, "--quiet", *arguments)
        return name

    def evaluate(self, *arguments, status=0, ranks=None):
        """The JSON object, which is all that is on standard output."""
        process = self.run_program("evaluate", *arguments, "--json", ranks=ranks)
        self.assertEqual(process.returncode, status, process.stderr)
        return json.loads(process.stdout)

    def value(self, result, block, **labels):
        found = [one for one in result[block] if all(one[key] == label for key, label in labels.items())]
        self.assertEqual(len(found), 1, labels)
        return found[0]

    def test_everything_on_one_to_four_ranks(self):
        self.state()
        self.write("observables.yaml", EVERYTHING)
        arguments = ("run", "--observables", "observables.yaml", "--precision", "0.02")
        alone = self.evaluate(*arguments)
        with open(self.path("run", "evaluation.json")) as file:
            self.assertEqual(json.load(file), alone)
        self.assertTrue(alone["reached"])
        self.assertEqual((alone["method"], alone["chains"], alone["step"], alone["n_sites"]), ("chains", 16, 5, 8))
        self.assertLess(alone["samples"], alone["max_samples"])
        for block in ("magnetisation", "correlations", "pauli_strings", "renyi2"):
            for one in alone[block]:
                self.assertLessEqual(one["error"], 0.02)
                self.assertTrue(one["reached"])
        self.assertLessEqual(alone["energy_per_site"]["error"], 0.02)
        self.assertGreater(alone["energy_per_site"]["error"], 0)
        self.assertAlmostEqual(alone["energy"]["r_hat"], 1, delta=0.1)

        # Relations that hold sample by sample: the energy is made of the same operators.
        nearest = self.value(alone, "correlations", component="zz", distance=1.0)
        field = self.value(alone, "magnetisation", component="x")
        self.assertAlmostEqual(alone["energy"]["mean"], -8 * (nearest["mean"] + field["mean"]), places=10)
        moment = self.value(alone, "magnetisation", component="z", moment="square")
        uniform = self.value(alone, "structure_factor", component="zz", momentum=[0.0])
        self.assertAlmostEqual(uniform["mean"], 8 * moment["mean"], places=10)
        for distance in (1.0, 2.0, 3.0, 4.0):
            parts = [self.value(alone, "correlations", component=name, distance=distance)["mean"] for name in ("xx", "yy", "zz")]
            total = self.value(alone, "correlations", component="ss", distance=distance)["mean"]
            self.assertAlmostEqual(total, sum(parts) / 4, places=10)

        for ranks in (2, 3, 4):
            self.assert_close(self.evaluate(*arguments, ranks=ranks), alone)

    def assert_close(self, one, other):
        """Equal but for rounding."""
        if isinstance(one, dict):
            self.assertEqual(one.keys(), other.keys())
            for key in one:
                self.assert_close(one[key], other[key])
        elif isinstance(one, list):
            self.assertEqual(len(one), len(other))
            for mine, reference in zip(one, other):
                self.assert_close(mine, reference)
        elif isinstance(one, float) and isinstance(other, float):
            self.assertTrue(math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-11), f"{one} {other}")
        else:
            self.assertEqual(one, other)

    def test_summed_basis_is_exact(self):
        self.state(FULL_SUM)
        self.write("observables.yaml", EVERYTHING)
        exact = self.evaluate("run", "--observables", "observables.yaml", "--precision", "1e-15")
        self.assertEqual((exact["method"], exact["samples"], exact["energy"]["error"]), ("full_sum", 256, 0.0))
        self.assertTrue(exact["reached"])
        self.assertAlmostEqual(exact["energy"]["mean"], self.summary("run")["energy"]["mean"][0], places=12)
        self.assertAlmostEqual(exact["energy"]["variance"], self.summary("run")["energy"]["variance"], places=12)
        self.assertAlmostEqual(exact["v_score"], self.summary("run")["v_score"], places=12)
        # Samples of the same state agree within their errors.
        self.write("config.yaml", ISING)
        sampled = self.state(ISING, "sampled", "--set", "run.steps=0", "--set", "sampler.samples=1024")
        start = self.state(FULL_SUM, "start", "--set", "run.steps=0")
        one = self.evaluate(sampled, "--observables", "observables.yaml", "--precision", "0.01")
        other = self.evaluate(start, "--observables", "observables.yaml")
        for block in ("magnetisation", "correlations", "structure_factor", "pauli_strings", "renyi2"):
            for mine, reference in zip(one[block], other[block]):
                self.assertLessEqual(abs(mine["mean"] - reference["mean"]), 5 * mine["error"] + 1e-12, mine)
        self.assertLessEqual(abs(one["energy"]["mean"] - other["energy"]["mean"]), 5 * one["energy"]["error"])

    def test_lanczos_step(self):
        """Between the state's energy and the lowest there is; summed and sampled, on one rank and on three."""
        start = self.state(FULL_SUM, "start", "--set", "run.steps=0")
        exact = self.evaluate(start, "--lanczos", "1")
        step = exact["lanczos"]
        self.assertEqual((step["energy"]["error"], step["reached"]), (0.0, True))
        # The exact energy of the critical chain of N sites is -2/sin(pi/2N).
        self.assertGreater(step["energy"]["mean"], -2 / math.sin(math.pi / 16))
        self.assertLess(step["energy"]["mean"], exact["energy"]["mean"] - 0.1)
        self.assert_close(self.evaluate(start, "--lanczos", "1", ranks=3), exact)
        # Without being asked for it is not there.
        self.assertNotIn("lanczos", self.evaluate(start))

        sampled = self.state(ISING, "sampled", "--set", "run.steps=0", "--set", "sampler.samples=1024")
        arguments = (sampled, "--lanczos", "1", "--precision", "0.005")
        one = self.evaluate(*arguments)
        error = one["lanczos"]["energy"]["error"]
        self.assertGreater(error, 0)
        self.assertLessEqual(error / 8, 0.005)
        self.assertLessEqual(abs(one["lanczos"]["energy"]["mean"] - step["energy"]["mean"]), 5 * error)
        self.assert_close(self.evaluate(*arguments, ranks=3), one)
        text = self.run_well("evaluate", *arguments).stdout
        self.assertIn("per site after a Lanczos step", text)
        self.assertIn("alpha of the Lanczos step", text)
        for steps in ("0", "3", "-1"):
            process = self.run_program("evaluate", sampled, f"--lanczos={steps}")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(f"--lanczos: {steps}; accepted: 1 or 2", process.stderr)

        # Two steps are below one, and say what they cost.
        two = self.evaluate(start, "--lanczos", "2")["lanczos"]
        self.assertLess(two["energy"]["mean"], step["energy"]["mean"] - 0.01)
        self.assertEqual((two["steps"], len(two["coefficients"]), "alpha" in two), (2, 2, False))
        self.assertEqual((step["steps"], step["coefficients"]), (1, [step["alpha"]]))
        arguments = (sampled, "--lanczos", "2", "--precision", "0.02")
        one = self.evaluate(*arguments)
        error = one["lanczos"]["energy"]["error"]
        self.assertLessEqual(error / 8, 0.02)
        self.assertLessEqual(abs(one["lanczos"]["energy"]["mean"] - two["energy"]["mean"]), 5 * error)
        self.assert_close(self.evaluate(*arguments, ranks=3), one)
        process = self.run_well("evaluate", *arguments)
        # One and two flips of eight spins.
        self.assertIn("a sample takes the local energies of up to 73 configurations", process.stderr)
        self.assertIn("a2 of the Lanczos steps", process.stdout)

    def test_errors_of_lanczos_steps_near_nodes(self):
        """Two sampled steps of a determinant are told to have errors that are too small."""
        text = (
            "lattice: {type: chain, extent: [4], pbc: true}\nhilbert: {type: fermions, n_up: 2, n_down: 2}\n"
            "hamiltonian: {type: hubbard, t: 1, U: 4}\nansatz: {type: slater}\n"
            "sampler: {chains: 8, samples: 64}\nrun: {steps: 0, seed: 1, final_samples: 64}\n")
        sampled, summed = self.state(text, "sampled"), self.state(text.replace("chains: 8, samples: 64", "rule: full_sum"), "summed")
        told = "their error may be several times too small"
        for state, steps, count in ((sampled, "1", 0), (sampled, "2", 1), (summed, "2", 0)):
            with self.subTest(state=state, steps=steps):
                # Few samples: the precision need not be reached.
                process = self.run_program("evaluate", state, "--lanczos", steps, "--json", "--max-samples", "64")
                warnings = json.loads(process.stdout)["warnings"]
                self.assertEqual(sum(told in warning for warning in warnings), count, warnings)

    def test_lanczos_steps_out_of_reach(self):
        """Two flips of 2100 spins lead to more configurations than are accepted; one does not."""
        chain = ISING.replace("[8]", "[2100]").replace("{type: rbm, alpha: 1, dtype: float64}", "{type: cnn, channels: [1]}")
        small = ("--set", "run.steps=0", "--set", "sampler={chains: 2, samples: 4}", "--set", "run.final_samples=4")
        run = self.state(chain, "run", *small)
        process = self.run_program("evaluate", run, "--lanczos", "2", "--max-samples", "4")
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn("--lanczos: 2 applications of this Hamiltonian lead from one configuration to up to", process.stderr)
        self.assertIn("accepted: up to 4194304; --lanczos 1 takes fewer", process.stderr)

    def test_lanczos_step_goes_on(self):
        self.state()
        process = self.start_long("--lanczos", "1")
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(timeout=30), 75, self.output())
        samples = self.evaluation()["samples"]
        # Without the step it is another measurement.
        other = self.run_program("evaluate", "run", "--output", "other.json", "--precision", "0.1")
        self.assertEqual(other.returncode, 0, other.stderr)
        limit = ["--lanczos", "1", "--precision", "1e-9", "--max-samples", str(2 * samples)]
        found = self.evaluate("run", *limit, status=1, ranks=3)
        self.assertGreater(found["samples"], samples)
        self.assert_close(self.evaluate("run", *limit, status=1), found)

    def test_direct_sampling(self):
        """An autoregressive network in a sector: independent samples, against the sum over the basis."""
        self.write("observables.yaml", EVERYTHING)
        network = GOOD.replace("{type: rbm, alpha: 1, dtype: float64}", "{type: arnn_dense, features: [4], dtype: complex128}")
        self.assertNotEqual(network, GOOD)
        zero = ("--set", "run.steps=0")
        sampled = self.state(network, "sampled", *zero, "--set", "sampler={chains: 12, samples: 240, total_sz: 0}")
        start = self.state(network, "start", *zero, "--set", "sampler={rule: full_sum, total_sz: 0}")
        arguments = (sampled, "--observables", "observables.yaml", "--precision", "0.02")
        one = self.evaluate(*arguments)
        self.assertEqual((one["method"], one["acceptance"], one["chains"]), ("direct", None, 12))
        self.assertLess(abs(one["energy"]["tau"]), 0.2)
        other = self.evaluate(start, "--observables", "observables.yaml")
        for block in ("magnetisation", "correlations", "structure_factor", "pauli_strings", "renyi2"):
            for mine, reference in zip(one[block], other[block]):
                self.assertLessEqual(abs(mine["mean"] - reference["mean"]), 5 * mine["error"] + 1e-12, mine)
        self.assertLessEqual(abs(one["energy"]["mean"] - other["energy"]["mean"]), 5 * one["energy"]["error"])
        for ranks in (2, 3):
            self.assert_close(self.evaluate(*arguments, ranks=ranks), one)

    def test_example(self):
        """The example's file fits the example's run; both sides of relations between its observables."""
        example = os.path.join(ROOT, "Examples", "heisenberg-square-4x4.yaml")
        self.run_well(
            "run", example, "--output", "run", "--quiet", "--set", "run.steps=1", "--set", "run.final_samples=1024",
            "--set", "sampler.samples=1024")
        observables = os.path.join(ROOT, "Examples", "observables", "square-4x4.yaml")
        result = self.evaluate("run", "--observables", observables, "--precision", "0.1", ranks=2)
        bond = self.value(result, "correlations", component="ss", distance=1.0)
        self.assertEqual(bond["pairs"], 32)
        self.assertAlmostEqual(result["energy"]["mean"], 32 * 4 * bond["mean"], places=9)
        factors = {tuple(one["momentum"]): one["mean"] for one in result["structure_factor"]}
        self.assertAlmostEqual(factors[0.0, 0.0], 0, places=10)
        # A plaquette is made of signs, and its block has the precision that was asked for.
        self.assertLessEqual(abs(self.value(result, "pauli_strings", name="plaquette")["mean"]), 1)
        self.assertEqual(self.value(result, "renyi2", name="half")["precision"], 0.02)
        self.assertGreater(self.value(result, "renyi2", name="half")["mean"], 0)

    def test_operators_are_those_before_the_sign_rule(self):
        """E = sum over bonds of sigma.sigma holds for the operators of the Hamiltonian that was asked for."""
        self.state(GOOD)
        self.write("observables.yaml", "correlations: {components: [ss, xx]}\nstructure_factor: {components: [ss]}\n")
        result = self.evaluate("run", "--observables", "observables.yaml", "--precision", "0.05")
        bond = self.value(result, "correlations", component="ss", distance=1.0)
        self.assertAlmostEqual(result["energy"]["mean"], 8 * 4 * bond["mean"], places=10)
        self.assertLess(self.value(result, "correlations", component="xx", distance=1.0)["mean"], 0)
        # The antiferromagnet: the peak is at pi. All momenta together count the pairs i = j: 8 · 3/4.
        factors = {one["momentum"][0]: one["mean"] for one in result["structure_factor"]}
        self.assertEqual(max(factors, key=factors.get), 0.5)
        self.assertAlmostEqual(sum(factors.values()), 6, places=10)

    def test_sectors(self):
        """In a sector of fixed magnetisation what leads out of it has no expectation value."""
        self.state(GOOD)
        self.write(
            "observables.yaml",
            "magnetisation: {components: [x, y, z]}\n"
            "pauli_strings: {operators: [{name: raise, terms: [{paulis: XXXIIIII}]}, {name: flip, terms: [{paulis: XXIIIIII}]}]}\n"
            "correlations: {pairs: [[0, 1]], components: [xx, yy]}\n")
        result = self.evaluate("run", "--observables", "observables.yaml", "--precision", "0.05")
        for one in result["magnetisation"]:
            self.assertEqual((one["mean"], one["error"]), (0.0, 0.0))
        self.assertEqual(self.value(result, "pauli_strings", name="raise")["mean"], 0.0)
        # Before the sign rule; xx and yy are equal where the magnetisation is conserved.
        both = [self.value(result, "correlations", component=name)["mean"] for name in ("xx", "yy")]
        self.assertAlmostEqual(both[0], both[1], places=12)
        self.assertAlmostEqual(self.value(result, "pauli_strings", name="flip")["mean"], both[0], places=12)

    def test_precision_that_is_not_reached(self):
        self.state()
        process = self.run_program("evaluate", "run", "--precision", "1e-9", "--max-samples", "2000", "--json")
        self.assertEqual(process.returncode, 1, process.stderr)
        result = json.loads(process.stdout)
        self.assertFalse(result["reached"])
        self.assertEqual(result["not_reached"], ["energy_per_site: energy per site"])
        self.assertLessEqual(result["samples"], 2000)
        self.assertGreater(result["samples"], 1000)
        messages = self.messages(process)
        self.assertEqual(len(messages), 1)
        found = re.fullmatch(
            f"dist-vmc: the precision was not reached after {result['samples']} samples and takes about ([0-9.e+]+): "
            "energy_per_site: energy per site", messages[0])
        self.assertIsNotNone(found, messages)
        needed = result["samples"] * (result["energy_per_site"]["error"] / 1e-9) ** 2
        self.assertAlmostEqual(float(found[1]) / needed, 1, delta=0.01)

    def test_table_and_repetition(self):
        self.state()
        self.write("observables.yaml", EVERYTHING)
        arguments = ("evaluate", "run", "--observables", "observables.yaml", "--precision", "0.05")
        first = self.run_well(*arguments)
        for name in ("energy per site", "m_x", "|m_z|", "zz at distance 4", "ss at k = [0.5]", "field", "S2 of half", "V-score"):
            self.assertIn(f"\n{name} ", first.stdout)
        self.assertEqual(self.run_well(*arguments).stdout, first.stdout)
        self.assertNotEqual(self.run_well(*arguments, "--seed", "7").stdout, first.stdout)

    def test_without_observables_and_from_a_checkpoint_of_an_unfinished_run(self):
        name = self.state()
        os.remove(self.path(name, "summary.json"))
        os.remove(self.path(name, "config.yaml"))
        result = self.evaluate(name, "--precision", "0.05", "--output", "energy.json")
        self.assertNotIn("correlations", result)
        self.assertFalse(os.path.exists(self.path(name, "evaluation.json")))

    def test_other_ways_of_averaging(self):
        self.state(FULL_SUM)
        self.write("pairs.yaml", "correlations: {average: pair}\n")
        self.write("displacement.yaml", "correlations: {average: displacement}\n")
        self.write("given.yaml", "correlations: {pairs: [[3, 1]]}\n")
        pairs = self.evaluate("run", "--observables", "pairs.yaml")["correlations"]
        self.assertEqual(len(pairs), 28)
        for one in self.evaluate("run", "--observables", "displacement.yaml")["correlations"]:
            d = one["displacement"][0]
            those = [p["mean"] for p in pairs if (p["sites"][1] - p["sites"][0]) % 8 in (d, 8 - d)]
            self.assertEqual(len(those), one["pairs"])
            self.assertAlmostEqual(one["mean"], sum(those) / len(those), places=12)
        given = self.evaluate("run", "--observables", "given.yaml")["correlations"]
        self.assertEqual([one["sites"] for one in given], [[1, 3]])

    def test_bad_input(self):
        self.state()
        self.write("mine.json", "{}")
        os.mkdir(self.path("empty"))
        with open(self.path("run", "checkpoint.h5"), "rb") as file:
            content = file.read()
        os.mkdir(self.path("damaged"))
        self.write("damaged/checkpoint.h5", content[:-100])
        cases = [
            ("corelations: {}", "did you mean 'correlations'"), ("correlations: {component: [zz]}", "did you mean 'components'"),
            ("correlations: {components: [zx]}", "'zx' is unknown"), ("correlations: {components: []}", "accepted"),
            ("correlations: {components: [zz, zz]}", "stands twice"), ("correlations: {pairs: [[0, 8]]}", "leaves the sites 0 to 7"),
            ("correlations: {pairs: [[1, 1]]}", "is one site"), ("correlations: {pairs: [[0, 1], [1, 0]]}", "stands twice"),
            ("correlations: {pairs: [[0, 1]], average: distance}", "means nothing with 'pairs'"),
            ("structure_factor: {momenta: [[0.3]]}", "multiples of 1/8"),
            ("structure_factor: {momenta: [[0.5, 0.5]]}", "one per direction"),
            ("pauli_strings: {operators: [{name: a, terms: [{paulis: XX}]}]}", "2 letters for 8 sites"),
            ("pauli_strings: {operators: [{name: a, terms: [{paulis: XIIIIIIA}]}]}", "unknown letter 'A'"),
            ("pauli_strings: {operators: [{name: a, terms: [{paulis: XIIIIIII, coefficient: [0, 1]}]}]}", "not Hermitian"),
            ("pauli_strings: {}", "'operators' is missing"), ("renyi2: {subsystems: [{name: a, sites: [0, 0]}]}", "stands twice"),
            ("renyi2: {subsystems: [{name: a, sites: [9]}]}", "site 9 is not one of 0 to 7"),
            ("renyi2: {subsystems: [{name: a, sites: [0]}, {name: a, sites: [1]}]}", "is the name of another one"),
            ("energy: {precision: 0}", "accepted: a number > 0"), ("[1]", "accepted: a map of the blocks"), ("{", "observables.yaml"),
        ]
        before = self.digests()
        for text, message in cases:
            self.write("observables.yaml", text)
            process = self.run_program("evaluate", "run", "--observables", "observables.yaml")
            self.assertEqual(process.returncode, 2, text + process.stderr)
            self.assertIn(message, process.stderr, text)
            self.assertEqual(len(self.messages(process)), 1, process.stderr)
            self.assertEqual(process.stdout, "")
        # One message about the file and one status on several ranks, too.
        process = self.run_program("evaluate", "run", "--observables", "observables.yaml", ranks=3)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertEqual(sum("observables.yaml" in line for line in self.messages(process)), 1, process.stderr)
        os.remove(self.path("observables.yaml"))
        for arguments, message in (
            (["nowhere"], "nowhere/checkpoint.h5"), (["empty"], "empty/checkpoint.h5"), (["damaged"], "damaged/checkpoint.h5"),
            (["run", "--observables", "none.yaml"], "none.yaml"), (["run", "--output", "mine.json"], "is no evaluation"),
            (["run", "--output", "nowhere/x.json"], "there is no directory"), (["run", "--precision", "0"], "--precision"),
            (["run", "--max-samples", "31"], "31 for 16 chains; accepted: 32 and more"), (["run", "--seed=-1"], "--seed"),
            ([], "Missing expected argument"),
        ):
            process = self.run_program("evaluate", *arguments)
            self.assertEqual(process.returncode, 2, f"{arguments} {process.stderr}")
            self.assertIn(message, process.stderr)
        self.assertEqual(self.digests(), before)

    def test_graph_has_no_distances(self):
        graph = ISING.replace("type: chain, extent: [8], pbc: true", "type: graph, edges: [[0, 1], [1, 2], [2, 3]]")
        self.state(graph)
        self.write("observables.yaml", "correlations: {average: pair}\nmagnetisation:\n")
        self.assertEqual(len(self.evaluate("run", "--observables", "observables.yaml", "--precision", "0.1")["correlations"]), 6)
        for text in ("correlations: {}", "structure_factor: {}"):
            self.write("observables.yaml", text)
            process = self.run_program("evaluate", "run", "--observables", "observables.yaml")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn("a graph has no", process.stderr)
            self.assertIn("site_coords", process.stderr)

    def test_positions_of_a_graph(self):
        """A ladder of six sites as a graph with coordinates, against the same correlations pair by pair."""
        coordinates = [[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]]
        graph = "{type: graph, n_sites: 6, edges: [[0,1],[1,2],[2,3],[3,4],[4,5],[5,0]], site_coords: %s}"
        document = f"lattice: {graph % coordinates}\nhamiltonian: {{type: heisenberg}}\n"
        document += "ansatz: {type: rbm, dtype: complex128}\nsampler: {rule: full_sum, total_sz: 0}\nrun: {steps: 2}\n"
        self.state(document)
        momenta = [[0.0, 0.0], [0.5, 0.5], [0.25, 0.1]]
        factor = f"structure_factor: {{components: %s, momenta: {momenta}}}\n"
        self.write("observables.yaml", "correlations: {components: [zz, xx]}\n" + factor % "[zz, xx]")
        result = self.evaluate("run", "--observables", "observables.yaml")
        self.write("observables.yaml", "correlations: {components: [zz, xx], average: pair}\n" + factor % "[zz]")
        pairs = self.evaluate("run", "--observables", "observables.yaml")
        mean = {(one["component"], *one["sites"]): one["mean"] for one in pairs["correlations"]}
        by_distance = {}
        for (component, i, j), value in mean.items():
            distance = math.dist(coordinates[i], coordinates[j])
            by_distance.setdefault((component, round(distance, 9)), []).append(value)
        self.assertEqual(len(result["correlations"]), len(by_distance))
        self.assertEqual(sorted({key[1] for key in by_distance}), [1.0, 1.414213562, 2.0, 2.236067977])
        for one in result["correlations"]:
            values = by_distance[one["component"], round(one["distance"], 9)]
            self.assertEqual(one["pairs"], len(values))
            self.assertAlmostEqual(one["mean"], sum(values) / len(values), places=12)
        for component in ("zz", "xx"):
            for k in momenta:
                expected = 1.0
                for (name, i, j), value in mean.items():
                    if name == component:
                        phase = sum(q * (a - b) for q, a, b in zip(k, coordinates[i], coordinates[j]))
                        expected += 2 / 6 * math.cos(2 * math.pi * phase) * value
                self.assertAlmostEqual(
                    self.value(result, "structure_factor", component=component, momentum=k)["mean"], expected, places=12)
        # zz alone is measured without pairs.
        for k in momenta:
            self.assertAlmostEqual(
                self.value(pairs, "structure_factor", momentum=k)["mean"],
                self.value(result, "structure_factor", component="zz", momentum=k)["mean"], places=12)
        for text, message in [
            ("structure_factor: {}", "the momenta of a graph must be given"),
            ("structure_factor: {momenta: [[0.5]]}", "found 1 numbers; accepted: 2"),
            ("correlations: {average: displacement}", "a graph has no translations"),
        ]:
            self.write("observables.yaml", text)
            process = self.run_program("evaluate", "run", "--observables", "observables.yaml")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(message, process.stderr)
        for wrong, message in [
            (coordinates[:5], "lattice.site_coords: has 5 entries for 6 sites"),
            (coordinates[:5] + [[0, 1, 2]], "lattice.site_coords[5]: has 3 numbers; accepted: 2, as for site 0"),
        ]:
            self.write("config.yaml", document.replace(str(coordinates), str(wrong)))
            process = self.run_program("run", "config.yaml", "--output", "wrong")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(message, process.stderr)

    def test_structure_factor_of_many_sites(self):
        """One momentum of zz needs no pairs, so that more sites are allowed than for pairs."""
        document = "lattice: {type: square, extent: [40, 40]}\nhamiltonian: {type: ising, h: 0}\nansatz: {type: mlp, hidden_dims: [2]}\n"
        document += "sampler: {chains: 1, samples: 4, discard: 0, sweep: 1}\nrun: {steps: 0, final_samples: 4}\n"
        self.state(document)
        momenta = "structure_factor: {components: [%s], momenta: [[0.0, 0.0], [0.5, 0.5]]}\nmagnetisation: {patterns: %s}\n"
        self.write("observables.yaml", momenta % ("zz", "[uniform, staggered]"))
        # So few samples may be alike or not: whether the precision was reached is not the point.
        process = self.run_program("evaluate", "run", "--observables", "observables.yaml", "--max-samples", "8", "--json")
        self.assertIn(process.returncode, (0, 1), process.stderr)
        result = json.loads(process.stdout)
        for k, pattern in (([0.0, 0.0], "uniform"), ([0.5, 0.5], "staggered")):
            square = self.value(result, "magnetisation", pattern=pattern, moment="square")["mean"]
            found = self.value(result, "structure_factor", momentum=k)["mean"]
            self.assertAlmostEqual(found, 1600 * square, delta=1e-9 * found)
        self.write("observables.yaml", momenta % ("xx", "[uniform]"))
        process = self.run_program("evaluate", "run", "--observables", "observables.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("1600 sites have more than", process.stderr)

    def test_patterns_of_the_magnetisation(self):
        """Site by site and staggered, in a basis that the sign rule rotates, against operators site by site."""
        document = "lattice: {type: chain, extent: [4], pbc: false}\nhamiltonian:\n  type: heisenberg\n  sign_rule: true\n"
        document += "  terms: [{sites: [0], paulis: X, coefficient: 0.7}, {sites: [2], paulis: Y, coefficient: -0.4}, "
        document += "{sites: [1], paulis: Z, coefficient: 0.5}]\nansatz: {type: rbm, dtype: complex128}\n"
        self.state(document + "sampler: {rule: full_sum}\nrun: {steps: 20, seed: 2}\n")
        text = "magnetisation: {components: [x, y, z], patterns: [uniform, staggered, site]}\npauli_strings:\n  operators:\n"
        for site in range(4):
            for component in "xyz":
                text += f"    - {{name: {component}{site}, terms: [{{sites: [{site}], paulis: {component.upper()}}}]}}\n"
        self.write("observables.yaml", text)
        result = self.evaluate("run", "--observables", "observables.yaml")
        spin = {one["name"]: one["mean"] for one in result["pauli_strings"]}
        self.assertGreater(abs(spin["x0"]), 0.05)
        for component in "xyz":
            def value(**labels):
                return self.value(result, "magnetisation", component=component, moment="mean", **labels)["mean"]
            expected = [spin[f"{component}{site}"] for site in range(4)]
            for site in range(4):
                self.assertAlmostEqual(value(pattern="site", site=site), expected[site], places=12)
            self.assertAlmostEqual(value(pattern="uniform"), sum(expected) / 4, places=12)
            staggered = expected[0] - expected[1] + expected[2] - expected[3]
            self.assertAlmostEqual(value(pattern="staggered"), staggered / 4, places=12)
        # A sector: what turns one spin leads out of it. A triangle has no sublattices.
        self.state(GOOD.replace("rule: exchange", "rule: full_sum"), "sector")
        self.write("observables.yaml", "magnetisation: {components: [x], patterns: [site]}")
        sector = self.evaluate("sector", "--observables", "observables.yaml")
        self.assertEqual([one["mean"] for one in sector["magnetisation"]], [0.0] * 8)
        self.state(FULL_SUM.replace("[8]", "[3]"), "triangle")
        self.write("observables.yaml", "magnetisation: {patterns: [staggered]}")
        process = self.run_program("evaluate", "triangle", "--observables", "observables.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("magnetisation.patterns: the lattice has no two sublattices", process.stderr)

    # Ends before the precision is reached.

    def start_long(self, *arguments, ranks=None):
        process = self.start_program(
            "evaluate", "run", "--precision", "1e-9", "--max-samples", "2000000000", *arguments, ranks=ranks)
        time.sleep(1.5)
        return process

    def evaluation(self):
        with open(self.path("run", "evaluation.json")) as file:
            return json.load(file)

    def assert_goes_on_exactly(self, samples, ranks):
        """With one sample of each chain more than there are, the numbers are those of an undisturbed measurement."""
        limit = ["--precision", "1e-9", "--max-samples", str(2 * samples)]
        found = self.evaluate("run", *limit, status=1, ranks=ranks)
        self.assertTrue(found["complete"])
        self.assertGreater(found["samples"], samples)
        self.assertFalse(os.path.exists(self.path("run", "evaluation.json.partial")))
        whole = self.evaluate("run", *limit, status=1)
        self.assertEqual({**found, "ranks": 0}, {**whole, "ranks": 0})

    def test_signals_end_it_with_what_has_been_measured(self):
        self.state()
        for name, ranks in (("SIGTERM", None), ("SIGINT", None), ("SIGUSR1", 2)):
            with self.subTest(name):
                process = self.start_long(ranks=ranks)
                process.send_signal(getattr(signal, name))
                self.assertEqual(process.wait(timeout=30), 75, self.output())
                self.assert_no_process_is_left()
                self.assertIn("ended early, not complete", self.output())
                result = self.evaluation()
                self.assertEqual((result["complete"], result["reached"]), (False, False))
                self.assertIn(f"ended after {result['samples']} samples: {name}", self.output())
                self.assertTrue(os.path.exists(self.path("run", "evaluation.json.partial")))
        self.assertIn("goes on after", self.output())
        self.assert_goes_on_exactly(result["samples"], 3)

    def test_time_limit(self):
        self.state()
        arguments = ["run", "--precision", "1e-9", "--max-samples", "2000000000", "--json"]
        process = self.run_program("evaluate", *arguments, "--time-limit", "1.5")
        self.assertEqual(process.returncode, 75, process.stderr)
        self.assertIn("--time-limit", process.stderr)
        first = json.loads(process.stdout)
        self.assertFalse(first["complete"])
        # However little time there is, it goes on.
        process = self.run_program("evaluate", *arguments, "--time-limit", "0.001")
        self.assertEqual(process.returncode, 75, process.stderr)
        self.assertGreater(json.loads(process.stdout)["samples"], first["samples"])
        # Another measurement does not go on with it.
        other = self.evaluate("run", "--precision", "0.5", "--seed", "7")
        self.assertLess(other["samples"], first["samples"])
        self.assertTrue(other["complete"])
        process = self.run_program("evaluate", "run", "--time-limit", "0")
        self.assertEqual(process.returncode, 2)

    def test_a_stop_file_ends_it_and_one_that_was_there_does_not(self):
        self.state()
        process = self.start_long()
        self.write("run/STOP", "")
        self.assertEqual(process.wait(timeout=30), 75, self.output())
        self.assertIn("run/STOP", self.output())
        self.assertFalse(self.evaluation()["complete"])
        self.evaluate("run", "--precision", "0.5", "--seed", "3")


if __name__ == "__main__":
    unittest.main()

"""verify: the reference files pass on any number of ranks, and what is wrong with a file is found."""

import copy
import itertools
import json
import os
import random
import re
import unittest

try:
    import numpy
except ImportError:
    numpy = None

import reference_case
from support import REFERENCE, CommandLineTest

RBM = "rbm_real_ising_chain10"
COMPLEX = "rbm_complex_heisenberg_chain8_holomorphic"
FULL_SUM = "full_sum_rbm_real_heisenberg_chain8_sz0"
TRAJECTORY = "full_sum_trajectory_public"
STATISTICS = "statistics_public"
QUANTITIES = [
    "log_psi", "local_energies", "energy.mean", "energy.variance", "energy.error_of_mean", "energy.R_hat",
    "energy.tau_corr", "force", "gradient", "qgt.vectors[0].Sv", "qgt.vectors[1].Sv", "qgt.vectors[2].Sv",
    "qgt.diagonal", "sr.solution", "minsr.solution", "spring.steps[0]", "spring.steps[1]", "spring.steps[2]",
    "diag_scale.solution"]
SOLUTIONS = ("sr.", "minsr.", "spring.", "diag_scale.")


def path_of(name):
    return os.path.join(REFERENCE, name + ".json")


SECOND = os.path.join(REFERENCE, "second")


def load(name):
    with open(path_of(name), encoding="utf-8") as file:
        return json.load(file)


def reference_names():
    names = sorted(name[:-5] for name in os.listdir(REFERENCE) if name.endswith(".json"))
    return [name for name in names if name != "exact_energies"]


def at(document, path):
    """The value at a path such as qgt.vectors[0].Sv."""
    for key in path.replace("[", ".[").split("."):
        document = document[int(key[1:-1])] if key.startswith("[") else document[key]
    return document


class VerifyTest(CommandLineTest):
    def verify(self, *arguments, ranks=None):
        """Exit status, the JSON object, and the messages."""
        process = self.run_program("verify", "--json", *arguments, ranks=ranks, timeout=600)
        try:
            messages = [line for line in self.messages(process) if "BLAS threads" not in line]
            return process.returncode, json.loads(process.stdout), messages
        except ValueError:
            self.fail(f"{process.stdout!r} is not JSON; {process.stderr}")

    def verify_document(self, document, *arguments, ranks=None):
        self.write("case.json", json.dumps(document))
        status, report, messages = self.verify("case.json", *arguments, ranks=ranks)
        return status, report["files"][0], messages

    def failed(self, report):
        return [quantity["name"] for quantity in report["quantities"] if not quantity["passed"]]


class ReferenceFileTests(VerifyTest):
    def check(self, names, ranks):
        status, report, messages = self.verify(*map(path_of, names), ranks=ranks)
        bad = [(file["name"], self.failed(file), file["error"]) for file in report["files"] if not file["passed"]]
        self.assertEqual((bad, status, report["passed"], messages), ([], 0, True, []))
        self.assertEqual((report["ranks"], len(report["files"])), (ranks or 1, len(names)))
        for file in report["files"]:
            self.assertTrue(file["quantities"])
            self.assertEqual(file["not_checked"], [])
            document = load(os.path.basename(file["file"])[:-5])
            for name in [quantity["name"] for quantity in file["quantities"]] + file["not_checked"]:
                at(document, name)

    def test_one_rank(self):
        self.check(reference_names(), None)

    def test_two_ranks(self):
        self.check(reference_names(), 2)

    def test_three_ranks(self):
        self.check(reference_names(), 3)

    def test_seven_ranks_share_one_chain(self):
        self.assertEqual(load("mlp_gelu")["samples"]["shape"][0], 1)
        self.check([name for name in reference_names() if name != TRAJECTORY], 7)

    def check_second(self, ranks):
        """Fermions, bosons and spins above 1/2."""
        names = sorted(
            name for name in os.listdir(SECOND) if name != "exact_energies_2.json" and not name.startswith("dynamics_"))
        status, report, messages = self.verify(*(os.path.join(SECOND, name) for name in names), ranks=ranks)
        bad = [(file["name"], self.failed(file), file["error"]) for file in report["files"] if not file["passed"]]
        self.assertEqual((bad, status, report["passed"], messages), ([], 0, True, []))
        self.assertEqual((report["ranks"], len(report["files"])), (ranks or 1, len(names)))
        for file in report["files"]:
            self.assertEqual((file["not_checked"], len(file["quantities"]) >= len(QUANTITIES) - 3), ([], True))

    def test_second_set(self):
        for ranks in (None, 2, 3, 7):
            with self.subTest(ranks=ranks):
                self.check_second(ranks)

    def test_evolutions_in_time(self):
        """Of variational states and exact ones, each quantity to 1e-8."""
        names = sorted(name for name in os.listdir(SECOND) if name.startswith("dynamics_"))
        self.assertGreater(len(names), 6)
        for ranks in (None, 2, 3, 7):
            with self.subTest(ranks=ranks):
                status, report, messages = self.verify(*(os.path.join(SECOND, name) for name in names), ranks=ranks)
                bad = [(file["name"], self.failed(file), file["error"]) for file in report["files"] if not file["passed"]]
                self.assertEqual((bad, status, report["passed"], messages), ([], 0, True, []))
                for file in report["files"]:
                    self.assertEqual(file["not_checked"], [])
                    self.assertEqual({quantity["tolerance"] for quantity in file["quantities"]}, {1e-8})
                    with open(os.path.join(SECOND, os.path.basename(file["file"])), encoding="utf-8") as source:
                        document = json.load(source)
                    for quantity in file["quantities"]:
                        at(document, quantity["name"])

    def test_an_exact_evolution_from_spins_along_z(self):
        """Against a dense diagonalisation; one that conserves S^z stays where it is."""
        if numpy is None:
            self.skipTest("numpy is not installed")
        sites = 5
        edges = [[site, (site + 1) % sites] for site in range(sites)]
        states = numpy.arange(1 << sites)
        spins = 1 - 2 * ((states[:, None] >> numpy.arange(sites)) & 1)
        pairs = sum(spins[:, a] * spins[:, b] for a, b in edges)
        ising = numpy.diag(1.3 * pairs.astype(float))
        for site in range(sites):
            ising[states, states ^ (1 << site)] -= 0.8
        times = [0, 0.3, 1.7]
        values, vectors = numpy.linalg.eigh(ising)
        for hamiltonian, matrix in (({"type": "ising", "J": 1.3, "h": 0.8}, ising), ({"type": "heisenberg", "J": 1.0}, None)):
            document = {
                "format": "distqgt-dynamics-exact", "hamiltonian": hamiltonian, "initial_state": "z_up", "dt": 0.1,
                "hilbert": {"type": "spin", "s": 0.5, "total_sz": None}, "steps": 2, "times": times,
                "lattice": {"type": "chain", "extent": [sites], "pbc": True, "edges": edges}}
            rows = []
            for time in times:
                psi = numpy.zeros(1 << sites)
                psi[0] = 1
                if matrix is not None:
                    psi = vectors @ (numpy.exp(-1j * time * values) * vectors[0])
                weights = abs(psi) ** 2
                rows.append({
                    "energy": numpy.vdot(psi, matrix @ psi).real if matrix is not None else sites,
                    "sx": sum(numpy.vdot(psi, psi[states ^ (1 << site)]).real for site in range(sites)) / sites,
                    "sz": float(weights @ spins.mean(axis=1)), "szsz": float(weights @ pairs) / sites,
                    "szsz_from_site0": [float(weights @ (spins[:, 0] * spins[:, site])) for site in range(sites)]})
            document.update({key: [row[key] for row in rows] for key in rows[0]})
            for ranks in (None, 2):
                status, report, _ = self.verify_document(document, "--tolerance", "1e-12", ranks=ranks)
                self.assertEqual((status, self.failed(report), report["not_checked"]), (0, [], []), report)

    def test_what_is_wrong_with_an_evolution_is_found(self):
        with open(os.path.join(SECOND, "dynamics_rbm_modphase_ising_chain6.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["runs"] = document["runs"][:1]
        run = document["runs"][0]
        run["steps"] = 2
        for holder in (run, run["exact"]):
            for key, value in holder.items():
                if isinstance(value, list):
                    holder[key] = value[:3]
        for key, index in (("sx", 1), ("residual_absolute", 2), ("variances", 0)):
            changed = copy.deepcopy(document)
            changed["runs"][0][key][index] *= 1 + 1e-6
            status, report, _ = self.verify_document(changed)
            self.assertEqual(
                (status, [name for name in self.failed(report) if name != "runs[0].final_parameters"]),
                (1, [f"runs[0].{key}"]))
        changed = copy.deepcopy(document)
        changed["runs"][0]["exact"]["szsz"][2] += 1e-6
        self.assertIn("runs[0].exact.szsz", self.failed(self.verify_document(changed)[1]))
        for key, value, message in (
                ("integrator", "rk5", "case.json: runs[0].integrator: 'rk5' is unknown; did you mean 'rk4'?"),
                ("evolution", "complex", "case.json: runs[0].evolution: 'complex' is unknown"),
                ("times", [0, 0.1, 0.1], "case.json: runs[0].times: accepted: ascending times from 0 on")):
            changed = copy.deepcopy(document)
            changed["runs"][0][key] = value
            status, report, _ = self.verify_document(changed)
            self.assertEqual(status, 2)
            self.assertIn(message, report["error"])
        with open(os.path.join(SECOND, "dynamics_exact_ising_square3x3.json"), encoding="utf-8") as file:
            document = json.load(file)
        document["initial_state"] = "y_up"
        self.assertEqual(self.verify_document(document)[0], 2)
        document["initial_state"] = "z_up"
        status, report, _ = self.verify_document(document)
        self.assertEqual((status, "sz" in self.failed(report)), (1, True))

    def test_exact_energies_of_fermions_bosons_and_spins(self):
        path = os.path.join(SECOND, "exact_energies_2.json")
        status, report, _ = self.verify(path, "--tolerance", "1e-9", ranks=2)
        self.assertEqual(status, 0, report)
        with open(path, encoding="utf-8") as file:
            entries = json.load(file)["entries"]
        keys = ["dimension", "E0", "E0_per_site", "E1"]
        self.assertEqual(
            [quantity["name"] for quantity in report["files"][0]["quantities"]],
            [f"entries[{index}].{key}" for index, entry in enumerate(entries) for key in keys if key in entry])
        self.assertEqual(report["files"][0]["not_checked"], [])

    def test_exact_energies(self):
        status, report, _ = self.verify(path_of("exact_energies"), "--tolerance", "1e-9", ranks=2)
        self.assertEqual(status, 0, report)
        entries = load("exact_energies")["entries"]
        keys = ["dimension", "E0", "E0_per_site", "E1", "E0_spin_half_units", "E0_per_site_spin_half_units"]
        self.assertEqual(
            [quantity["name"] for quantity in report["files"][0]["quantities"]],
            [f"entries[{index}].{key}" for index, entry in enumerate(entries) for key in keys if key in entry])
        self.assertEqual(report["files"][0]["not_checked"], [])

    def test_quantities_and_tolerances(self):
        _, report, _ = self.verify(path_of(RBM))
        file = report["files"][0]
        self.assertEqual(set(report), {"ranks", "passed", "files"})
        self.assertEqual(set(file), {"file", "name", "passed", "error", "quantities", "not_checked"})
        self.assertEqual((file["file"], file["name"], file["error"]), (path_of(RBM), RBM, None))
        self.assertEqual([quantity["name"] for quantity in file["quantities"]], QUANTITIES)
        for quantity in file["quantities"]:
            self.assertEqual(set(quantity), {"name", "max_relative_error", "tolerance", "passed"})
            self.assertEqual(quantity["tolerance"], 1e-9 if quantity["name"].startswith(SOLUTIONS) else 1e-10)
        status, report, _ = self.verify(path_of(RBM), "--tolerance", "0")
        self.assertEqual((status, report["passed"]), (1, False))
        self.assertEqual({quantity["tolerance"] for quantity in report["files"][0]["quantities"]}, {0})
        for quantity in report["files"][0]["quantities"]:
            self.assertEqual(quantity["passed"], quantity["max_relative_error"] == 0)

    def test_text(self):
        self.write("unknown.json", json.dumps(dict(load(RBM), model={"type": "oracle"})))
        process = self.run_program("verify", path_of(RBM), "unknown.json", path_of(STATISTICS), ranks=2)
        self.assertEqual(process.returncode, 2)
        lines = process.stdout.splitlines()
        self.assertEqual(lines[0], f"{path_of(RBM)} (distqgt-reference-1)")
        for line, name in zip(lines[1:], QUANTITIES):
            self.assertRegex(line, rf"^  pass  {re.escape(name)} +\d\.\de[+-]\d\d  \(tolerance 1e-\d+\)$")
        self.assertRegex(
            lines[-1], r"^3 files on 2 ranks: 2 passed, 0 failed, 1 not read; "
            rf"quantities: {len(QUANTITIES) + 60} passed, 0 failed, 0 not checked$")
        self.assertIn("unknown.json: model.type: 'oracle' is unknown", process.stderr)


class ComputedCaseTests(VerifyTest):
    """Cases computed in reference_case.py: complex Hamiltonians, odd numbers of Y, other samples."""

    TERMS = [
        ("XYZI", 0.7), ("IYII", -0.4), ("ZIZI", 1.1), ("IXIX", 0.3 - 0.2j), ("YIYX", 0.5j), ("IIII", 0.25),
        ("ZIZI", 0.4)]

    def samples(self, count, sites=4):
        generator = random.Random(3)
        return [tuple(generator.choice((-1, 1)) for _ in range(sites)) for _ in range(count)]

    def document(self, is_complex, full_sum=False):
        generator = random.Random(4)
        number = (lambda: complex(generator.gauss(0, 0.4), generator.gauss(0, 0.4))) if is_complex else (
            lambda: generator.gauss(0, 0.4))
        samples = list(itertools.product((1, -1), repeat=4)) if full_sum else self.samples(11)
        parameters = 12 if is_complex else 6
        vectors = [[generator.gauss(0, 1) for _ in range(parameters)] for _ in range(2)]
        return reference_case.case(
            self.TERMS, [number() for _ in range(6)], samples, (1, len(samples)), vectors, is_complex, full_sum)

    def check(self, document, ranks):
        status, report, messages = self.verify_document(document, ranks=ranks)
        self.assertEqual((self.failed(report), report["error"], status, messages), ([], None, 0, []))
        self.assertEqual(report["name"], "computed here")
        return report

    def test_complex_hamiltonian(self):
        for is_complex, full_sum, ranks in itertools.product((True, False), (True, False), (None, 3)):
            with self.subTest(is_complex=is_complex, full_sum=full_sum, ranks=ranks):
                self.check(self.document(is_complex, full_sum), ranks)

    def test_more_ranks_than_samples(self):
        document = reference_case.case(
            self.TERMS, [0.1j, 0.2, 0.3, -0.1, 0.5, 0.1],
            [(1, 1, 1, -1), (-1, 1, 1, -1), (1, -1, 1, 1)], (1, 3), [[1.0] * 12], True)
        self.check(document, 7)

    def test_states_without_weight(self):
        # |psi|^2 spans more than the range of a double.
        document = reference_case.case(
            [("ZZIZ", 1.0), ("IXII", 0.5), ("IIXX", -0.2), ("IIYX", 0.3)], [250.0, 0.2, -0.3, 0.1, 0.4, -0.2],
            list(itertools.product((1, -1), repeat=4)), (1, 16), [[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]], False, True)
        self.assertIn(0.0, document["probabilities"])
        for ranks in (None, 3):
            report = self.check(document, ranks)
            self.assertEqual(report["quantities"][0]["name"], "probabilities")

    def test_phases_count_modulo_two_pi(self):
        document = self.document(True)
        document["log_psi"]["imag"][3] += 4 * 3.141592653589793
        self.check(document, None)
        document["log_psi"]["imag"][3] += 3.141592653589793
        status, report, _ = self.verify_document(document)
        self.assertEqual((status, self.failed(report)), (1, ["log_psi"]))

    def test_what_nobody_compares_is_listed(self):
        document = self.document(True)
        document["fisher"] = {"trace": 3.5, "note": "a remark", "spectrum": [1, 2, 3]}
        report = self.check(document, None)
        for path in ("fisher.trace", "fisher.spectrum"):
            self.assertIn(path, report["not_checked"])
        self.assertNotIn("fisher.note", report["not_checked"])


class TamperedFileTests(VerifyTest):
    def tampered(self, document, path, index, change=lambda value: value * 1.001 + 1e-6):
        document = json.loads(json.dumps(document))
        target = at(document, path)
        while isinstance(target, dict):
            target = target[sorted(target)[-1]]
        target[index] = change(target[index])
        return document

    def test_a_number_that_is_wrong_fails(self):
        original = load(COMPLEX)
        generator = random.Random(5)
        names = ["log_psi", "local_energies", "energy.mean", "force", "gradient", "qgt.vectors[1].Sv", "sr.solution"]
        for path in names:
            with self.subTest(path):
                target = at(original, path)
                while isinstance(target, dict):
                    target = target[sorted(target)[-1]]
                document = self.tampered(original, path, generator.randrange(len(target)))
                status, report, messages = self.verify_document(document, ranks=generator.choice((None, 2)))
                self.assertEqual((status, self.failed(report), messages), (1, [path], []))
                self.assertFalse(report["passed"])
                self.assertIsNone(report["error"])
        for key in ("variance", "error_of_mean", "R_hat", "tau_corr"):
            for value in (original["energy"][key] + 1e-6, None):
                with self.subTest(key, value=value):
                    document = dict(original, energy=dict(original["energy"], **{key: value}))
                    status, report, _ = self.verify_document(document)
                    self.assertEqual((status, self.failed(report)), (1, ["energy." + key]))
                    error = next(q for q in report["quantities"] if not q["passed"])["max_relative_error"]
                    self.assertEqual(error is None, value is None)

    def test_an_input_that_is_wrong_fails(self):
        original = load(COMPLEX)
        for path in ("parameters", "qgt.vectors[2].v"):
            document = json.loads(json.dumps(original))
            at(document, path)["Dense/kernel"]["imag"][5] += 1e-6
            status, report, _ = self.verify_document(document)
            self.assertEqual(status, 1)
            self.assertIn("qgt.vectors[2].Sv", self.failed(report))
            self.assertEqual("log_psi" in self.failed(report), path == "parameters")
        document = json.loads(json.dumps(original))
        document["sr"]["diag_shift"] *= 1.01
        self.assertEqual(self.failed(self.verify_document(document)[1]), ["sr.solution"])
        document = json.loads(json.dumps(original))
        document["lattice"]["edges"].pop()
        failed = self.failed(self.verify_document(document)[1])
        self.assertTrue("local_energies" in failed and "log_psi" not in failed)

    def test_null_where_there_is_a_number(self):
        document = load(COMPLEX)
        document["force"]["Dense/bias"]["real"][0] = None
        document["local_energies"]["real"][190] = None
        for ranks in (None, 3):
            status, report, _ = self.verify_document(document, ranks=ranks)
            self.assertEqual((status, self.failed(report)), (1, ["local_energies", "force"]))

    def test_probabilities(self):
        document = load(FULL_SUM)
        largest = max(document["probabilities"])
        document["probabilities"][document["probabilities"].index(largest)] *= 1 + 1e-6
        status, report, _ = self.verify_document(document, ranks=2)
        failed = self.failed(report)
        self.assertEqual(status, 1)
        # They are the weights of everything else.
        self.assertTrue({"probabilities", "energy.mean", "force"} <= set(failed))
        self.assertNotIn("local_energies", failed)

    def test_statistics(self):
        original = load(STATISTICS)
        for index, key, value in (
                (5, "tau_corr", None), (7, "error_of_mean", 0.1), (8, "R_hat", 1.0), (1, "variance", 1.1)):
            with self.subTest(key):
                document = json.loads(json.dumps(original))
                document["cases"][index][key] = value
                status, report, _ = self.verify_document(document, ranks=2)
                self.assertEqual((status, self.failed(report)), (1, [f"cases[{index}].{key}"]))

    def test_exact_energies(self):
        document = load("exact_energies")
        document["entries"] = [entry for entry in document["entries"] if entry["dimension"] <= 256]
        self.assertEqual(len(document["entries"]), 3)
        document["entries"][1]["E1"] += 1e-7
        document["entries"][2]["dimension"] += 1
        status, report, _ = self.verify_document(document)
        self.assertEqual((status, self.failed(report)), (1, ["entries[1].E1", "entries[2].dimension"]))

    def test_trajectory(self):
        original = load(TRAJECTORY)
        document = json.loads(json.dumps(original))
        document["runs"][0]["energies"][30] += 1e-7
        document["runs"][1]["variances"][0] += 1e-7
        document["runs"][1]["final_parameters"]["Dense/kernel"]["real"][63] += 1e-7
        document["exact_ground_state_energy"] += 1e-7
        for ranks in (None, 3):
            status, report, _ = self.verify_document(document, ranks=ranks)
            self.assertEqual(status, 1)
            self.assertEqual(
                self.failed(report),
                ["exact_ground_state_energy", "runs[0].energies", "runs[1].variances", "runs[1].final_parameters"])
        # A step that is far too long: the energies stop being numbers, or at least those of the file.
        status, report, messages = self.verify_document(dict(original, learning_rate=1e200), ranks=2)
        self.assertEqual((status, messages), (1, []))
        self.assertEqual(len(self.failed(report)), 6)


class FaultyFileTests(VerifyTest):
    def test_files_that_are_no_reference_files(self):
        case = {
            "format": "distqgt-reference-1", "lattice": {"type": "chain", "extent": [4], "pbc": True},
            "hamiltonian": {"type": "ising", "J": 1.0, "h": 1.0}, "hilbert": {"total_sz": None},
            "model": {"type": "rbm", "alpha": 1}}
        files = {
            "broken.json": ('{"a": [1,\n', "broken.json:2: not valid JSON"),
            "list.json": ("[]", "list.json: not a JSON object"),
            "none.json": ("{}", "none.json: the key 'format' is missing"),
            "format.json": (
                '{"format": "distqgt-reference-9"}',
                "format.json: format: 'distqgt-reference-9' is unknown; did you mean 'distqgt-reference-1'?"),
            "model.json": (
                json.dumps(dict(case, model={"type": "rbmm"})), "model.json: model.type: 'rbmm' is unknown"),
            "lattice.json": (
                json.dumps(dict(case, lattice={"type": "ring"})), "lattice.json: lattice.type: 'ring' is unknown"),
            "sites.json": (
                json.dumps(dict(case, lattice=dict(case["lattice"], n_sites=5))),
                "sites.json: lattice.n_sites: 5 does not fit"),
            "energies.json": (json.dumps({"format": "distqgt-exact-1", "entries": [
                {"lattice": case["lattice"], "hamiltonian": {"type": "isnig"}, "sector": None}]}),
                "energies.json: entries[0].hamiltonian.type: 'isnig' is unknown"),
            "bytes.json": (b"\xff\xfe", "bytes.json:1: not valid JSON"),
        }
        for name, (content, _) in files.items():
            self.write(name, content)
        starts = [start for _, start in files.values()] + ["nothing.json: cannot be read"]
        # The file between them is still compared.
        names = [*files, path_of(FULL_SUM), "nothing.json"]
        for ranks in (None, 2):
            status, report, messages = self.verify(*names, ranks=ranks)
            self.assertEqual((status, report["passed"], len(messages)), (2, False, len(starts)))
            self.assertEqual([file["file"] for file in report["files"]], names)
            for start in starts:
                found = [line for line in messages if line.startswith("dist-vmc: " + start)]
                self.assertEqual(len(found), 1, (start, messages))
            for file in report["files"]:
                good = file["file"] == path_of(FULL_SUM)
                self.assertEqual((file["passed"], file["error"] is None, bool(file["quantities"])), (good, good, good))
                if not good:
                    self.assertIn("dist-vmc: " + file["error"], messages)

    def check(self, name, changes):
        """Each change of the document is one error, which names file and place."""
        names = []
        for index, (change, _) in enumerate(changes):
            document = load(name)
            change(document)
            names.append(self.write(f"case{index}.json", json.dumps(document)))
        status, report, _ = self.verify(*names, ranks=2)
        self.assertEqual(status, 2)
        for file, (_, expected) in zip(report["files"], changes):
            self.assertTrue((file["error"] or "").startswith(f"{file['file']}: {expected}"), (file["error"], expected))
            self.assertEqual((file["passed"], file["quantities"]), (False, []))

    def test_states(self):
        def remove(key):
            return lambda document: document.pop(key)

        def put(path, key, value):
            return lambda document: at(document, path).update({key: value})

        self.check(COMPLEX, [
            *[(remove(key), f"the key '{key}' is missing") for key in (
                "lattice", "hamiltonian", "hilbert", "model", "parameters", "parameter_order", "samples", "log_psi",
                "local_energies", "energy", "force", "gradient", "qgt", "sr")],
            (lambda d: d["log_psi"].pop("imag"), "log_psi: the key 'imag' is missing"),
            (lambda d: d["log_psi"]["real"].pop(), "log_psi.real: has 191 entries; accepted: 192"),
            (lambda d: d["energy"].pop("R_hat"), "energy: the key 'R_hat' is missing"),
            (put("energy", "variance", "large"), "energy.variance: found the text 'large'; accepted: a number"),
            (put("energy", "mean", [1.0]), "energy.mean: has 1 entries; accepted: 2"),
            (put("samples", "shape", [32, 6]), "samples.shape: has 2 entries; accepted: 3"),
            (put("samples", "shape", [32, 6, 9]), "samples.shape: ends in 9, but there are 8 sites"),
            (put("samples", "shape", [0, 6, 8]), "samples.shape[0]: found the integer 0"),
            (put("samples", "shape", [2**31 - 1, 2**31 - 1, 8]), "samples.shape: is too large"),
            (put("samples", "shape", [2**30, 6, 8]), "samples.data: has 1536 entries"),
            (put("samples", "shape", [2**63, 6, 8]), "samples.shape[0]: found"),
            (lambda d: d["samples"]["data"].__setitem__(7, 0), "samples.data[7]: found 0.0; accepted: 1 or -1"),
            (lambda d: d["samples"]["data"].__setitem__(7, None), "samples.data[7]: found nothing; accepted: a number"),
            (put("parameters", "extra", {"shape": [1], "real": [0]}), "parameters.extra: the network has no such leaf"),
            (lambda d: d["parameters"].pop("visible_bias"), "parameters: the leaf 'visible_bias' is missing"),
            (put("parameters.Dense/kernel", "shape", [64]), "parameters.Dense/kernel.shape: is not that of"),
            (lambda d: d["parameters"]["Dense/bias"].pop("imag"), "parameters.Dense/bias: the key 'imag' is missing"),
            (lambda d: d["parameters"]["Dense/bias"]["real"].__setitem__(2, None),
             "parameters.Dense/bias.real[2]: found nothing"),
            (lambda d: d["force"]["Dense/bias"]["imag"].append(1), "force.Dense/bias.imag: has 9 entries; accepted: 8"),
            (lambda d: d["parameter_order"].pop(), "parameter_order: does not name every leaf"),
            (put("sr", "diag_shift", "0.01"), "sr.diag_shift: found the text '0.01'; accepted: a number"),
            (put("qgt", "vectors", {}), "qgt.vectors: found a map of 0 keys; accepted: a non-empty list"),
            (lambda d: d["qgt"]["vectors"][1].pop("Sv"), "qgt.vectors[1]: the key 'Sv' is missing"),
            (put("model", "alpha", 1000000), "model"),
            (put("model", "alpha", 0), "model.alpha: found the integer 0; accepted: a number > 0"),
            (put("hamiltonian", "J", [1]), "hamiltonian.J: has 1 numbers for 8 bonds"),
            (put("lattice", "edges", [[0, 8]]), "lattice.edges[0]: the bond [0, 8] leaves the sites"),
        ])
        self.check(RBM, [
            (put("gradient.Dense/bias", "imag", [0] * 20), "gradient.Dense/bias.imag: the leaf is real")])
        self.check(FULL_SUM, [
            (lambda d: d["probabilities"].pop(), "probabilities: has 69 entries; accepted: 70"),
            (lambda d: d["probabilities"].__setitem__(3, -0.1), "probabilities: entry 3 is -0.1"),
            (put("hilbert", "total_sz", 5), "hilbert.total_sz: 5 cannot be reached with 8 sites")])

    def test_other_formats(self):
        self.check(STATISTICS, [
            (lambda d: d.update(cases=[]), "cases: found a list of 0; accepted: a non-empty list"),
            (lambda d: d["cases"][2].pop("data"), "cases[2]: the key 'data' is missing"),
            (lambda d: d["cases"][2].update(shape=[64, 7]), "cases[2].data.real: has 384 entries; accepted: 448"),
            (lambda d: d["cases"][2].update(shape=[2**31 - 1] * 2), "cases[2].data.real: has 384 entries"),
            (lambda d: d["cases"][2].update(shape=[384]), "cases[2].shape: has 1 entries; accepted: 2"),
            (lambda d: d["cases"][4].pop("R_hat"), "cases[4]: the key 'R_hat' is missing"),
        ])
        self.check("exact_energies", [
            (lambda d: d["entries"][14].pop("E0"), "entries[14]: the key 'E0' is missing"),
            (lambda d: d["entries"][14].update(dimension="70"), "entries[14].dimension: found the text '70'"),
            (lambda d: d["entries"][0].update(sector={"total_sz": 0}),
             "entries[0].hamiltonian: does not conserve total S^z"),
            (lambda d: d["entries"][0]["hamiltonian"].update(J=1e300), "entries[0].hamiltonian: has couplings beyond"),
            (lambda d: d["entries"][0].update(
                lattice={"type": "chain", "extent": [200]}), "entries[0]: 200 sites have too many states"),
        ])
        self.check(TRAJECTORY, [
            (lambda d: d.pop("basis"), "the key 'basis' is missing"),
            (lambda d: d.update(steps=10**9), "runs[0].energies: has 31 entries; accepted: 1000000001"),
            (lambda d: d.update(steps=-1), "steps: found the integer -1"),
            (lambda d: d["runs"][1].pop("force_factor"), "runs[1]: the key 'force_factor' is missing"),
            (lambda d: d["basis"]["data"].pop(), "basis.data: has 2047 entries; accepted: 2048"),
        ])

    def test_random_faults(self):
        """Whatever is removed or replaced: an answer for each file, and a status of the contract."""
        generator = random.Random(11)
        documents = [load(name) for name in (RBM, FULL_SUM, STATISTICS, "jastrow_complex_ising_square3x3")]
        values = [None, True, -1, 0, 2, 1e300, 1e-300, 2**62, "", "x", [], {}, [[0, 1]], {"a": 1}, 10**30]
        names = []
        for index in range(60):
            document = json.loads(json.dumps(generator.choice(documents)))
            target = document
            while True:
                key = generator.choice(list(target)) if isinstance(target, dict) else generator.randrange(len(target))
                below = target[key]
                if not isinstance(below, (dict, list)) or not below or generator.random() < 0.4:
                    break
                target = below
            if generator.random() < 0.4:
                del target[key]
            else:
                target[key] = generator.choice(values)
            text = json.dumps(document)
            if generator.random() < 0.1:
                text = text[:generator.randrange(len(text))]
            names.append(self.write(f"random{index}.json", text))
        for ranks in (None, 2):
            status, report, messages = self.verify(*names, ranks=ranks)
            errors = [file["error"] for file in report["files"] if file["error"]]
            self.assertEqual(len(report["files"]), len(names))
            self.assertEqual((status, len(messages)), (2, len(errors)))
            for file in report["files"]:
                if file["error"]:
                    self.assertTrue(file["error"].startswith(file["file"]), file["error"])


if __name__ == "__main__":
    unittest.main()

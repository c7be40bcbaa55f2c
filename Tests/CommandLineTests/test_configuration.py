"""Good configurations: what they resolve to."""

import json
import os
import re
import unittest

from support import GOOD, REFERENCE, ROOT, CommandLineTest

SQUARE = """\
lattice: {type: square, extent: [4, 2]}
hamiltonian: {type: ising}
ansatz: {type: TYPE}
"""
SMALL = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: ising}
ansatz: {type: rbm}
"""

ARNN = SMALL.replace("rbm", "arnn_dense")


def yaml_value(text):
    """A cell of the reference, or a resolved value: a number where it is one."""
    text = text.strip("`| ")
    try:
        return float(text)
    except ValueError:
        return text


class ConfigurationTests(CommandLineTest):
    def test_autoregressive_networks_are_sampled_directly(self):
        blocks, process = self.resolved(ARNN)
        self.assertEqual(self.messages(process), [])
        self.assertEqual(blocks["sampler"]["rule"], "direct")
        self.assertEqual((blocks["ansatz"]["features"], blocks["ansatz"]["activation"]), ("[8]", "reim_selu"))
        blocks, _ = self.resolved(ARNN + "sampler: {rule: local}\n")
        self.assertEqual(blocks["sampler"]["rule"], "local")
        blocks, _ = self.resolved(SMALL.replace("rbm", "arnn_conv1d"))
        self.assertEqual((blocks["ansatz"]["kernel_size"], blocks["ansatz"]["kernel_dilation"]), ("6", "1"))
        blocks, _ = self.resolved(SMALL.replace("rbm", "arnn_conv2d").replace("chain, extent: [6]", "square, extent: [2, 4]"))
        self.assertEqual((blocks["ansatz"]["kernel_size"], blocks["ansatz"]["kernel_dilation"]), ("[2, 5]", "[1, 1]"))

    def test_lattice_hamiltonian_and_ansatz_are_enough(self):
        blocks, process = self.resolved(SMALL)
        self.assertEqual(list(blocks), ["lattice", "hamiltonian", "ansatz", "sampler", "sr", "optimiser", "run"])
        self.assertEqual(blocks["sampler"]["rule"], "local")
        self.assertEqual(blocks["sampler"]["sweep"], "6")
        self.assertEqual(
            (blocks["sr"]["solver"], blocks["sr"]["diag_shift"], blocks["sr"]["momentum"]), ("auto", "auto", "0.9"))
        self.assertEqual(blocks["ansatz"]["dtype"], "float64")
        self.assertEqual(blocks["optimiser"]["learning_rate"], "auto")
        blocks, _ = self.resolved(SMALL + "optimiser: {type: adam}\n")
        self.assertEqual(float(blocks["optimiser"]["learning_rate"]), 0.02)
        self.assertEqual((blocks["sr"]["solver"], float(blocks["sr"]["diag_shift"])), ("cg", 0.01))
        self.assertEqual(float(blocks["sr"]["momentum"]), 0)

    def test_the_documented_configuration(self):
        blocks, _ = self.resolved("""\
lattice:     {type: square, extent: [4, 4], pbc: true}        # periodic
hamiltonian: {type: heisenberg, J: 1.0, sign_rule: true}
ansatz:      {type: rbm, alpha: 2, dtype: complex128}
sampler:     {rule: exchange, chains: 64, samples: 4096, sweep: 16, discard: 8, total_sz: 0}
sr:          {solver: cg, diag_shift: 0.01, diag_scale: 0.0, momentum: 0.0, tolerance: 1.0e-6, max_iterations: 500}
optimiser:   {type: sgd, learning_rate: 0.02}
run:         {steps: 300, seed: 1, checkpoint_every: 50}
""")
        self.assertEqual(blocks["ansatz"]["dtype"], "complex128")
        self.assertEqual(blocks["sampler"]["total_sz"], "0")
        self.assertEqual(blocks["run"]["checkpoint_every"], "50")

    def test_what_is_printed_reads_back_to_the_same(self):
        documents = {
            "defaults": SMALL,
            "good": GOOD,
            "schedules": SMALL + """\
sr: {diag_shift: {type: exponential, start: 1e-1, end: 1e-7}}
optimiser: {type: adam, learning_rate: {type: piecewise, values: [[0, 0.1], [10, 0.012345678901234567]]}}
run: {output: "a: b, #c \\"d\\" \\\\ é \\u0007", steps: 1e2}
""",
            "odd": """\
lattice: {type: kagome, extent: [2, 3], pbc: [true, false]}
hamiltonian: {type: xxz, J: 1.0e-300, delta: -3, sign_rule: true}
ansatz: {type: ffnn, widths: [4, 2], activation: reim_selu, dtype: complex64, kernel_init: {type: uniform, scale: 0.1}, bias_init: zeros}
sampler: {rule: {local: 0.7, exchange: 0.3}, flips: 2, distance: 2, total_sz: 1}
""",
            "strings": """\
lattice: {type: graph, n_sites: 3, edges: [[0, 1], [2, 1]], edges_2: [[0, 2]]}
hamiltonian: {type: pauli_strings, terms: [{paulis: XYZ, coefficient: [-0.5, 0]}, {paulis: "III"}]}
ansatz: {type: mixed_jastrow_rbm, n_hidden: 2, n_real_parameters: 22}
""",
        }
        for name, document in documents.items():
            with self.subTest(name):
                _, first = self.resolved(document)
                printed = first.stdout.split("\n\n")[0] + "\n"
                _, second = self.resolved(printed)
                self.assertEqual(printed, second.stdout.split("\n\n")[0] + "\n")

    def test_numbers_in_every_spelling(self):
        for text, expected in [
            ("1e-6", 1e-6), ("1.0e-6", 1e-6), ("'1e-6'", 1e-6), ("1E-06", 1e-6), ("+1.e-6", 1e-6), (".5", 0.5),
        ]:
            with self.subTest(text):
                blocks, _ = self.resolved(SMALL + f"sr: {{tolerance: {text}}}\n")
                self.assertEqual(float(blocks["sr"]["tolerance"]), expected)
        for text, expected in [("1e3", 1000), ("2.0", 2), ("0x10", 16), ("0o17", 15), ("+7", 7), ("007", 7)]:
            with self.subTest(text):
                blocks, _ = self.resolved(SMALL + f"run: {{seed: {text}}}\n")
                self.assertEqual(blocks["run"]["seed"], str(expected))
        blocks, _ = self.resolved(SMALL + "run: {seed: 9223372036854775807}\n")
        self.assertEqual(blocks["run"]["seed"], "9223372036854775807")

    def test_overrides_replace_and_add(self):
        blocks, _ = self.resolved(
            GOOD, "--set", "sampler.chains=8", "--set", "run.steps=5", "--set", "sampler.total_sz=null", "--set",
            "sampler.rule={local: 0.5, exchange: 0.5}", "--set", "ansatz={type: jastrow}", "--set", "run.steps=7")
        self.assertEqual(blocks["sampler"]["chains"], "8")
        self.assertEqual(blocks["sampler"]["samples"], "256")
        self.assertEqual(blocks["sampler"]["total_sz"], "null")
        self.assertEqual(blocks["sampler"]["rule"], "{local: 0.5, exchange: 0.5}")
        self.assertEqual(blocks["ansatz"]["type"], "jastrow")
        self.assertEqual(blocks["run"]["steps"], "7")
        blocks, _ = self.resolved(SMALL, "--set", "sr.diag_shift.type=cosine", "--set", "sr.diag_shift.start=1",
                                  "--set", "sr.diag_shift.end=0")
        self.assertEqual(blocks["sr"]["diag_shift"], "{type: cosine, start: 1.0, end: 0.0, steps: 300}")

    def test_anchors_and_merge_keys(self):
        blocks, _ = self.resolved("""\
lattice: {type: chain, extent: &size [6]}
hamiltonian: {type: ising}
ansatz: {type: ffnn, widths: *size}
sr: {diag_shift: &ramp {type: linear, start: 0.5, end: 0.1}}
optimiser: {learning_rate: {<<: *ramp, end: 0.2}}
""")
        self.assertEqual(blocks["ansatz"]["widths"], "[6]")
        self.assertEqual(blocks["optimiser"]["learning_rate"], "{type: linear, start: 0.5, end: 0.2, steps: 300}")

    def test_byte_order_mark_and_line_ends(self):
        blocks, _ = self.resolved(b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())
        self.assertEqual(blocks["lattice"]["extent"], "[6]")

    def test_half_total_sz_and_derived_values(self):
        blocks, _ = self.resolved("""\
lattice: {type: chain, extent: [5]}
hamiltonian: {type: heisenberg}
ansatz: {type: mlp}
sampler: {total_sz: -1.5, sweep: 0, samples: 100}
""")
        self.assertEqual(blocks["sampler"]["rule"], "exchange")
        self.assertEqual(blocks["sampler"]["sweep"], "5")
        self.assertEqual(blocks["sampler"]["total_sz"], "-1.5")
        self.assertEqual(blocks["ansatz"]["hidden_dims"], "[10]")
        self.assertEqual(blocks["run"]["final_samples"], "400")

    def notices(self, document, *arguments):
        _, process = self.resolved(document, *arguments)
        return self.messages(process)

    def test_notices(self):
        cases = [
            (SMALL + "sampler: {chains: 10, samples: 25}\n", "sampler.samples: 25 is rounded up to 30"),
            (SMALL + "sampler: {chains: 100, samples: 3}\n", "sampler.samples: 3 is rounded up to 100"),
            (SMALL + "sampler: {rule: full_sum, chains: 8}\n", "sampler.chains: no effect with this sampler.rule"),
            (ARNN + "sampler: {sweep: 4, discard: 2}\n", "sampler.sweep, sampler.discard: no effect with this sampler.rule"),
            (ARNN + "sampler: {chains: 10, samples: 25}\n", "sampler.samples: 25 is rounded up to 30"),
            (SMALL + "optimiser: {type: sgd, beta: 0.5}\n", "optimiser.beta: no effect with this optimiser.type"),
            ("lattice: {type: chain, extent: [5]}\nhamiltonian: {type: heisenberg, sign_rule: true}\nansatz: {type: rbm}\n",
             "hamiltonian.sign_rule: the bonds do not allow this rotation"),
            ("lattice: {type: square, extent: [4, 4]}\nhamiltonian: {type: j1j2, sign_rule: [true, true]}\nansatz: {type: rbm}\n",
             "hamiltonian.sign_rule: the bonds do not allow this rotation"),
        ]
        for document, expected in cases:
            with self.subTest(expected):
                lines = [line for line in self.notices(document) if expected in line]
                self.assertEqual(len(lines), 1, expected)
        quiet = "lattice: {type: square, extent: [4, 4]}\nhamiltonian: {type: j1j2, sign_rule: true}\nansatz: {type: rbm}\n"
        for document in (SMALL, GOOD, quiet):
            self.assertEqual([line for line in self.notices(document) if "no effect" in line or "rotation" in line], [])

    def test_blocks_of_reference_files(self):
        documents = []
        for name in sorted(name for name in os.listdir(REFERENCE) if name.endswith(".json")):
            with open(os.path.join(REFERENCE, name), encoding="utf-8") as file:
                case = json.load(file)
            if "model" in case:
                documents.append({
                    "lattice": case["lattice"], "hamiltonian": case["hamiltonian"], "ansatz": case["model"],
                    "sampler": {"total_sz": case["hilbert"]["total_sz"]}})
        self.assertGreaterEqual(len(documents), 15)
        documents.append({  # the blocks of such a file, as they stand there
            "lattice": {"type": "chain", "extent": [4], "pbc": True, "n_sites": 4, "site_coords": [[0], [1], [2], [3]],
                        "edges": [[0, 1], [0, 3], [1, 2], [2, 3]]},
            "hamiltonian": {"type": "j1j2", "J1": 1.0, "J2": 0.5, "sign_rule": [False, False]},
            "ansatz": {"type": "rbm", "alpha": 1, "use_hidden_bias": True, "use_visible_bias": True,
                       "activation": "log_cosh", "dtype": "complex128", "n_real_parameters": 48},
            "sampler": {"total_sz": None}})
        for document in documents:
            with self.subTest(document["ansatz"]["type"]):
                blocks, _ = self.resolved(json.dumps(document))
                self.assertEqual(blocks["ansatz"]["type"], document["ansatz"]["type"])

    def test_the_reference_is_that_of_the_schema(self):
        page = self.run_program("reference").stdout
        with open(os.path.join(ROOT, "docs", "configuration.md")) as file:
            self.assertEqual(
                file.read(), page, "docs/configuration.md is not what `dist-vmc reference` prints: write it anew")
        # Every key that a resolved configuration has, with the default that was filled in where that is a constant.
        sections = dict(section.split("`", 1) for section in page.split("## `")[1:])
        types = re.findall(r"^\| `(\w+)` \| [^|]* \|$", sections["ansatz"], flags=re.MULTILINE)
        self.assertGreaterEqual(len(types), 13)
        for ansatz in types:
            inner = ", ansatz: {type: rbm}" if ansatz == "symmetrised" else ""
            text = SQUARE.replace("TYPE", ansatz + inner)
            if ansatz in ("gutzwiller", "doublon_holon"):
                text = text.replace("{type: ising}", "{type: hubbard}")
                text += "hilbert: {type: fermions, n_up: 4, n_down: 4}\n"
            blocks, _ = self.resolved(text)
            self.assertEqual(blocks["ansatz"]["type"], ansatz)
            for block, keys in blocks.items():
                rows = {}
                for line in sections[block].splitlines():
                    cells = [cell.strip() for cell in line.strip("|").split(" | ")]
                    rows.setdefault(cells[0].strip("` |"), []).append(line)
                for key, value in keys.items():
                    if key == "type":
                        continue
                    self.assertIn(key, rows, block)
                    if key in ("dtype", "use_bias", "max_iterations", "checkpoint_every"):
                        defaults = [yaml_value(cell) for row in rows[key] for cell in row.split(" | ")]
                        self.assertIn(yaml_value(value), defaults, (block, key))
        # One process of a job prints.
        process = self.run_program("reference", environment={"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"})
        self.assertEqual((process.returncode, process.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()

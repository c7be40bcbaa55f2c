"""A list under ansatz is a product of its entries: the numbers of a reference file, runs, checkpoints, messages."""

import json
import os
import unittest

from support import REFERENCE, CommandLineTest, h5py, mpirun

PRODUCT = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: heisenberg}
ansatz:
  - {type: jastrow}
  - {type: rbm, alpha: 1, dtype: complex128}
  - {type: mlp, hidden_dims: [4]}
sampler: {chains: 4, samples: 32, total_sz: 0}
run: {steps: 4, checkpoint_every: 2, final_samples: 32}
"""
LEAVES = [
    "0_jastrow/kernel", "1_rbm/Dense/bias", "1_rbm/Dense/kernel", "1_rbm/visible_bias", "2_mlp/MLP_0/Dense_0/bias",
    "2_mlp/MLP_0/Dense_0/kernel", "2_mlp/MLP_0/Dense_1/kernel"]

# A real Jastrow factor, a complex machine and a real visible bias: mixed_jastrow_rbm, factor by factor.
MIXED = [
    {"type": "jastrow", "dtype": "float64"},
    {"type": "rbm", "alpha": 0.75, "use_visible_bias": False, "dtype": "complex128"},
    {"type": "ffnn", "widths": [1], "activation": "identity", "output": "sum", "use_bias": False, "dtype": "float64"}]
NAMES = {
    "jastrow": "0_jastrow/kernel", "hidden_bias": "1_rbm/Dense/bias", "kernel": "1_rbm/Dense/kernel",
    "visible_bias": "2_ffnn/layers_0/kernel"}


def renamed(value):
    """The document with the leaves of the product in place of those of mixed_jastrow_rbm."""
    if isinstance(value, list):
        return [renamed(item) for item in value]
    if not isinstance(value, dict):
        return value
    if set(value) != set(NAMES):
        return {key: renamed(item) for key, item in value.items()}
    leaves = {NAMES[name]: dict(leaf) for name, leaf in value.items()}
    bias = leaves[NAMES["visible_bias"]]
    if "shape" in bias:
        bias["shape"] = bias["shape"] + [1]
    return leaves


def product_of_the_reference():
    """The file of mixed_jastrow_rbm, as one of the product."""
    with open(os.path.join(REFERENCE, "mixed_jastrow_rbm_chain8.json"), encoding="utf-8") as file:
        document = renamed(json.load(file))
    document["parameter_order"] = [NAMES[name] for name in document["parameter_order"]]
    document["model"] = MIXED
    return document


class ProductTests(CommandLineTest):
    def verify(self, ranks):
        self.write("product.json", json.dumps(product_of_the_reference()))
        process = self.run_well("verify", "--json", "product.json", ranks=ranks, timeout=600)
        report = json.loads(process.stdout)["files"][0]
        self.assertTrue(report["passed"], report)
        return report

    def test_a_product_has_the_numbers_of_the_mixed_network(self):
        for ranks in [None] + ([3] if mpirun() else []):
            with self.subTest(ranks=ranks):
                report = self.verify(ranks)
                self.assertIn("sr.solution", json.dumps(report))

    def test_a_wrong_number_of_a_product_is_found(self):
        document = product_of_the_reference()
        document["force"]["0_jastrow/kernel"]["real"][3] += 1e-3
        self.write("product.json", json.dumps(document))
        self.assertEqual(self.run_program("verify", "product.json", timeout=600).returncode, 1)

    def test_check_holds_and_names_the_leaves(self):
        self.write("config.yaml", PRODUCT)
        report = json.loads(self.run_well("check", "config.yaml", "--json").stdout)
        text = json.dumps(report)
        for leaf in LEAVES:
            self.assertIn(leaf, text)

    def energies(self, directory):
        with open(self.path(os.path.join(directory, "log.jsonl")), encoding="utf-8") as file:
            return [json.loads(line)["energy"]["mean"] for line in file]

    def test_run_resume_and_evaluate(self):
        self.write("config.yaml", PRODUCT)
        self.run_well("run", "config.yaml", "--output", "whole")
        self.run_well("run", "config.yaml", "--output", "parts", "--set", "run.steps=2")
        self.run_well("run", "config.yaml", "--output", "parts", "--resume")
        self.assertEqual(self.energies("parts"), self.energies("whole"))
        process = self.run_program(
            "run", "config.yaml", "--output", "parts", "--resume", "--set",
            "ansatz=[{type: jastrow}, {type: rbm, alpha: 2, dtype: complex128}, {type: mlp, hidden_dims: [4]}]")
        self.assertEqual(process.returncode, 2)
        self.assertIn("another ansatz[1].alpha;", process.stderr)
        process = self.run_program(
            "run", "config.yaml", "--output", "parts", "--resume", "--set", "ansatz={type: jastrow}")
        self.assertEqual(process.returncode, 2)
        self.assertIn("another ansatz;", process.stderr)
        self.run_well("evaluate", "whole")
        if h5py is not None:
            with h5py.File(self.path("whole/checkpoint.h5"), "r") as file:
                for leaf in LEAVES:
                    self.assertIn(leaf, file["parameters"])

    def test_parameters_of_a_product_begin_another_run(self):
        self.write("config.yaml", PRODUCT)
        self.run_well("run", "config.yaml", "--output", "first")
        start = ["--set", "run.initial_parameters=first/checkpoint.h5", "--set", "run.steps=1"]
        self.run_well("run", "config.yaml", "--output", "second", *start)
        process = self.run_program(
            "run", "config.yaml", "--output", "third", *start, "--set", "ansatz=[{type: rbm}, {type: jastrow}]")
        self.assertEqual(process.returncode, 2)
        self.assertIn("has no 0_rbm/Dense/bias", process.stderr)

    def test_screened_samples_are_those_of_double_precision(self):
        self.write("config.yaml", PRODUCT)
        for screening in ["none", "single"]:
            self.run_well("run", "config.yaml", "--output", screening, "--set", f"sampler.screening={screening}")
        self.assertEqual(self.energies("single"), self.energies("none"))

    def test_keys_of_an_entry_can_be_set(self):
        self.write("config.yaml", PRODUCT)
        report = self.run_well("check", "config.yaml", "--json", "--set", "ansatz[1].alpha=2").stdout
        self.assertIn('[6, 12]'.replace(" ", ""), report.replace(" ", ""))
        for argument, message in [
            ("ansatz[3].alpha=2", "--set ansatz[3].alpha=2: ansatz: has no entry 3: found a list of 3"),
            ("ansatz[1]alpha=2", "--set ansatz[1]alpha=2: accepted: key.path=value"),
            ("run[0].steps=2", "--set run[0].steps=2: run: has no entry 0: found a map of 3 keys"),
            ("ansatz[1].alpha=0.7", "--set ansatz[1].alpha=0.7: ansatz[1].alpha: 0.7 on 6 sites makes"),
        ]:
            with self.subTest(argument):
                process = self.run_program("check", "config.yaml", "--set", argument)
                self.assertEqual(process.returncode, 2)
                self.assertIn(message, process.stderr)

    @unittest.skipIf(mpirun() is None, "there is no launcher")
    def test_the_first_energy_does_not_depend_on_the_ranks(self):
        self.write("config.yaml", PRODUCT)
        self.run_well("run", "config.yaml", "--output", "one")
        self.run_well("run", "config.yaml", "--output", "three", ranks=3)
        one, three = self.energies("one"), self.energies("three")
        self.assertAlmostEqual(one[0][0], three[0][0], delta=1e-10)

    def test_messages_name_the_entry(self):
        rest = "lattice: {type: chain, extent: [6]}\nhamiltonian: {type: ising, J: -1, h: 1}\nansatz:\n"
        for text, message in [
            ("  - {type: jastrow}\n  - {type: rbm, alpha: 0.7}\n",
             "config.yaml:5: ansatz[1].alpha: 0.7 on 6 sites makes"),
            ("  - {type: rbm, alhpa: 1}\n", "config.yaml:4: ansatz[0].alhpa: unknown key of ansatz type 'rbm'"),
            ("  - {type: rbm}\n  - {type: mlp, dtype: float32}\n",
             "config.yaml:5: ansatz[1].dtype: float32 beside float64"),
            ("  - {type: rbm}\n  - mlp\n", "config.yaml:5: ansatz[1]: found the text 'mlp'"),
            ("  - {type: rbm, n_real_parameters: 3}\n",
             "config.yaml:4: ansatz[0].n_real_parameters: 3 does not fit the network"),
            ("  []\n", "config.yaml:4: ansatz: the list is empty"),
            ("  - {type: arnn_dense}\n  - {type: jastrow}\nsampler: {rule: direct}\n",
             "config.yaml:6: sampler.rule: direct draws from the conditional probabilities"),
        ]:
            with self.subTest(text):
                self.write("config.yaml", rest + text)
                process = self.run_program("run", "config.yaml")
                self.assertEqual(process.returncode, 2)
                self.assertIn(message, process.stderr)
                self.assertEqual(len(process.stderr.strip().splitlines()), 1)


if __name__ == "__main__":
    unittest.main()

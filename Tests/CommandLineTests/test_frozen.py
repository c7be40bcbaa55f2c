"""Training in stages: frozen factors, and starting parameters from several files."""

import json
import os
import unittest

from support import CommandLineTest, h5py, mpirun

HEAD = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: heisenberg}
sampler: {chains: 4, samples: 64, total_sz: 0}
"""
JASTROW = "{type: jastrow}"
RBM = "{type: rbm, alpha: 1, dtype: complex128}"


def configuration(ansatz, run=""):
    return HEAD + f"ansatz: {ansatz}\nrun: {{steps: 3, checkpoint_every: 1, final_samples: 32{run}}}\n"


class FrozenTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("pairs.yaml", configuration(JASTROW))
        self.run_well("run", "pairs.yaml")
        self.write(
            "both.yaml",
            configuration(f"[{{type: jastrow, frozen: true}}, {RBM}]", ", initial_parameters: [pairs/checkpoint.h5]"))

    def parameters(self, directory):
        with h5py.File(self.path(directory, "checkpoint.h5"), "r") as file:
            leaves = {}
            file["parameters"].visititems(
                lambda name, item: leaves.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
            return leaves

    def refused(self, message, *arguments, configuration="both.yaml", command="run"):
        process = self.run_program(command, configuration, "--output", "refused", *arguments)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn(message, process.stderr)
        self.assertFalse(os.path.exists(self.path("refused", "checkpoint.h5")))

    def test_a_frozen_factor_stays_and_the_other_is_trained(self):
        energies = []
        for ranks in [None] + ([2, 3, 4] if mpirun() else []):
            with self.subTest(ranks=ranks):
                process = self.run_well("run", "both.yaml", "--output", f"out{ranks}", ranks=ranks)
                self.assertIn("run.initial_parameters: nothing for 1_rbm: it starts as without files", process.stderr)
                energies.append(self.energies(f"out{ranks}"))
                for energy, first in zip(energies[-1], energies[0]):
                    self.assertAlmostEqual(energy, first, delta=1e-9)
                if h5py is not None:
                    parameters = self.parameters(f"out{ranks}")
                    self.assertEqual(
                        parameters["0_jastrow/kernel"].tobytes(), self.parameters("pairs")["kernel"].tobytes())
                    self.assertTrue(parameters["1_rbm/Dense/kernel"].any())

    def test_resuming_goes_on_bit_for_bit(self):
        options = [
            "--set", "optimiser={type: adam, learning_rate: 0.01}", "--set", "sr.momentum=0.5", "--set",
            "run.max_returns=1"]
        self.run_well("run", "both.yaml", "--output", "whole", *options)
        self.run_well("run", "both.yaml", "--output", "parts", *options, "--set", "run.steps=2")
        self.run_well("run", "both.yaml", "--output", "parts", *options, "--resume")
        self.assertEqual(self.energies("parts"), self.energies("whole"))
        self.assertEqual(self.summary("parts")["energy"], self.summary("whole")["energy"])
        # A run that has taken its average goes on from what it was before.
        averaged = options + ["--set", "run.averaged_steps=2"]
        self.run_well("run", "both.yaml", "--output", "averaged", *averaged, "--set", "run.steps=2")
        self.run_well("run", "both.yaml", "--output", "averaged", *averaged, "--resume")
        self.assertEqual(self.energies("averaged"), self.energies("whole"))
        if h5py is not None:
            whole, parts = self.parameters("whole"), self.parameters("parts")
            self.assertEqual({name: value.tobytes() for name, value in parts.items()},
                             {name: value.tobytes() for name, value in whole.items()})
            self.assertEqual(
                self.parameters("averaged")["0_jastrow/kernel"].tobytes(), whole["0_jastrow/kernel"].tobytes())
            self.assertEqual(
                whole["0_jastrow/kernel"].tobytes(), self.parameters("pairs")["kernel"].tobytes())
        process = self.run_program(
            "run", "both.yaml", "--output", "parts", *options, "--resume", "--set", "ansatz[0].frozen=false")
        self.assertEqual(process.returncode, 2)
        self.assertIn("another ansatz[0].frozen;", process.stderr)
        self.run_well("evaluate", "whole")

    def test_frozen_false_is_as_nothing(self):
        self.run_well("run", "pairs.yaml", "--output", "more", "--set", "ansatz.frozen=false")
        self.run_well("run", "pairs.yaml", "--output", "more", "--resume")

    def test_check_says_how_many_are_trained(self):
        report = json.loads(self.run_well("check", "both.yaml", "--json").stdout)
        self.assertTrue(report["passed"], report)
        parameters = report["parameters"]
        self.assertEqual((parameters["count"], parameters["trained"]), (15 + 96, 96))
        self.assertEqual([leaf["trained"] for leaf in parameters["leaves"]], [False, True, True, True])
        self.assertTrue(report["holomorphic"])
        self.assertIn(
            "parameters: 111 real numbers, of which 96 are trained", self.run_well("check", "both.yaml").stdout)

    def test_solvers_agree_on_what_is_trained(self):
        energies = []
        for solver in [
            "{solver: cg, tolerance: 1.0e-12}", "{solver: cholesky}", "{solver: minsr}",
            "{solver: minres, tolerance: 1.0e-12}",
        ]:
            for scale in ["", ", diag_scale: 0.1"]:
                self.run_well(
                    "run", "both.yaml", "--output", "x" + str(len(energies)), "--set",
                    "sr=" + solver[:-1] + scale + ", diag_shift: 0.01}", "--set", "optimiser.learning_rate=0.02")
                energies.append(self.energies("x" + str(len(energies))))
        for pair in [0, 1]:
            for other in energies[pair::2]:
                for energy, first in zip(other, energies[pair]):
                    self.assertAlmostEqual(energy, first, delta=1e-6)

    def test_two_files_by_position_and_by_name(self):
        self.write("machine.yaml", configuration(RBM))
        self.run_well("run", "machine.yaml")
        ansatz = f"[{RBM}, {JASTROW}]"
        self.write("product.yaml", configuration(ansatz))
        lists = ["[machine/checkpoint.h5, pairs/checkpoint.h5]", "[pairs/checkpoint.h5, machine/checkpoint.h5]",
                 "{1_jastrow: pairs/checkpoint.h5, 0_rbm: machine/checkpoint.h5}"]
        for number, files in enumerate(lists):
            process = self.run_well(
                "run", "product.yaml", "--output", f"out{number}", "--set", f"run.initial_parameters={files}", "--set",
                "run.steps=1")
            self.assertNotIn("initial_parameters", process.stderr)
            self.assertEqual(self.energies(f"out{number}"), self.energies("out0"))
        # Factors of another product, whose place there was another.
        other = "[{type: jastrow, frozen: true}, " + RBM + "]"
        for number, files in enumerate(
            ["[out0/checkpoint.h5]", "{0_jastrow: out0/checkpoint.h5, 1_rbm: out0/checkpoint.h5}"]
        ):
            process = self.run_well(
                "run", "product.yaml", "--output", f"turned{number}", "--set", "ansatz=" + other, "--set",
                f"run.initial_parameters={files}", "--set", "run.steps=1")
            if h5py is not None:
                self.assertEqual(
                    self.parameters(f"turned{number}")["0_jastrow/kernel"].tobytes(),
                    self.parameters("out0")["1_jastrow/kernel"].tobytes())
        self.assertEqual(self.energies("turned0"), self.energies("turned1"))

    def test_wrong_files_are_refused(self):
        def files(value):
            return ["--set", f"run.initial_parameters={value}"]

        two = ["--set", f"ansatz=[{JASTROW}, {JASTROW}]"]
        self.refused("run.initial_parameters[0]: pairs/checkpoint.h5 may be 0_jastrow or 1_jastrow; accepted: a map", *two)
        self.refused(
            "run.initial_parameters[1]: pairs/checkpoint.h5 has parameters of 0_jastrow, which pairs/checkpoint.h5 has, too",
            *files("[pairs/checkpoint.h5, pairs/checkpoint.h5]"))
        self.refused(
            "is no factor of the network; it has 0_rbm/Dense/bias", "--set", f"ansatz=[{RBM}, {{type: rbm, alpha: 2}}]")
        self.refused(
            "pairs/checkpoint.h5 holds kernel as float64 of shape [15]; 0_jastrow needs kernel, real of shape [28]", "--set",
            "lattice.extent=[8]")
        self.refused("did you mean '0_jastrow'?", *files("{0_jastro: pairs/checkpoint.h5}"))
        self.refused("pairs/checkpoint.h5 has no Dense/bias; 1_rbm needs", *files("{1_rbm: pairs/checkpoint.h5}"))
        self.refused(
            "the network is no product of factors with names; accepted here: one file",
            *files("{0_jastrow: pairs/checkpoint.h5}"), configuration="pairs.yaml")
        self.refused("found a list of 0; accepted: text, a list of texts, or a map", *files("[]"))
        self.refused("no checkpoint at nowhere.h5", *files("[nowhere.h5]"))

    def test_nothing_to_train_and_evolutions_are_refused(self):
        self.refused("ansatz.frozen: every parameter is frozen", "--set", "ansatz.frozen=true", configuration="pairs.yaml")
        self.refused(
            "ansatz[0].frozen: every parameter is frozen", "--set",
            "ansatz=[{type: symmetrised, group: translation, ansatz: {type: jastrow}, frozen: true}, "
            "{type: symmetrised, group: translation, ansatz: {type: rbm, frozen: true}}]", "--set",
            "run.initial_parameters=null")
        self.refused(
            "ansatz[0].frozen: an evolution in time moves every parameter", "--set",
            "dynamics={end_time: 0.1}", command="evolve")

    def test_a_symmetrised_factor_is_frozen(self):
        self.run_well(
            "run", "both.yaml", "--output", "out", "--set",
            "ansatz=[{type: symmetrised, group: translation, ansatz: {type: jastrow, frozen: true}}, " + RBM + "]",
            "--set", "sampler.rule=full_sum")
        if h5py is not None:
            self.assertEqual(
                self.parameters("out")["0_symmetrised/kernel"].tobytes(), self.parameters("pairs")["kernel"].tobytes())

    def test_a_projected_pair_product_is_frozen(self):
        head = """\
lattice: {type: chain, extent: [4]}
hilbert: {type: fermions, n_up: 2, n_down: 2}
hamiltonian: {type: hubbard, U: 4}
ansatz:
  - {type: symmetrised, group: translation, spin: 0, ansatz: {type: pair_product, frozen: true}}
  - {type: gutzwiller}
  - {type: jastrow}
sampler: {rule: full_sum}
run: {steps: 3, final_samples: 32}
"""
        self.write("hubbard.yaml", head)
        self.run_well("run", "hubbard.yaml", "--output", "one")
        report = json.loads(self.run_well("check", "hubbard.yaml", "--json").stdout)
        self.assertTrue(report["passed"], report)
        self.assertLess(report["parameters"]["trained"], report["parameters"]["count"])
        if h5py is not None:
            self.run_well("run", "hubbard.yaml", "--output", "none", "--set", "run.steps=0")
            first, last = self.parameters("none"), self.parameters("one")
            for name, values in first.items():
                self.assertEqual(values.tobytes() == last[name].tobytes(), name.startswith("0_"), name)


if __name__ == "__main__":
    unittest.main()

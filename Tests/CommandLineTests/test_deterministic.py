"""run.deterministic: the same bits on any number of ranks."""

import json
import unittest

from support import CommandLineTest

try:
    import h5py
except ImportError:
    h5py = None

# 22 chains in blocks of four: no number of ranks divides them evenly.
CHAINS = """\
lattice:     {type: chain, extent: [10], pbc: true}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz:      {type: rbm, alpha: 2}
sampler:     {chains: 22, samples: 700}
sr:          {diag_shift: 0.01}
optimiser:   {type: sgd, learning_rate: 0.05}
run:         {steps: 30, seed: 1, final_samples: 700, deterministic: true}
"""
CASES = {
    "cg": [],
    "minres": ["sr.solver=minres"],
    "cholesky": ["sr.solver=cholesky"],
    "cg in sample space": ["sr.space=samples"],
    "minsr": ["sr.solver=minsr"],
    "spring": ["sr.solver=minsr", "sr.momentum=0.8", "sr.diag_scale=0.01"],
    "pinv_smooth in sample space": ["sr.solver=pinv_smooth", "sr.space=samples"],
    "complex network, adam": [
        "ansatz={type: ffnn, widths: [9, 5], dtype: complex64}", "optimiser={type: adam, learning_rate: 0.01}"],
    "network of two layers, screened proposals": [
        "ansatz={type: mlp, hidden_dims: [9, 7]}", "sampler.screening=single"],
    "autoregressive, drawn directly": [
        "ansatz={type: arnn_conv1d, features: [5], kernel_size: 4}", "sampler.rule=direct", "sr.solver=minsr"],
    "group-convolutional": [
        "ansatz={type: gcnn, features: [2, 2], parity: 1}", "sampler.samples=352", "run.final_samples=352"],
    "convolutions over translations, minsr": [
        "ansatz={type: gcnn, group: translation, features: [3, 2]}", "sr.solver=minsr"],
    "symmetrised": ["ansatz={type: symmetrised, ansatz: {type: rbm}, parity: 1}"],
    # What distributed solvers and blocks of columns would take up otherwise.
    "more than 1024 samples and parameters": [
        "ansatz.alpha=12", "sampler.samples=1056", "run.final_samples=1056", "sr.solver=minsr", "sr.diag_scale=0.01"],
    "a subspace that is kept": ["sr.preconditioner=subspace", "sr.subspace_size=12", "sr.diag_scale=0.01"],
    "the solver that costs least": ["sr.solver=auto", "sr.space=auto", "sr.jacobian=auto"],
    "steps that are chosen": [
        "optimiser.learning_rate=auto", "sr.diag_shift=auto", "sr.momentum=0.9", "sr.solver=minsr"],
    "summed basis": ["sampler.rule=full_sum", "sr.solver=minsr"],
}


class DeterministicTests(CommandLineTest):
    def parameters(self, directory):
        """The bytes of every array of parameters in the checkpoint."""
        if h5py is None:
            return None
        found = {}
        with h5py.File(self.path(directory, "checkpoint.h5"), "r") as file:
            def visit(name, item):
                if isinstance(item, h5py.Dataset):
                    found[name] = item[()].tobytes()
            file["parameters"].visititems(visit)
        self.assertTrue(found)
        return found

    def test_one_to_four_ranks_give_the_same_bits(self):
        self.write("config.yaml", CHAINS)
        for name, settings in CASES.items():
            with self.subTest(name):
                steps = 30 if name in ("cg", "minsr") else 6
                arguments = [
                    argument for setting in [*settings, f"run.steps={steps}"] for argument in ("--set", setting)]
                results = {}
                for ranks in (1, 2, 3, 4):
                    output = f"{name}-{ranks}"
                    self.run_well("run", "config.yaml", "--quiet", "--output", output, *arguments, ranks=ranks)
                    summary = self.summary(output)
                    results[ranks] = (
                        self.parameters(output), self.physics(output), summary["energy"], summary["v_score"])
                self.assertEqual(len(results[1][1]), steps)
                for ranks in (2, 3, 4):
                    self.assertEqual(results[ranks], results[1], f"{ranks} ranks")

    def test_resumed_on_another_number_of_ranks(self):
        self.write("config.yaml", CHAINS)
        arguments = ("run", "config.yaml", "--quiet", "--resume", "--set", "sr.solver=minsr")
        self.run_well(*arguments, "--output", "whole", ranks=1)
        self.run_well(*arguments, "--output", "parts", "--set", "run.steps=11", ranks=3)
        self.run_well(*arguments, "--output", "parts", ranks=2)
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        self.assertEqual(self.parameters("parts"), self.parameters("whole"))
        process = self.run_program(*arguments, "--output", "parts", "--set", "run.deterministic=false")
        self.assertEqual(process.returncode, 2)
        self.assertIn("run.deterministic", process.stderr)

    def test_observables_have_the_same_bits(self):
        self.write("config.yaml", CHAINS)
        self.write(
            "observables.yaml",
            "magnetisation: {components: [x, z]}\ncorrelations: {components: [zz, ss]}\nstructure_factor: {}\n"
            "renyi2: {subsystems: [{name: some, sites: [0, 1, 2, 5]}]}\n")
        sources = {
            "chains": [],
            "drawn directly": ["sampler.rule=direct", "ansatz={type: arnn_dense, features: [4]}"],
            "summed basis": ["sampler.rule=full_sum"],
        }
        for name, settings in sources.items():
            with self.subTest(name):
                arguments = [argument for setting in [*settings, "run.steps=5"] for argument in ("--set", setting)]
                self.run_well("run", "config.yaml", "--quiet", "--output", name, *arguments, ranks=2)
                results = [
                    self.run_well(
                        "evaluate", name, "--observables", "observables.yaml", "--precision", "0.1", "--json", ranks=ranks
                    ).stdout for ranks in (1, 2, 3, 4)]
                self.assertTrue(json.loads(results[0])["correlations"])
                for ranks, result in zip((2, 3, 4), results[1:]):
                    self.assertEqual(result, results[0], f"{ranks} ranks")

    def test_what_would_not_be_deterministic_is_refused(self):
        self.write("config.yaml", CHAINS)
        process = self.run_program("check", "config.yaml", "--set", "run.threads=2")
        self.assertEqual(process.returncode, 2)
        self.assertIn("run.threads", self.messages(process)[0])
        # Threads that only the environment asks for are not taken.
        process = self.run_program(
            "run", "config.yaml", "--set", "run.steps=1", environment={"OPENBLAS_NUM_THREADS": "64"})
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertNotIn("threads", process.stderr)
        process = self.run_program(
            "benchmark", "config.yaml", "--predict", "8", "--latency", "1e-6", "--bandwidth", "1e9")
        self.assertEqual(process.returncode, 2)
        self.assertIn("run.deterministic: --predict", process.stderr)

    def test_ranks_without_work_are_told(self):
        self.write("config.yaml", CHAINS)
        process = self.run_well(
            "run", "config.yaml", "--set", "run.steps=1", "--set", "sampler.chains=2", "--set", "sampler.samples=20",
            ranks=2)
        self.assertIn("run.deterministic: the samples make 1 block: 1 of 2 ranks have none", process.stderr)


if __name__ == "__main__":
    unittest.main()

"""scripts/netket_params.py: parameters go to NetKet and come back, and log psi is the same there.

DIST_VMC_NETKET_PYTHON names an interpreter that has NetKet, if this one does not; without NetKet the tests are skipped.
"""

import itertools
import json
import os
import subprocess
import sys
import unittest

from support import ROOT, CommandLineTest

PYTHON = os.environ.get("DIST_VMC_NETKET_PYTHON", sys.executable)
SCRIPT = os.path.join(ROOT, "scripts", "netket_params.py")
OTHER_SIDE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "netket_log_psi.py")


def netket_is_there():
    """Looks for the packages without importing them."""
    look = "import importlib.util, sys; sys.exit(not all(map(importlib.util.find_spec, ('netket', 'flax', 'h5py'))))"
    try:
        return subprocess.run([PYTHON, "-c", look], capture_output=True, timeout=60).returncode == 0
    except OSError:
        return False


NETWORKS = [
    {"type": "rbm", "alpha": 2},
    {"type": "rbm", "alpha": 1, "dtype": "complex128"},
    {"type": "rbm_modphase", "alpha": 1},
    {"type": "jastrow", "dtype": "complex128"},
    {"type": "mlp", "hidden_dims": [5, 4]},
    {"type": "ffnn", "widths": [7, 3], "dtype": "complex128"},
    {"type": "arnn_dense", "features": [4, 3]},
    {"type": "arnn_dense", "features": [3], "dtype": "complex128"},
    {"type": "arnn_conv1d", "features": [4], "kernel_size": 3, "kernel_dilation": 2, "dtype": "complex128"},
    {"type": "arnn_conv2d", "features": [3, 2], "kernel_size": [2, 3]},
]
# 3 × 3: a square, as NetKet's two-dimensional convolutions want it.
LATTICE = {"type": "square", "extent": [3, 3]}
HAMILTONIAN = {"type": "ising", "J": -1.0, "h": 1.0}
SITES = 9


@unittest.skipUnless(netket_is_there(), f"{PYTHON} has no NetKet; DIST_VMC_NETKET_PYTHON names one that has")
class NetKetParametersTests(CommandLineTest):
    def python(self, *arguments):
        return subprocess.run(
            [PYTHON, *arguments], cwd=self.directory, capture_output=True, text=True, timeout=180,
            env=dict(os.environ, JAX_PLATFORMS="cpu", NETKET_MPI="0"))

    def succeed(self, *arguments):
        process = self.python(*arguments)
        self.assertEqual(process.returncode, 0, process.stderr)

    def configuration(self, network, **run):
        return self.write("config.yaml", json.dumps({
            "lattice": LATTICE, "hamiltonian": HAMILTONIAN,
            "ansatz": dict(network, kernel_init={"type": "normal", "scale": 0.3}),
            "sampler": {"chains": 4, "samples": 64}, "run": run}))

    def log_psi_error(self, network, answer):
        """The largest relative error of the program's log psi at NetKet's leaves against NetKet's log psi."""
        zeros = {
            name: {part: [0.0] * len(values) for part, values in leaf.items() if part != "shape"}
            for name, leaf in answer["leaves"].items()}
        states = list(itertools.product([1, -1], repeat=SITES))
        count = len(states)
        nothing = {"real": [0.0] * count, "imag": [0.0] * count}
        # A case with log psi alone in it: the other quantities are not NetKet's, and their verdict is not read.
        document = {
            "format": "distqgt-reference-1", "name": "netket", "lattice": LATTICE, "hamiltonian": HAMILTONIAN,
            "hilbert": {"total_sz": None}, "model": network, "parameters": answer["leaves"],
            "parameter_order": list(answer["leaves"]),
            "samples": {"shape": [1, count, SITES], "data": list(itertools.chain(*states))}, "probabilities": None,
            "log_psi": {
                "real": [value[0] for value in answer["log_psi"]], "imag": [value[1] for value in answer["log_psi"]]},
            "local_energies": nothing,
            "energy": {"mean": [0.0, 0.0], "variance": 0.0, "error_of_mean": 0.0, "R_hat": None, "tau_corr": None},
            "force": zeros, "gradient": zeros, "qgt": {"vectors": [{"v": zeros, "Sv": zeros}]}, "sr": {"diag_shift": 1.0, "solution": zeros},
        }
        self.write("case.json", json.dumps(document))
        process = self.run_program("verify", "case.json", "--json", timeout=60)
        report = json.loads(process.stdout)["files"][0]
        self.assertIsNone(report["error"], process.stderr)
        quantities = {quantity["name"]: quantity for quantity in report["quantities"]}
        return quantities["log_psi"]["max_relative_error"]

    def test_there_and_back(self):
        for number, network in enumerate(NETWORKS):
            with self.subTest(network):
                first, second = f"first{number}", f"second{number}"
                name = self.configuration(network, steps=2, final_samples=4)
                self.run_well("run", name, "--quiet", "--output", first)
                self.succeed(SCRIPT, "to-netket", f"{first}/checkpoint.h5", f"{number}.mpack")
                self.write("question.json", json.dumps({"model": network, "sites": SITES}))
                self.succeed(OTHER_SIDE, "question.json", f"{number}.mpack", "answer.json")
                with open(self.path("answer.json")) as file:
                    answer = json.load(file)
                self.assertLess(self.log_psi_error(network, answer), 1e-12)
                # Back: the same numbers, bit for bit, as NetKet's file has them.
                self.succeed(SCRIPT, "from-netket", f"{number}.mpack", f"{number}.h5")
                name = self.configuration(network, steps=0, final_samples=4, initial_parameters=f"{number}.h5")
                self.run_well("run", name, "--quiet", "--output", second, ranks=2 if number == 0 else None)
                self.succeed(SCRIPT, "to-netket", f"{second}/checkpoint.h5", f"{number}-again.mpack")
                with open(self.path(f"{number}.mpack"), "rb") as one, open(self.path(f"{number}-again.mpack"), "rb") as two:
                    self.assertEqual(one.read(), two.read())

    def test_what_cannot_be_converted(self):
        self.write("text.h5", "no HDF5\n")
        self.write("text.mpack", "no variables\n")
        self.write("there.mpack", "")
        for arguments, word in [
            (["to-netket", "nothing.h5", "new.mpack"], "nothing.h5"),
            (["to-netket", "text.h5", "new.mpack"], "text.h5 cannot be read as HDF5"),
            (["from-netket", "text.mpack", "new.h5"], "text.mpack"),
            (["to-netket", "text.h5", "there.mpack"], "exists and is not overwritten"),
        ]:
            with self.subTest(arguments):
                before = self.digests()
                process = self.python(SCRIPT, *arguments)
                self.assertEqual(process.returncode, 2, process.stderr)
                self.assertIn(word, process.stderr)
                self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
                self.assertEqual(self.digests(), before)


if __name__ == "__main__":
    unittest.main()

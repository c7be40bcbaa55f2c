"""Steps whose size and shift are chosen, and runs that are given what should not be given."""

import json
import math
import unittest

from support import CommandLineTest

try:
    import h5py
except ImportError:
    h5py = None

CHAIN = """\
lattice: {type: chain, extent: [10]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 1}
sampler: {total_sz: 0, chains: 32, samples: 512}
run: {steps: 60, final_samples: 2048, checkpoint_every: 20}
"""
# 4 sum_k cos over the ground state of 10 sites, in Pauli matrices.
EXACT = -18.06178541796


class StepControlTests(CommandLineTest):
    def test_three_blocks_are_enough(self):
        self.write("chain.yaml", CHAIN)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out")
        resolved, _ = self.resolved(CHAIN)
        self.assertEqual(
            (resolved["optimiser"]["learning_rate"], resolved["sr"]["diag_shift"], resolved["sr"]["solver"],
             resolved["sr"]["momentum"]), ("auto", "auto", "auto", "0.9"))
        energy = self.summary("out")["energy"]["mean"][0]
        self.assertLess((energy - EXACT) / abs(EXACT), 5e-3)
        entries = self.log("out")
        tried = [entry["step"] for entry in entries if entry["control"]["ratio"] is not None]
        self.assertLessEqual(set(range(1, 11)) | {step + 1 for step in range(16, 60, 8)}, set(tried))
        self.assertLess(len(tried), 60)
        for entry in entries[10:]:
            self.assertGreater(entry["control"]["curvature"], 0)
            self.assertTrue(0 < entry["control"]["signal"] <= 1)
        shifts = [entry["diag_shift"] for entry in entries]
        self.assertGreater(sum(later == earlier / 1.05 for earlier, later in zip(shifts, shifts[1:])), 20)
        self.assertLess(shifts[-1], shifts[0])

    def test_where_no_sector_is_given(self):
        """Flips of single sites alone freeze in a state whose amplitudes are of one sector."""
        free = CHAIN.replace("total_sz: 0, ", "")
        self.write("chain.yaml", free)
        resolved, process = self.resolved(free)
        self.assertEqual(resolved["sampler"]["rule"], "{exchange: 0.5, local: 0.5}")
        self.assertTrue(any("total S^z" in line for line in self.messages(process)))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out")
        energy = self.summary("out")["energy"]["mean"][0]
        self.assertLess((energy - EXACT) / abs(EXACT), 5e-3)
        last = self.log("out")[-1]
        self.assertGreater(last["acceptance"], 0.05)
        # The ground state has total S^z 0: single flips are refused, exchanges are not.
        moves = last["acceptance_by_move"]
        self.assertEqual(set(moves), {"local", "exchange"})
        self.assertTrue(moves["local"] < 0.05 < 0.1 < moves["exchange"], moves)
        self.assertAlmostEqual((moves["local"] + moves["exchange"]) / 2, last["acceptance"], delta=0.02)

    def test_frustrated_bonds_and_more_parameters_than_samples(self):
        """A descent from the ferromagnet, the highest state: momentum kept through it would end in a few configurations."""
        self.write("triangular.yaml", """\
lattice: {type: triangular, extent: [3, 3]}
hamiltonian: {type: heisenberg}
ansatz: {type: rbm, alpha: 4, dtype: complex128}
sampler: {samples: 512}
run: {steps: 150}
""")
        self.run_well("run", "triangular.yaml", "--quiet", "--output", "out")
        exact = json.loads(self.run_well("exact", "triangular.yaml", "--json").stdout)["energies"][0]
        self.assertLess((self.summary("out")["energy"]["mean"][0] - exact) / abs(exact), 0.05)

    def test_a_given_learning_rate_leaves_everything_as_it_was(self):
        self.write("chain.yaml", CHAIN + "optimiser: {learning_rate: 0.02}\n")
        resolved, _ = self.resolved(CHAIN + "optimiser: {learning_rate: 0.02}\n")
        self.assertEqual(
            (resolved["sr"]["diag_shift"], resolved["sr"]["solver"], resolved["sr"]["momentum"]), ("0.01", "cg", "0.0"))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--set", "run.steps=2")
        self.assertTrue(all(entry["control"] is None for entry in self.log("out")))

    def test_either_alone(self):
        self.write("chain.yaml", CHAIN)
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "shift", "--set", "optimiser.learning_rate=0.02", "--set",
            "sr.diag_shift=auto", "--set", "run.steps=12")
        self.assertEqual({entry["learning_rate"] for entry in self.log("shift")}, {0.02})
        self.assertGreater(len({entry["diag_shift"] for entry in self.log("shift")}), 5)
        self.run_well(
            "run", "chain.yaml", "--quiet", "--output", "rate", "--set", "sr.diag_shift=0.003", "--set", "run.steps=12")
        self.assertEqual({entry["diag_shift"] for entry in self.log("rate")}, {0.003})
        self.assertGreater(len({entry["learning_rate"] for entry in self.log("rate")}), 5)

    def test_it_goes_on_where_it_was(self):
        self.write("chain.yaml", CHAIN)
        for ranks in (1, 2):
            whole, parts = f"whole{ranks}", f"parts{ranks}"
            self.run_well("run", "chain.yaml", "--quiet", "--output", whole, "--set", "run.steps=30", ranks=ranks)
            self.run_well("run", "chain.yaml", "--quiet", "--output", parts, "--set", "run.steps=13", ranks=ranks)
            self.run_well(
                "run", "chain.yaml", "--quiet", "--output", parts, "--set", "run.steps=30", "--resume", ranks=ranks)
            self.assertEqual(self.physics(parts), self.physics(whole))
            self.assertEqual(
                [entry["control"] for entry in self.log(parts)], [entry["control"] for entry in self.log(whole)])

    def test_samples_grow_as_noise_asks_for(self):
        chain = CHAIN.replace("samples: 512", "max_samples: 2048")
        self.write("chain.yaml", chain)
        resolved, _ = self.resolved(chain)
        self.assertEqual((resolved["sampler"]["samples"], resolved["sampler"]["max_samples"]), ("auto", "2048"))
        self.assertEqual(resolved["sr"]["tolerance"], "auto")
        report = json.loads(self.run_well("check", "chain.yaml", "--json").stdout)
        self.assertEqual((report["least_samples"], report["samples"]["total"]), (256, 2048))
        arguments = ("--quiet", "--set", "run.deterministic=true")
        self.run_well("run", "chain.yaml", "--output", "whole", *arguments)
        counts = [entry["samples"] for entry in self.log("whole")]
        self.assertEqual(counts[0], 256)
        self.assertGreater(counts[-1], 256)
        self.assertLessEqual(set(counts), {256, 512, 1024, 2048})
        self.assertTrue(all(later / earlier in (0.5, 1, 2) for earlier, later in zip(counts, counts[1:])))
        summary = self.summary("whole")
        self.assertEqual((summary["samples_per_step"], summary["samples_drawn"]), (2048, sum(counts)))
        self.assertLess((summary["energy"]["mean"][0] - EXACT) / abs(EXACT), 5e-3)
        # On other numbers of ranks, and taken up in the middle of a number of samples.
        self.run_well("run", "chain.yaml", "--output", "ranks", *arguments, ranks=3)
        self.assertEqual(self.physics("ranks"), self.physics("whole"))
        for steps in (7, 29, 60):
            self.run_well("run", "chain.yaml", "--output", "parts", "--resume", *arguments, "--set", f"run.steps={steps}")
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        self.assertEqual([entry["samples"] for entry in self.log("parts")], counts)
        self.assertEqual(self.summary("parts")["samples_drawn"], sum(counts))

    def test_where_samples_are_not_chosen(self):
        for settings, samples, tolerance in (
            ("optimiser: {learning_rate: 0.02}\n", "4096", "1.0e-06"),
            ("optimiser: {learning_rate: 0.02}\nsampler: {max_samples: 100}\n", "100", "1.0e-06"),
            ("sampler: {rule: full_sum}\n", "4096", "auto"),
            ("sampler: {samples: 100}\n", "100", "auto"),
            ("optimiser: {learning_rate: 0.02}\nsr: {diag_shift: auto}\nsampler: {samples: auto}\n", "auto", "1.0e-06"),
        ):
            text = CHAIN.replace("sampler: {total_sz: 0, chains: 32, samples: 512}\n", "") + settings
            resolved, _ = self.resolved(text)
            self.assertEqual((resolved["sampler"]["samples"], resolved["sr"]["tolerance"]), (samples, tolerance), settings)

    def test_energies_that_are_clipped(self):
        """The same on any number of ranks, and only in the forces."""
        self.write("chain.yaml", CHAIN + "sr: {clip_energies: 1.5}\n")
        arguments = ("--quiet", "--set", "run.steps=6", "--set", "run.deterministic=true")
        for ranks in (1, 3):
            self.run_well("run", "chain.yaml", "--output", f"r{ranks}", *arguments, ranks=ranks)
        entries = self.log("r1")
        self.assertEqual(self.physics("r3"), self.physics("r1"))
        self.assertEqual([entry["clipped"] for entry in self.log("r3")], [entry["clipped"] for entry in entries])
        self.assertTrue(all(0 < entry["clipped"] < 512 for entry in entries))
        self.run_well("run", "chain.yaml", "--output", "whole", "--set", "sr.clip_energies=null", *arguments)
        whole = self.log("whole")
        self.assertEqual({entry["clipped"] for entry in whole}, {None})
        self.assertEqual(whole[0]["energy"], entries[0]["energy"])
        self.assertNotEqual(whole[1]["energy"], entries[1]["energy"])
        process = self.run_well("run", "chain.yaml", "--set", "sampler={rule: full_sum, total_sz: 0}", "--set", "run.steps=1")
        self.assertIn("sr.clip_energies: no effect with this sampler.rule", process.stderr)

    def test_what_cannot_be_chosen(self):
        self.write("chain.yaml", CHAIN)
        for settings, words in (
            (["optimiser.learning_rate=auto", "optimiser.type=adam"], "optimiser.learning_rate"),
            (["optimiser.learning_rate=auto", "sr.solver=none"], "optimiser.learning_rate"),
            (["optimiser.learning_rate=automatic"], "auto, or a number"),
            (["sr.diag_shift=-1"], "auto, or a number >= 0"),
            (["sampler.samples=auto", "optimiser.learning_rate=0.1"],
             "sampler.samples: the noise of a step is measured where optimiser.learning_rate or sr.diag_shift is auto; "
             "accepted: an integer"),
            (["sampler.samples=0"], "auto, or an integer"),
            (["sr.tolerance=auto", "optimiser.learning_rate=0.1"], "sr.tolerance: the noise of a step is measured where"),
            (["sr.clip_energies=-5"], "sr.clip_energies: found the integer -5; accepted: a number > 0, or null"),
        ):
            arguments = [part for setting in settings for part in ("--set", setting)]
            result = self.run_program("run", "chain.yaml", "--output", "none", *arguments)
            self.assertEqual(result.returncode, 2, settings)
            self.assertIn(words, result.stderr)
            self.assertEqual(len(self.messages(result)), 1, result.stderr)


class SabotageTests(CommandLineTest):
    """A run recovers or ends with one clear reason, and leaves no number that is not finite in a checkpoint."""

    runs = 0

    def finite(self, directory):
        if h5py is None:
            return
        for name in ("checkpoint.h5", "checkpoint.previous.h5"):
            try:
                file = h5py.File(self.path(directory, name), "r")
            except OSError:
                continue
            found = []

            def visit(path, item):
                if isinstance(item, h5py.Dataset) and path.startswith("parameters/"):
                    found.extend(float(value) for value in item[()].ravel().view("float64"))
            with file:
                file.visititems(visit)
            self.assertTrue(found)
            self.assertTrue(all(map(math.isfinite, found)), name)

    def sabotage(self, *settings, ranks=None, configuration=CHAIN):
        """The summary; None where the run ended with a reason."""
        self.write("chain.yaml", configuration)
        arguments = [part for setting in settings for part in ("--set", setting)]
        self.runs += 1
        output = f"out{self.runs}"
        result = self.run_program("run", "chain.yaml", "--quiet", "--output", output, *arguments, ranks=ranks)
        self.finite(output)
        if result.returncode == 0:
            energy = self.summary(output)["energy"]["mean"][0]
            self.assertTrue(math.isfinite(energy))
            return energy
        self.assertEqual(result.returncode, 1, result.stderr)
        reasons = [line for line in result.stderr.splitlines() if line.startswith("dist-vmc: step ")]
        self.assertEqual(len(reasons), 1, result.stderr)
        return None

    def test_learning_rate_100(self):
        self.sabotage("optimiser.learning_rate=100")
        # With a shift that is chosen, steps are looked at before they are made.
        self.sabotage("optimiser.learning_rate=100", "sr.diag_shift=auto")

    def test_no_shift(self):
        self.sabotage("sr.diag_shift=0")
        self.sabotage("sr.diag_shift=0", "sr.solver=cg")

    def test_an_initial_scale_of_10(self):
        wide = "ansatz={type: rbm, alpha: 1, kernel_init: {type: normal, scale: 10}}"
        self.sabotage(wide)

    def test_one_chain(self):
        energy = self.sabotage("sampler.chains=1")
        self.assertLess((energy - EXACT) / abs(EXACT), 2e-2)

    def test_all_samples_equal(self):
        # A sector of one state.
        self.sabotage("sampler.total_sz=5")

    def test_a_huge_constant(self):
        terms = ", ".join(
            f"{{sites: [{site}, {(site + 1) % 10}], paulis: {pauli}, coefficient: {sign}}}"
            for site in range(10) for pauli, sign in (("XX", -1), ("YY", -1), ("ZZ", 1)))
        constant = "{paulis: IIIIIIIIII, coefficient: 1.0e+7}"
        body = CHAIN.replace(
            "hamiltonian: {type: heisenberg, sign_rule: true}",
            f"hamiltonian: {{type: pauli_strings, terms: [{terms}, {constant}]}}")
        energy = self.sabotage(configuration=body)
        self.assertLess(energy - 1e7 - EXACT, 5e-2 * abs(EXACT))

    def test_dead_units(self):
        body = CHAIN.replace(
            "{type: rbm, alpha: 1}",
            "{type: mlp, hidden_dims: [8, 8], activation: relu, kernel_init: {type: normal, scale: 1.0e-12}}")
        self.sabotage(configuration=body)

    def test_ranks_agree_on_what_is_rejected(self):
        wide = "ansatz={type: rbm, alpha: 1, kernel_init: {type: normal, scale: 3}}"
        self.sabotage(wide, "run.steps=15", ranks=3)


if __name__ == "__main__":
    unittest.main()

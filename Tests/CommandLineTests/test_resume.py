"""Resuming: the trajectory that an undisturbed run would have had."""

import os
import random
import re
import shutil
import unittest

from support import CommandLineTest

try:
    import h5py
except ImportError:
    h5py = None

CHAIN8 = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: rbm, alpha: 2}
"""

# Slow enough to be killed between two steps.
SLOW = CHAIN8 + """\
sampler: {rule: exchange, chains: 20, samples: 3000, total_sz: 0}
sr: {diag_shift: 0.01, warm_start: true}
optimiser: %s
run: {steps: 20, averaged_steps: 16, checkpoint_every: 5, final_samples: 500}
"""

QUICK = CHAIN8 + """\
sampler: {rule: exchange, chains: 8, samples: 64, total_sz: 0}
optimiser: {type: momentum, learning_rate: 0.02}
run: {steps: 6, checkpoint_every: 2, final_samples: 64}
"""


class ResumeTests(CommandLineTest):
    def assert_same_checkpoint(self, one, other):
        """Bit for bit: parameters, optimiser, warm start, chains and counters."""
        if h5py is None:
            return
        one, other = self.datasets(one), self.datasets(other)
        for part in ("parameters/Dense/kernel", "sampler/chains", "sampler/draw_counters", "previous_direction"):
            self.assertIn(part, one)
        self.assertEqual(list(one), list(other))
        self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_killed_and_resumed_is_the_undisturbed_run(self):
        optimisers = {1: "{type: adam, learning_rate: 0.01}", 2: "{type: momentum, learning_rate: 0.01, beta: 0.8}"}
        generator = random.Random(20)
        for ranks, optimiser in optimisers.items():
            with self.subTest(ranks=ranks):
                self.write("chain.yaml", SLOW % optimiser)
                whole, broken = f"whole{ranks}", f"broken{ranks}"
                self.run_well("run", "chain.yaml", "--quiet", "--output", whole, ranks=ranks)
                seconds = [entry["seconds"]["total"] for entry in self.log(whole)]
                # Between two steps, within one, or while a checkpoint is written.
                delay = generator.uniform(0, 4) * min(seconds)
                self.run_until_killed(
                    "run", "chain.yaml", "--quiet", "--output", broken, ranks=ranks, log=f"{broken}/log.jsonl", step=10,
                    delay=delay)
                self.assertFalse(os.path.exists(self.path(broken, "summary.json")))
                killed = self.last_step(f"{broken}/log.jsonl")
                self.assertTrue(10 <= killed < 20, killed)
                self.run_well("run", "chain.yaml", "--quiet", "--output", broken, "--resume", ranks=ranks)
                self.assertEqual([entry["step"] for entry in self.log(broken)], list(range(1, 21)))
                self.assertEqual(self.physics(broken), self.physics(whole))
                self.assert_same_checkpoint(broken, whole)
                self.assertEqual(self.summary(broken)["energy"], self.summary(whole)["energy"])
                with open(self.path(broken, "config.yaml")) as one, open(self.path(whole, "config.yaml")) as other:
                    self.assertEqual(one.read(), other.read())

    def test_a_subspace_goes_on(self):
        self.write("chain.yaml", QUICK + "sr: {preconditioner: subspace, subspace_size: 8, diag_shift: 0.001}\n")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", "--set", "run.steps=9", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "part", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "part", "--resume", "--set", "run.steps=9", ranks=2)
        self.assertEqual(self.physics("part"), self.physics("whole"))
        self.assertEqual(
            [entry["solver"] for entry in self.log("part")], [entry["solver"] for entry in self.log("whole")])
        self.assertTrue(any(entry["solver"]["subspace_size"] > 0 for entry in self.log("whole")[6:]))
        for setting in ("sr.subspace_size=9", "sr.preconditioner=none"):
            result = self.run_program("run", "chain.yaml", "--quiet", "--output", "part", "--resume", "--set", setting)
            self.assertEqual(result.returncode, 2)

    def test_spring_goes_on_with_its_last_solution(self):
        self.write("chain.yaml", QUICK + "sr: {solver: minsr, momentum: 0.9}\n")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", "--set", "run.steps=9", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "parts", "--set", "run.steps=5", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "parts", "--set", "run.steps=9", "--resume", ranks=2)
        self.assertEqual(self.physics("parts"), self.physics("whole"))
        self.assert_same_checkpoint("parts", "whole")

    def test_resumed_on_another_number_of_ranks(self):
        self.write("chain.yaml", QUICK)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", "--set", "run.steps=12", ranks=2)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "moved", ranks=2)
        self.assertEqual(self.physics("moved"), self.physics("whole")[:6])
        self.run_well("run", "chain.yaml", "--quiet", "--output", "moved", "--set", "run.steps=12", "--resume", ranks=3)
        self.assertEqual([entry["step"] for entry in self.log("moved")], list(range(1, 13)))
        for step, (one, other) in enumerate(zip(self.energies("moved"), self.energies("whole")), start=1):
            if step <= 9:
                self.assertLess(abs(one - other), 1e-8, step)
        self.assertEqual((self.summary("moved")["ranks"], self.summary("moved")["steps"]), (3, 12))

    def test_without_a_checkpoint_it_starts_afresh(self):
        self.write("chain.yaml", QUICK)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "plain")
        for ranks in (None, 2):
            output = f"fresh{ranks}"
            process = self.run_well("run", "chain.yaml", "--output", output, "--resume", ranks=ranks)
            self.assertEqual(process.stderr.count("nothing to resume in "), 1, process.stderr)
            self.assertRegex(
                process.stderr, rf"(?m)^nothing to resume in {output} on {re.escape(os.uname().nodename)}: the run starts at step 1$")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "fresh", "--resume")
        self.assertEqual(self.physics("fresh"), self.physics("plain"))
        self.assertEqual(self.physics("freshNone"), self.physics("plain"))
        # A run that ended before its first checkpoint leaves lines that are taken again.
        os.remove(self.path("fresh", "checkpoint.h5"))
        os.remove(self.path("fresh", "checkpoint.previous.h5"))
        with open(self.path("fresh", "log.jsonl"), "a") as file:
            file.write('{"step": 7, "ener')
        process = self.run_well("run", "chain.yaml", "--output", "fresh", "--resume", "--set", "run.steps=3")
        self.assertIn("nothing to resume in fresh", process.stderr)
        self.assertEqual(self.physics("fresh"), self.physics("plain")[:3])
        # Where there is something, or nothing was asked for, it is not said.
        for arguments in (["--output", "fresh", "--resume"], ["--output", "other"]):
            process = self.run_well("run", "chain.yaml", *arguments)
            self.assertNotIn("nothing to resume", process.stderr)

    def test_a_finished_run_is_only_evaluated_and_more_steps_extend_it(self):
        self.write("chain.yaml", QUICK)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole", "--set", "run.steps=10")
        self.run_well("run", "chain.yaml", "--quiet", "--output", "short")
        log = self.physics("short")
        summary = self.summary("short")
        os.remove(self.path("short", "summary.json"))
        process = self.run_well("run", "chain.yaml", "--output", "short", "--resume")
        self.assertIn("after step 6", process.stderr)
        self.assertEqual(self.physics("short"), log)
        self.assertEqual(self.summary("short")["energy"], summary["energy"])
        self.assertEqual(self.summary("short")["steps"], 6)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "short", "--resume", "--set", "run.final_samples=128")
        self.assertEqual((self.physics("short"), self.summary("short")["final_samples"]), (log, 128))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "short", "--resume", "--set", "run.steps=10")
        self.assertEqual(self.physics("short"), self.physics("whole"))
        self.assertEqual(self.summary("short")["energy"], self.summary("whole")["energy"])
        with open(self.path("short", "config.yaml")) as file:
            self.assertIn("steps: 10", file.read())
        # Fewer steps than there are: nothing is taken back.
        self.run_well("run", "chain.yaml", "--quiet", "--output", "short", "--resume", "--set", "run.steps=4")
        self.assertEqual((self.physics("short"), self.summary("short")["steps"]), (self.physics("whole"), 10))

    def test_a_damaged_checkpoint_falls_back_to_the_one_before(self):
        self.write("chain.yaml", QUICK)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "whole")
        for name, spoil in {
            "truncated": lambda data: data[:len(data) // 2], "foreign": lambda data: b"not a checkpoint\n",
            "flipped": lambda data: data[:3000] + bytes([data[3000] ^ 1]) + data[3001:],
        }.items():
            with self.subTest(name):
                shutil.copytree(self.path("whole"), self.path(name))
                with open(self.path("whole", "checkpoint.h5"), "rb") as file:
                    data = file.read()
                with open(self.path(name, "checkpoint.h5"), "wb") as file:
                    file.write(spoil(data))
                process = self.run_well("run", "chain.yaml", "--output", name, "--resume")
                # What so short a run says of its chains at the end is another matter.
                messages = [line for line in self.messages(process) if "R-hat" not in line]
                self.assertEqual(len(messages), 1, process.stderr)
                self.assertIn("checkpoint.h5", messages[0])
                self.assertIn("using", messages[0])
                self.assertEqual(self.physics(name), self.physics("whole"))
                self.assert_equal_parameters(name, "whole")

    def assert_equal_parameters(self, one, other):
        # QUICK has no warm start: its checkpoints differ in nothing but times.
        if h5py is None:
            return
        with h5py.File(self.path(one, "checkpoint.h5"), "r") as a, h5py.File(self.path(other, "checkpoint.h5"), "r") as b:
            for name in ("Dense/kernel", "Dense/bias", "visible_bias"):
                self.assertEqual(a["parameters"][name][()].tobytes(), b["parameters"][name][()].tobytes())


class RefusedResumeTests(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("chain.yaml", QUICK)
        self.run_well("run", "chain.yaml", "--quiet", "--output", "out", "--set", "run.steps=3")

    def refused(self, *arguments, contains, ranks=None):
        before = self.digests()
        process = self.run_program("run", "chain.yaml", "--output", "out", *arguments, ranks=ranks, timeout=20)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertEqual(process.stdout, "")
        messages = self.messages(process)
        self.assertEqual(len(messages), 1, process.stderr)
        if ranks is None:
            self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
        for part in contains:
            self.assertIn(part, messages[0])
        self.assertEqual(self.digests(), before)
        self.assert_no_process_is_left()

    def test_other_physics(self):
        for override in (
            "hamiltonian.J=2", "ansatz.alpha=1", "run.seed=2", "sampler.chains=4", "optimiser.type=sgd", "optimiser.beta=0.5",
            "sr.warm_start=true", "ansatz.dtype=complex128",
        ):
            with self.subTest(override):
                self.refused("--resume", "--set", override, contains=["another " + override.split("=")[0], "run.steps"])
        self.refused("--resume", "--set", "hamiltonian.J=2", ranks=2, contains=["another hamiltonian.J;"])
        self.refused(
            "--resume", "--set", "hamiltonian.J=2", "--set", "lattice.extent=[10]",
            contains=["hamiltonian.J, lattice.extent"])

    def test_other_physics_without_a_checkpoint(self):
        for name in ("checkpoint.h5", "checkpoint.previous.h5"):
            os.remove(self.path("out", name))
        self.refused("--resume", "--set", "hamiltonian.J=2", contains=["config.yaml", "another hamiltonian.J;"])

    def test_a_directory_that_holds_a_run(self):
        for ranks in (None, 2):
            self.refused("--set", "hamiltonian.J=2", contains=["already holds a run", "--resume"], ranks=ranks)
        # Any one of the files will do.
        for name in ("checkpoint.h5", "config.yaml", "log.jsonl", "summary.json", "chain.log", "checkpoint.previous.h5"):
            os.makedirs(self.path("other"))
            shutil.copy(self.path("out", name), self.path("other", name))
            before = self.digests()
            process = self.run_program("run", "chain.yaml", "--output", "other")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(f"({name})", process.stderr)
            self.assertEqual(self.digests(), before)
            shutil.rmtree(self.path("other"))

    def test_checkpoints_that_are_none(self):
        with open(self.path("out", "checkpoint.h5"), "rb") as file:
            whole = file.read()
        os.remove(self.path("out", "checkpoint.previous.h5"))
        cases = {
            "truncated": (whole[:len(whole) // 2], "damaged"), "cut short by a byte": (whole[:-1], "damaged"),
            "empty": (b"", "it is empty"), "text": (b"energy: -1\n" * 100, "not an HDF5 file"),
        }
        if h5py is not None:
            with h5py.File(self.path("foreign.h5"), "w") as file:
                file["parameters"] = [1.0, 2.0]
            with open(self.path("foreign.h5"), "rb") as file:
                cases["HDF5 of another program"] = (file.read(), "not a checkpoint of dist-vmc")
        for name, (content, reason) in cases.items():
            with self.subTest(name):
                with open(self.path("out", "checkpoint.h5"), "wb") as file:
                    file.write(content)
                self.refused("--resume", contains=["out/checkpoint.h5", reason])
        self.refused("--resume", contains=["out/checkpoint.h5"], ranks=2)
        # And where the one before is no better.
        with open(self.path("out", "checkpoint.previous.h5"), "wb") as file:
            file.write(whole[:1000])
        self.refused("--resume", contains=["out/checkpoint.h5"])

    def test_a_log_that_someone_has_changed(self):
        with open(self.path("out", "log.jsonl")) as file:
            lines = file.readlines()
        with open(self.path("out", "log.jsonl"), "w") as file:
            file.writelines([lines[0], "note to self\n", lines[1]])
        self.refused("--resume", contains=["log.jsonl, line 2"])

    def test_a_log_of_something_else(self):
        os.makedirs(self.path("other"))
        with open(self.path("other", "log.jsonl"), "w") as file:
            file.write('{"loss": 0.5}\n')
        self.refused("--resume", "--output", "other", contains=["other/log.jsonl, line 1", "move the file away"])


class OutputDirectoryTests(CommandLineTest):
    def refused(self, *arguments, contains, ranks=None):
        before = self.digests()
        process = self.run_program("run", "chain.yaml", *arguments, ranks=ranks, timeout=20)
        self.assertEqual(process.returncode, 2, process.stderr)
        messages = self.messages(process)
        self.assertEqual(len(messages), 1, process.stderr)
        for part in contains:
            self.assertIn(part, messages[0])
        self.assertEqual(self.digests(), before)
        self.assert_no_process_is_left()

    def test_a_file_in_the_way(self):
        self.write("chain.yaml", QUICK)
        self.write("chain", "in the way\n")
        for ranks in (None, 2):
            self.refused(contains=["the output directory chain is a file", "--output"], ranks=ranks)
        self.refused("--output", "chain/deeper", contains=["chain/deeper", "Not a directory"])
        self.refused("--resume", contains=["is a file"])
        # Of several ranks only the first looks: where that is.
        place = f"(on {os.uname().nodename}, where rank 0 runs)"
        self.refused(contains=["the output directory chain is a file", place], ranks=2)
        self.refused("--output", "chain/deeper", contains=["Not a directory", place], ranks=2)
        os.makedirs(self.path("out", "checkpoint.h5"))
        self.refused("--output", "out", "--resume", contains=["cannot read the checkpoint out/checkpoint.h5", place], ranks=2)

    @unittest.skipIf(os.geteuid() == 0, "root may write anywhere")
    def test_a_folder_that_may_not_be_written(self):
        self.write("chain.yaml", QUICK)
        os.makedirs(self.path("locked"), mode=0o555)
        self.refused("--output", "locked", contains=["locked", "Permission denied"])
        self.refused("--output", "locked/deeper", contains=["locked", "Permission denied"])


if __name__ == "__main__":
    unittest.main()

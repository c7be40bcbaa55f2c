"""project: energies against exact ones, ranks, ends and resuming, and what is refused."""

import json
import os
import signal
import unittest

from support import CommandLineTest

# The ground state of 8 sites is -14.604373... (in Pauli matrices, four times that of spins).
EXACT = -14.604373635748704

RUN = """\
lattice: {type: chain, extent: [8]}
hamiltonian: {type: heisenberg, sign_rule: true}
ansatz: {type: jastrow}
sampler: {rule: exchange, chains: 20, samples: 200, total_sz: 0}
projection: {walkers: 101, generations: 300, equilibration: 60, correction_length: 40}
run: {steps: 40, seed: 1}
"""


class ProjectTest(CommandLineTest):
    def setUp(self):
        super().setUp()
        self.write("run.yaml", RUN)
        self.run_well("run", "run.yaml", "--output", "out", "--quiet")

    def project(self, output, *arguments, ranks=None):
        return self.run_well("project", "out", "--output", output, *arguments, ranks=ranks)


class EnergyTests(ProjectTest):
    def test_an_exact_energy_and_its_records(self):
        # What the configuration of the run says, in the run's directory.
        process = self.run_well("project", "out", "--set", "projection.generations=1000")
        summary = self.summary("out/projection")
        self.assertEqual(summary["projection"], "exact")
        self.assertEqual(summary["wrong_signs"], 0)
        self.assertEqual([energy["correction_length"] for energy in summary["energies"]], [0, 20, 40])
        mean, error = summary["energy"]["mean"][0], summary["energy"]["error"]
        self.assertLess(error, 3e-3 * abs(EXACT))
        self.assertLess(abs(mean - EXACT), 4 * error)
        self.assertAlmostEqual(summary["energy_per_site"]["mean"], mean / 8)
        log = self.log("out/projection")
        self.assertEqual([entry["step"] for entry in log], list(range(1061)))
        for entry in log:
            self.assertEqual(set(entry), {
                "step", "time", "energy", "weight", "moves", "wrong_signs", "seconds", "collectives", "seed", "version"})
            self.assertAlmostEqual(entry["time"], 0.05 * entry["step"])
        self.assertEqual(summary["moves"], sum(entry["moves"] for entry in log))
        # The mean of the measured generations is the energy without factors.
        plain = [entry["energy"]["mean"][0] for entry in log[61:]]
        self.assertAlmostEqual(sum(plain) / len(plain), summary["energies"][0]["mean"], delta=1e-9)
        self.assertIn("walkers: 101, 101 on a rank", process.stderr)
        self.assertRegex(process.stderr, r"energy +-14\.\d+\(\d+\)")
        with open(self.path("out", "projection", "config.yaml")) as file:
            text = file.read()
        self.assertIn("generations: 1000", text)
        for word in ("optimiser:", "steps:", "learning_rate"):
            self.assertNotIn(word, text)
        # A run goes on whatever its block projection says.
        self.run_well("run", "run.yaml", "--output", "out", "--quiet", "--resume", "--set", "run.steps=41",
                      "--set", "projection.walkers=7")

    def test_a_fixed_node_is_between_the_state_and_the_ground_state(self):
        self.write("frustrated.yaml", RUN.replace("heisenberg, sign_rule: true", "j1j2, J2: 0.4, sign_rule: [true, false]"))
        self.run_well("run", "frustrated.yaml", "--output", "bound", "--quiet")
        self.run_well("project", "bound", "--quiet", "--set", "projection.generations=1000")
        summary = self.summary("bound/projection")
        self.assertEqual(summary["projection"], "fixed node (an upper bound)")
        self.assertGreater(summary["wrong_signs"], 0)
        exact = json.loads(self.run_well("exact", "frustrated.yaml", "--json").stdout)["energies"][0]
        state = self.summary("bound")["energy"]
        mean, error = summary["energy"]["mean"][0], summary["energy"]["error"]
        self.assertGreater(mean, exact - 3 * error)
        self.assertLess(mean, state["mean"][0] + 3 * (error + state["error"]))

    def test_observables_by_forward_walking(self):
        """Structure factor and magnetisation of the ground state, which exact has, too."""
        self.write("observables.yaml", "magnetisation: {patterns: [staggered], components: [z]}\ncorrelations: {components: [zz]}\n")
        exact = json.loads(self.run_well("exact", "run.yaml", "--json", "--observables", "observables.yaml").stdout)
        with open(self.path("observables.yaml")) as file:
            block = "{" + ", ".join(file.read().splitlines()) + "}"
        settings = ("--set", "projection.observables=" + block, "--set", "projection.generations=2000",
                    "--set", "projection.interval=0.1", "--set", "projection.forward_length=20")
        process = self.project("one", *settings)
        summary = self.summary("one")
        checked = 0
        for name in ("magnetisation", "correlations"):
            expected = {part["text"]: part["mean"] for part in exact["observables"][0][name]}
            for part in summary[name]:
                self.assertLess(abs(part["mean"] - expected[part["text"]]), 4 * part["error"] + 1e-12, part)
                checked += 1
                self.assertIn(part["text"], process.stderr)
        self.assertGreater(checked, 4)
        self.project("two", *settings, "--quiet", ranks=2)
        for one, other in zip(summary["correlations"], self.summary("two")["correlations"]):
            self.assertAlmostEqual(one["mean"], other["mean"], delta=1e-8)
        self.assertEqual(
            self.run_program("project", "out", "--output", "one", "--resume", "--set", "projection.observables={correlations: {components: [zz]}}").returncode, 2)

    def test_walkers_from_a_summed_basis(self):
        self.write("sum.yaml", RUN.replace("{rule: exchange, chains: 20, samples: 200, total_sz: 0}", "{rule: full_sum, total_sz: 0}"))
        self.run_well("run", "sum.yaml", "--output", "sum", "--quiet", "--set", "run.steps=20")
        for ranks in (None, 3):
            self.run_well("project", "sum", "--quiet", "--output", f"sum{ranks}", ranks=ranks)
        one, other = self.log("sumNone"), self.log("sum3")
        self.assertAlmostEqual(one[-1]["energy"]["mean"][0], other[-1]["energy"]["mean"][0], delta=1e-9)
        energy = self.summary("sumNone")["energy"]
        self.assertLess(abs(energy["mean"][0] - EXACT), 4 * energy["error"])


class PlanTests(CommandLineTest):
    def test_check_tells_what_a_projection_takes(self):
        self.write("run.yaml", RUN)
        process = self.run_well("check", "run.yaml", ranks=3)
        self.assertIn("walkers: 101", process.stdout)
        self.assertRegex(process.stdout, r"walkers +101, 33 to 34 on a rank")
        found = json.loads(self.run_well("check", "run.yaml", "--json", ranks=3).stdout)["projection"]
        self.assertEqual(found["walkers_per_rank"], [33, 34])
        # The codes of eight sites, and four numbers.
        self.assertEqual(found["bytes_per_moved_walker"], 8 + 4 * 8)
        self.write("none.yaml", RUN.replace("projection", "#"))
        self.assertIsNone(json.loads(self.run_well("check", "none.yaml", "--json").stdout)["projection"])


class RankTests(ProjectTest):
    def test_the_same_walk_on_any_number_of_ranks(self):
        self.project("one", "--quiet")
        for ranks in (2, 3, 4):
            self.project(f"out{ranks}", "--quiet", ranks=ranks)
            for one, other in zip(self.log("one"), self.log(f"out{ranks}"), strict=True):
                self.assertEqual(one["moves"], other["moves"])
                self.assertAlmostEqual(one["energy"]["mean"][0], other["energy"]["mean"][0], delta=1e-9)
                self.assertAlmostEqual(one["weight"]["log_mean"], other["weight"]["log_mean"], delta=1e-9)
        self.assertGreater(sum(entry["collectives"]["walkers_sent"] for entry in self.log("out4")), 0)

    def test_the_same_bits_where_the_run_is_deterministic(self):
        self.project("one", "--quiet", "--set", "run.deterministic=true")
        for ranks in (2, 4):
            self.project(f"out{ranks}", "--quiet", "--set", "run.deterministic=true", ranks=ranks)
            self.assertEqual(self.physics(f"out{ranks}"), self.physics("one"))
            self.assertEqual(self.summary(f"out{ranks}")["energies"], self.summary("one")["energies"])
            one, other = self.datasets("one"), self.datasets(f"out{ranks}")
            self.assertEqual([name for name in one if one[name] != other[name]], [])

    def test_more_ranks_than_walkers(self):
        few = ("--quiet", "--set", "projection.walkers=2", "--set", "projection.generations=20")
        self.project("one", *few)
        self.project("four", *few, ranks=4)
        for one, other in zip(self.log("one"), self.log("four"), strict=True):
            self.assertAlmostEqual(one["energy"]["mean"][0], other["energy"]["mean"][0], delta=1e-9)


class ResumeTests(ProjectTest):
    LONG = ("--quiet", "--set", "projection.generations=3000", "--set", "projection.checkpoint_every=100")

    def assert_equal(self, part, whole):
        self.assertEqual(self.physics(part), self.physics(whole))
        one, other = self.datasets(part), self.datasets(whole)
        self.assertEqual([name for name in one if one[name] != other[name]], [])
        self.assertEqual(self.summary(part)["energies"], self.summary(whole)["energies"])

    def test_ended_and_resumed_is_the_undisturbed_projection(self):
        for ranks in (None, 2):
            whole, part = f"whole{ranks}", f"part{ranks}"
            self.project(whole, *self.LONG, ranks=ranks)
            process = self.start_program("project", "out", "--output", part, *self.LONG, ranks=ranks)
            self.wait_for_step(process, f"{part}/log.jsonl", 130)
            os.kill(self.rank_processes()[1] if ranks else process.pid, signal.SIGTERM)
            process.wait(timeout=120)
            self.assertEqual(process.returncode, 75, self.output())
            self.assertLess(self.last_step(f"{part}/log.jsonl"), 3060)
            self.assertFalse(os.path.exists(self.path(part, "summary.json")))
            self.project(part, *self.LONG, "--resume", ranks=ranks)
            self.assert_equal(part, whole)

    def test_killed_and_resumed_is_the_undisturbed_projection(self):
        self.project("whole", *self.LONG)
        self.run_until_killed(
            "project", "out", "--output", "part", *self.LONG, ranks=2, log="part/log.jsonl", step=250, delay=0.01)
        # What a kill leaves is the last checkpoint; on the ranks of the whole one.
        self.project("part", *self.LONG, "--resume", ranks=2)
        for one, other in zip(self.log("part"), self.log("whole"), strict=True):
            self.assertAlmostEqual(one["energy"]["mean"][0], other["energy"]["mean"][0], delta=1e-9)

    def test_a_time_limit_and_other_ranks(self):
        deterministic = ("--quiet", "--set", "run.deterministic=true")
        process = self.run_program(
            "project", "out", "--output", "part", *deterministic, "--set", "projection.generations=1000000", "--set", "run.time_limit=1.5")
        self.assertEqual(process.returncode, 75, process.stderr)
        # Forty generations more than where it ended, after sixty that are not measured.
        rest = ("--set", f"projection.generations={self.last_step('part/log.jsonl') + 40}")
        self.project("part", *deterministic, *rest, "--resume", ranks=3)
        self.project("whole", *deterministic, *rest)
        self.assert_equal("part", "whole")

    def test_more_generations_go_on(self):
        self.project("whole", "--quiet")
        self.project("part", "--quiet", "--set", "projection.generations=100")
        again = self.project("part", "--resume", "--set", "projection.generations=100")
        self.assertIn("a larger projection.generations goes on", again.stderr)
        self.project("part", "--quiet", "--resume")
        self.assert_equal("part", "whole")
        refused = self.run_program("project", "out", "--output", "part", "--resume", "--set", "projection.walkers=5")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("projection.walkers", refused.stderr)
        self.assertEqual(self.run_program("project", "out", "--output", "part").returncode, 2)


class RefusalTests(ProjectTest):
    def refused(self, message, *arguments, directory="out"):
        for ranks in (None, 2):
            process = self.run_program("project", directory, "--output", "bad", *arguments, ranks=ranks)
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertEqual(len([line for line in self.messages(process) if message in line]), 1, process.stderr)
        self.assertFalse(os.path.exists(self.path("bad")))

    def test_values_that_are_none(self):
        self.refused("projection.walkers", "--set", "projection.walkers=0")
        self.refused("projection.interval: found", "--set", "projection.interval=-1")
        self.refused("projection.equilibration: 3 generations are fewer than correction_length",
                     "--set", "projection.equilibration=3")
        self.refused("projection.walker: unknown key; did you mean 'walkers'?", "--set", "projection.walker=3")

    def test_observables_that_are_not_diagonal(self):
        self.refused("projection.observables.correlations: not all of it is diagonal", "--set", "projection.observables={correlations: {components: [xx]}}")
        self.refused("projection.observables.renyi2: not all of it is diagonal",
                     "--set", "projection.observables={renyi2: {subsystems: [{name: a, sites: [0]}]}}")
        self.refused("projection.observables.magnetisation.precision",
                     "--set", "projection.observables={magnetisation: {precision: 0.1}}")
        self.refused("projection.observables.pairing", "--set", "projection.observables={pairing: {}}")

    def test_what_belongs_to_the_run(self):
        self.refused("belongs to the run whose state is projected", "--set", "hamiltonian.J=2.0")
        self.refused("belongs to the run whose state is projected", "--set", "run.steps=2")

    def test_no_run(self):
        self.refused("nowhere", directory="nowhere")

    def test_phases(self):
        # A complex network with random phases.
        self.write("complex.yaml", RUN.replace("{type: jastrow}", "{type: rbm, alpha: 1, dtype: complex128}"))
        self.run_well("run", "complex.yaml", "--output", "complex", "--quiet", "--set", "run.steps=2")
        self.refused("the importance-sampled Hamiltonian psi(x') H_x'x/psi(x) is complex", directory="complex")


if __name__ == "__main__":
    unittest.main()

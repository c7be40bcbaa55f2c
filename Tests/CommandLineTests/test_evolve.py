"""evolve: evolutions in time against exact ones, their records, resuming, and what is refused."""

import json
import os
import signal
import unittest

from support import CommandLineTest

try:
    import numpy
except ImportError:
    numpy = None

# A quench from spins along x, the basis summed.
SUMMED = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: ising, J: -1.0, h: 0.5}
ansatz: {type: rbm, alpha: 2, dtype: complex128}
sampler: {rule: full_sum}
dynamics:
  integrator: rk4
  step: 0.02
  end_time: 0.2
  initial_state: x_up
  initial_scale: 3.0
  save_every: 0.1
  observables: {magnetisation: {components: [x, z]}, correlations: {average: pair}}
run: {seed: 3, checkpoint_every: 4}
"""

# Samples, and steps whose size is chosen.
SAMPLED = """\
lattice: {type: chain, extent: [6]}
hamiltonian: {type: ising, J: -1.0, h: 0.5}
ansatz: {type: rbm, alpha: 1, dtype: complex128}
sampler: {chains: 12, samples: 240, discard: 4}
dynamics:
  integrator: %s
  step: 0.01
  end_time: 0.06
  tolerance: 1.0e-3
  initial_state: x_up
  save_every: 0.03
  observables: {magnetisation: {components: [x]}}
run: {seed: 3, checkpoint_every: 2}
"""


class EvolveTest(CommandLineTest):
    def evolve(self, output, *arguments, ranks=None, file="quench.yaml"):
        return self.run_well("evolve", file, "--output", output, *arguments, ranks=ranks)

    def observables(self, directory, exact=False):
        words = {"parse_float": str, "parse_int": str} if exact else {}
        with open(self.path(directory, "observables.jsonl")) as file:
            return [json.loads(line, **words) for line in file]


class RecordTests(EvolveTest):
    def test_a_quench_follows_the_exact_evolution(self):
        self.write("quench.yaml", SUMMED)
        process = self.evolve("out")
        self.assertRegex(process.stderr, r"the start is x_up up to an infidelity of \d")
        log = self.log("out")
        self.assertEqual([entry["step"] for entry in log], list(range(11)))
        for entry in log:
            self.assertAlmostEqual(entry["time"], 0.02 * entry["step"], delta=1e-12)
            self.assertEqual(set(entry), {
                "step", "time", "step_size", "step_error", "rejected", "energy", "energy_drift", "residual",
                "distance_bound", "infidelity_bound", "acceptance", "swap_acceptance", "solver", "norms", "seconds", "collectives",
                "relinearised_chunks", "seed", "version"})
            self.assertLess(abs(entry["energy_drift"]), 1e-2)
            self.assertLess(entry["residual"]["relative"], 1e-4)
            self.assertAlmostEqual(
                entry["residual"]["relative"] * entry["energy"]["variance"], entry["residual"]["absolute"], delta=1e-12)
        bounds = [entry["distance_bound"] for entry in log]
        self.assertEqual(bounds, sorted(bounds))
        self.assertEqual(bounds[0], 0)
        lines = self.observables("out")
        self.assertEqual([(line["step"], round(line["time"], 9)) for line in lines], [(0, 0), (5, 0.1), (10, 0.2)])
        summary = self.summary("out")
        self.assertEqual(
            (summary["steps"], summary["finished"], summary["evolution"], summary["integrator"], summary["rejected_steps"]),
            (10, True, "real", "rk4", 0))
        self.assertAlmostEqual(summary["infidelity_bound"], log[-1]["infidelity_bound"])
        if numpy is None:
            return
        for line in lines:
            exact = self.exact(6, 0.5, line["time"])
            found = {part["component"]: part["mean"] for part in line["magnetisation"] if part["moment"] == "mean"}
            self.assertAlmostEqual(found["x"], exact["x"], delta=5e-3)
            # The start is not quite x_up.
            self.assertAlmostEqual(found["z"], 0, delta=2e-2)

    def test_couplings_that_depend_on_the_time(self):
        driven = SUMMED.replace(
            "  initial_state", "  couplings: {h: [[0, 0], [0.1, 2.0], [0.15, 2.0]], J: [[0.05, -1.0], [0.2, -0.5]]}\n  initial_state")
        self.write("quench.yaml", driven)
        self.evolve("whole", "--quiet", "--set", "dynamics.end_time=0.3")
        entries = self.log("whole")
        self.assertEqual({entry["energy_drift"] for entry in entries}, {None})
        self.assertEqual(self.summary("whole")["energy_drift"], {"last": None, "largest": None})
        # At first there is no field, and the interaction of spins along x is 0.
        self.assertAlmostEqual(entries[0]["energy"]["mean"][0], 0, delta=0.1)
        lines = self.observables("whole")
        self.assertEqual([line["time"] for line in lines], [0, 0.1, 0.2, 0.3])
        for line, entry in zip(lines, entries[::5]):
            self.assertAlmostEqual(line["energy"]["mean"], entry["energy"]["mean"][0], delta=1e-9)
        # Ended and taken up, on other ranks and with steps that are chosen.
        for integrator in ("rk4", "dopri45"):
            settings = ("--quiet", "--set", "run.deterministic=true", "--set", f"dynamics.integrator={integrator}", "--resume")
            self.evolve(f"{integrator} once", *settings, "--set", "dynamics.end_time=0.3", ranks=2)
            for end in ("0.1", "0.3"):
                self.evolve(f"{integrator} parts", *settings, "--set", f"dynamics.end_time={end}")
            self.assertEqual(
                self.observables(f"{integrator} parts", exact=True), self.observables(f"{integrator} once", exact=True))
            self.assertAlmostEqual(
                self.observables(f"{integrator} once")[-1]["energy"]["mean"], lines[-1]["energy"]["mean"], delta=2e-2)
        if numpy is None:
            return

        def field(time):
            return 2.0 * min(1, time / 0.1)

        def coupling(time):
            return -1.0 + 0.5 * min(1, max(0, (time - 0.05) / 0.15))
        psi, steps = None, 300
        for step in range(steps):
            middle = (step + 0.5) * 0.3 / steps
            psi = self.evolved(6, coupling(middle), field(middle), 0.3 / steps, psi)
            if (step + 1) % 100 == 0:
                line = lines[(step + 1) // 100]
                found = {part["component"]: part["mean"] for part in line["magnetisation"] if part["moment"] == "mean"}
                self.assertAlmostEqual(found["x"], self.magnetisation(psi), delta=5e-3)
        # That is not where the couplings of the end alone would lead.
        alone = self.magnetisation(self.evolved(6, -0.5, 2.0, 0.3))
        self.assertGreater(abs(alone - self.magnetisation(psi)), 0.03)

    def test_couplings_that_cannot_be(self):
        self.write("quench.yaml", SUMMED)
        for couplings, words in (
            ("{k: [[0, 1]]}", "the hamiltonian has no key 'k'; accepted: J, h"),
            ("{h: [[0, 1], [0, 2]]}", "the times do not ascend"),
            ("{h: [[-1, 1]]}", "a number >= 0"),
            ("{h: [[0, 1, 2]]}", "accepted: [time, value]"),
            ("{h: 1}", "accepted: a list of pairs [time, value]"),
            ("{}", "a map from keys of the hamiltonian"),
            ("{sign_rule: [[0, 1]]}", "sign_rule"),
        ):
            process = self.run_program(
                "evolve", "quench.yaml", "--output", "none", "--set", f"dynamics.couplings={couplings}")
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(words, process.stderr)
            self.assertEqual(len(self.messages(process)), 1, process.stderr)
        self.assertFalse(os.path.exists(self.path("none")))

    @classmethod
    def exact(cls, sites, field, time):
        """<sx> of spins along x after a quench of a ring, by dense diagonalisation."""
        return {"x": cls.magnetisation(cls.evolved(sites, -1.0, field, time))}

    @staticmethod
    def magnetisation(psi):
        states = numpy.arange(len(psi))
        sites = len(psi).bit_length() - 1
        return numpy.mean([numpy.vdot(psi, psi[states ^ (1 << site)]).real for site in range(sites)])

    @staticmethod
    def evolved(sites, coupling, field, time, start=None):
        """A state, or spins along x, under a ring's J sum zz - h sum x."""
        dimension = 1 << sites
        states = numpy.arange(dimension)
        spins = 1 - 2 * ((states[:, None] >> numpy.arange(sites)) & 1)
        matrix = numpy.diag((coupling * spins * numpy.roll(spins, 1, axis=1)).sum(axis=1).astype(float))
        for site in range(sites):
            matrix[states, states ^ (1 << site)] -= field
        values, vectors = numpy.linalg.eigh(matrix)
        start = numpy.full(dimension, dimension ** -0.5) if start is None else start
        return vectors @ (numpy.exp(-1j * time * values) * (vectors.T @ start))

    def test_the_same_on_any_number_of_ranks(self):
        self.write("quench.yaml", SUMMED)
        self.evolve("one", "--quiet")
        for ranks in (2, 3):
            self.evolve(f"out{ranks}", "--quiet", ranks=ranks)
            for one, other in zip(self.log("one"), self.log(f"out{ranks}")):
                self.assertAlmostEqual(one["energy"]["mean"][0], other["energy"]["mean"][0], delta=1e-8)
            for one, other in zip(self.observables("one"), self.observables(f"out{ranks}")):
                self.assertAlmostEqual(one["magnetisation"][0]["mean"], other["magnetisation"][0]["mean"], delta=1e-8)
        self.write("quench.yaml", SAMPLED % "bs23")
        arguments = ("--quiet", "--set", "run.deterministic=true", "--set", "dynamics.cross_validation=true")
        self.evolve("sampled", *arguments)
        for entry in self.log("sampled"):
            self.assertGreater(entry["residual"]["cross_validated"], entry["residual"]["relative"])
        for ranks in (2, 4):
            self.evolve(f"sampled{ranks}", *arguments, ranks=ranks)
            self.assertEqual(self.physics(f"sampled{ranks}"), self.physics("sampled"))
            self.assertEqual(self.observables(f"sampled{ranks}", exact=True), self.observables("sampled", exact=True))

    def test_a_state_of_a_reference_file_in_imaginary_time(self):
        """The energy falls, and a real network is enough."""
        self.write("quench.yaml", SUMMED.replace("complex128", "float64").replace("x_up", "parameters"))
        self.evolve("out", "--set", "dynamics.time=imaginary", "--set", "dynamics.end_time=0.6", "--quiet")
        energies = [entry["energy"]["mean"][0] for entry in self.log("out")]
        self.assertEqual(energies, sorted(energies, reverse=True))
        self.assertLess(energies[-1], energies[0] - 1)
        self.assertTrue(all(entry["distance_bound"] is None for entry in self.log("out")))

    def test_after_a_run_under_another_hamiltonian(self):
        self.write("quench.yaml", SUMMED.replace("initial_state: x_up\n  initial_scale: 3.0", "hamiltonian: {type: ising, J: -1.0, h: 2.0}"))
        # The block dynamics means nothing to an optimisation, and is not part of it.
        self.run_well("run", "quench.yaml", "--output", "ground", "--quiet", "--set", "run.steps=3")
        with open(self.path("ground", "config.yaml")) as file:
            self.assertNotIn("dynamics", file.read())
        self.evolve("out", "--quiet", "--set", "run.initial_parameters=ground/checkpoint.h5")
        with open(self.path("out", "config.yaml")) as file:
            text = file.read()
        self.assertNotIn("optimiser", text)
        self.assertIn("hamiltonian: {type: ising, J: -1.0, h: 2.0", text)
        self.assertLess(max(abs(entry["energy_drift"]) for entry in self.log("out")), 3e-3)
        # And the end of an evolution is a state that can be evaluated.
        self.run_well("evaluate", "out")


class ResumeTests(EvolveTest):
    def check(self, configuration, ranks):
        self.write("quench.yaml", configuration)
        self.evolve("whole", "--quiet", ranks=ranks)
        process = self.start_program("evolve", "quench.yaml", "--output", "part", "--quiet", ranks=ranks)
        self.wait_for_step(process, "part/log.jsonl", 2)
        for child in self.rank_processes().values() if ranks else [process.pid]:
            os.kill(child, signal.SIGTERM)
            break
        process.wait(timeout=120)
        self.assertEqual(process.returncode, 75, self.output())
        self.assertLess(self.last_step("part/log.jsonl"), self.last_step("whole/log.jsonl"))
        self.assertFalse(os.path.exists(self.path("part", "summary.json")))
        self.evolve("part", "--quiet", "--resume", ranks=ranks)
        self.assertEqual(self.physics("part"), self.physics("whole"))
        self.assertEqual(self.observables("part", exact=True), self.observables("whole", exact=True))
        one, other = self.datasets("part"), self.datasets("whole")
        self.assertEqual([name for name in one if one[name] != other[name]], [])
        for key in ("energy", "residual", "energy_drift", "rejected_steps", "distance_bound"):
            self.assertEqual(self.summary("part")[key], self.summary("whole")[key])

    def test_ended_and_resumed_is_the_undisturbed_evolution(self):
        self.check(SAMPLED % "dopri45", None)

    def test_the_same_on_two_ranks(self):
        self.check(SAMPLED % "adaptive_heun", 2)

    def test_a_later_end_goes_on(self):
        self.write("quench.yaml", SUMMED)
        self.evolve("whole", "--quiet")
        self.evolve("part", "--quiet", "--set", "dynamics.end_time=0.1")
        again = self.evolve("part", "--resume", "--set", "dynamics.end_time=0.1")
        self.assertIn("the end is reached already", again.stderr)
        self.evolve("part", "--quiet", "--resume")
        self.assertEqual(self.physics("part"), self.physics("whole"))
        refused = self.run_program("evolve", "quench.yaml", "--output", "part", "--resume", "--set", "dynamics.step=0.01")
        self.assertEqual(refused.returncode, 2)
        self.assertIn("dynamics.step", refused.stderr)
        self.assertEqual(self.run_program("evolve", "quench.yaml", "--output", "part").returncode, 2)


class RefusalTests(EvolveTest):
    def refused(self, message, *settings, configuration=SUMMED):
        self.write("bad.yaml", configuration)
        arguments = [part for setting in settings for part in ("--set", setting)]
        for ranks in (None, 2):
            process = self.run_program("evolve", "bad.yaml", "--output", "bad", *arguments, ranks=ranks)
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(message, process.stderr)
            self.assertEqual(len([line for line in self.messages(process) if message in line]), 1)
        self.assertFalse(os.path.exists(self.path("bad", "log.jsonl")))

    def test_real_time_needs_phases(self):
        self.refused("ansatz.dtype: the phase of this network does not depend on its parameters", "ansatz.dtype=float64")

    def test_keys_that_contradict_each_other(self):
        self.refused("dynamics.steps: the size of the steps of this integrator is chosen", "dynamics.integrator=bs23", "dynamics.steps=3")
        self.refused("dynamics.end_time: contradicts 3 steps of 0.02", "dynamics.steps=3")
        self.refused("the key 'end_time' is missing", "dynamics.end_time=null")
        self.refused("dynamics.diag_shift: S is singular", "dynamics.solver=cholesky", "dynamics.diag_shift=0")
        self.refused("dynamics.initial_state: contradicts run.initial_parameters", "run.initial_parameters=other.h5")
        self.refused("dynamics.space: 'parameters' contradicts solver minsr", "dynamics.solver=minsr", "dynamics.space=parameters")

    def test_values_that_are_none(self):
        self.refused("dynamics.integrator: 'rk5' is unknown; did you mean 'rk4'?", "dynamics.integrator=rk5")
        self.refused("dynamics.initial_state: 'z_up' is unknown", "dynamics.initial_state=z_up")
        self.refused("dynamics.step: found the number 0.0", "dynamics.step=0.0")
        self.refused("dynamics.observables.pairing", "dynamics.observables.pairing={}")
        self.refused("dynamics.observables.magnetisation.precision", "dynamics.observables.magnetisation.precision=0.1")
        self.refused("dynamics.hamiltonian", "dynamics.hamiltonian={type: isin}")
        self.refused("the block 'dynamics' is missing", configuration=SUMMED.split("dynamics:")[0])

    def test_states_that_are_not_there(self):
        self.refused("dynamics.initial_state: x_up is a state of all spins 1/2", "sampler.total_sz=0",
                     "hamiltonian={type: heisenberg}")
        self.refused("dynamics.initial_scale: with random parameters times 1000", "dynamics.initial_scale=1000.0")

    def test_a_quench_keeps_the_basis(self):
        self.refused(
            "dynamics.hamiltonian: belongs to another basis", "dynamics.hamiltonian={type: heisenberg, sign_rule: true}")

    def test_keys_without_effect_are_named(self):
        self.write("quench.yaml", SUMMED)
        process = self.evolve(
            "out", "--set", "dynamics.end_time=0.02", "--set", "dynamics.tolerance=0.1", "--set", "sr.diag_shift=0.1", "--set",
            "optimiser.learning_rate=0.1", "--set", "run.steps=7", "--set", "dynamics.snr=2.0")
        for message in (
                "dynamics.tolerance, dynamics.snr: no effect", "sr.diag_shift: no effect on an evolution",
                "optimiser.learning_rate: no effect on an evolution", "run.steps: no effect on an evolution"):
            self.assertIn(message, process.stderr)


if __name__ == "__main__":
    unittest.main()

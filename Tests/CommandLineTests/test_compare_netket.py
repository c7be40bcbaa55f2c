"""Benchmarks/compare_netket.py: that its problems run and that its table is right. NetKet itself is not needed."""

import importlib.util
import json
import os
import unittest

from support import ROOT, CommandLineTest

BENCHMARKS = os.path.join(ROOT, "Benchmarks")


def load():
    specification = importlib.util.spec_from_file_location(
        "compare_netket", os.path.join(BENCHMARKS, "compare_netket.py"))
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


class ProblemTests(CommandLineTest):
    def test_every_problem_makes_a_step_in_every_way(self):
        comparison = load()
        for problem in comparison.PROBLEMS:
            ways = dict(comparison.STEPS)
            if problem.screened:
                ways["screened"] = comparison.SCREENED
            for name, keys in ways.items():
                with self.subTest(problem=problem.name, way=name):
                    small = ["sampler.samples=64", "sampler.sweep=10"]
                    overrides = [word for key in keys + small for word in ["--set", key]]
                    process = self.run_program(
                        "benchmark", str(problem.file), "--repeat", "1", "--json", *overrides, timeout=120)
                    self.assertEqual(process.returncode, 0, process.stderr)
                    self.assertIsNotNone(json.loads(process.stdout)["solver"])


class TableTests(unittest.TestCase):
    def setUp(self):
        self.comparison = load()
        self.problem = self.comparison.Problem("rbm-real", "RBM", screened=True, kernel=True)

    def ours(self, factor):
        def run(step, sample):
            return {
                "seconds": {"step": step * factor, "sample": sample, "local_energy": 0.02, "matvec": 0.001},
                "solver": {"residual": 1e-3}, "limits": {"dgemm_gflops": 40 + factor}}
        return {
            "cg": run(0.3, 0.1), "minSR": run(0.2, 0.1), "cg, screened": run(0.15, 0.05), "minSR, screened": run(0.25, 0.05)}

    def theirs(self, factor, ways=("tensor", "minSR, slow", "minSR")):
        seconds = {"tensor": 4.0, "minSR, slow": 9.0, "minSR": 6.0}
        return {
            "versions": {"netket": "1", "jax": "2"}, "sample": 1.0, "local_energy": {"numba": 2.0, "jax": 3.0},
            "matvec": {"tensor": 0.01},
            "steps": {way: {"seconds": seconds[way] * factor} for way in ways}}

    def test_rows_take_the_fastest_of_each_by_medians(self):
        ours = [self.ours(factor) for factor in [1, 2, 1]]
        theirs = [self.theirs(1), self.theirs(3, ["minSR", "tensor"]), self.theirs(1, ["minSR", "tensor"])]
        rows = {row[1]: row[2:] for row in self.comparison.compare(self.problem, ours, theirs)}
        self.assertEqual(rows["sampling"], ("", 1.0, "", 0.1))
        self.assertEqual(rows["local energies"], ("rows by numba", 2.0, "", 0.02))
        self.assertEqual(rows["whole SR step, best of each"], ("tensor", 4.0, "minSR (residual 1e-03)", 0.2))
        screened = rows["the same, proposals screened in single precision"]
        self.assertEqual(screened[2:], ("cg, screened (residual 1e-03)", 0.15))
        # A way that only the first round timed does not count.
        self.assertEqual(rows["minSR step"], ("minSR", 6.0, "minSR", 0.2))

    def test_later_rounds_time_what_counts(self):
        self.assertIsNone(self.comparison.worth_repeating(self.problem, []))
        self.assertEqual(self.comparison.worth_repeating(self.problem, [self.theirs(1)]), ["minSR", "tensor"])
        plain = self.comparison.Problem("rbm-real", "RBM")
        self.assertEqual(self.comparison.worth_repeating(plain, [self.theirs(1)]), ["tensor"])


if __name__ == "__main__":
    unittest.main()

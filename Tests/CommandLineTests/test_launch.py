"""Jobs that were started wrongly are told so, once."""

import json
import os
import shutil
import subprocess
import unittest

from support import GOOD, PROGRAM, TIMEOUT, CommandLineTest, mpirun


class LaunchTests(CommandLineTest):
    def run_mixed(self, *programs, binding=("--bind-to", "none")):
        """One job with one process for each (command, arguments), under one launcher."""
        command, variables = self.invocation([], ranks=1)
        command = [mpirun()[0], "--oversubscribe", *binding]
        for words in programs:
            command += ([":"] if words is not programs[0] else []) + ["-n", "1", *words]
        return subprocess.run(
            command, cwd=self.directory, env=variables, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=TIMEOUT, text=True, errors="replace")

    def assert_told_once(self, process, words):
        lines = [line for line in self.messages(process) if words in line]
        self.assertEqual(len(lines), 1, process.stderr)
        return lines[0]

    def assert_refused(self, process, words):
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertEqual(len(self.messages(process)), 1, process.stderr)
        self.assertEqual(self.listing(), self.before)
        return self.assert_told_once(process, words)

    def setUp(self):
        super().setUp()
        self.write("config.yaml", GOOD)
        self.before = self.listing()

    def test_separate_processes(self):
        # What a launcher of another MPI leaves: its variables, and processes that do not know each other.
        for variables in ({"PMI_RANK": "%d", "PMI_SIZE": "3"}, {"SLURM_STEP_ID": "0", "SLURM_PROCID": "%d", "SLURM_NTASKS": "3"}):
            with self.subTest(list(variables)):
                told = []
                for rank in range(3):
                    process = self.run_program(
                        "run", "config.yaml", environment={name: value.replace("%d", str(rank)) for name, value in variables.items()})
                    self.assertEqual(process.returncode, 2, process.stderr)
                    told += self.messages(process)
                self.assertEqual(len(told), 1)
                self.assertIn("the launcher started 3 processes, but MPI sees each of them alone", told[0])
                self.assertIn("mpirun", told[0])
                self.assertEqual(self.listing(), self.before)
                # info shows what there is all the same.
                process = self.run_program(
                    "info", "--json", environment={name: value.replace("%d", "0") for name, value in variables.items()})
                self.assertEqual(json.loads(process.stdout)["ranks"], 1)
                self.assertEqual(process.returncode, 0)
                self.assert_told_once(process, "3 separate runs")

    def test_one_process_is_no_mistake(self):
        process = self.run_program(
            "check", "config.yaml", environment={"SLURM_STEP_ID": "0", "SLURM_PROCID": "0", "SLURM_NTASKS": "1"})
        self.assertEqual((process.returncode, self.messages(process)), (0, []))

    def test_different_programs(self):
        other = self.path("other")
        shutil.copy(PROGRAM, other)
        with open(other, "ab") as file:
            file.write(b"another build")
        self.before = self.listing()
        run = ["run", "config.yaml"]
        self.assert_refused(self.run_mixed([PROGRAM, *run], [other, *run]), "the ranks run different programs: rank 1 on ")
        # The same build in another place is the same program.
        copy = self.path("copy")
        shutil.copy(PROGRAM, copy)
        process = self.run_mixed([PROGRAM, "check", "config.yaml"], [copy, "check", "config.yaml"])
        self.assertEqual(process.returncode, 0, process.stderr)

    def test_different_arguments(self):
        self.write("other.yaml", GOOD)
        self.before = self.listing()
        process = self.run_mixed([PROGRAM, "run", "config.yaml"], [PROGRAM, "run", "other.yaml"])
        line = self.assert_refused(process, "different arguments")
        self.assertIn("rank 1 with 'run other.yaml', rank 0 with 'run config.yaml'", line)

    def test_different_cpus(self):
        # BLAS takes another CPU's kernels, as it would on another CPU.
        check = [PROGRAM, "check", "config.yaml"]
        process = self.run_mixed(
            ["env", "OPENBLAS_CORETYPE=Haswell", *check], ["env", "OPENBLAS_CORETYPE=Nehalem", *check])
        self.assertEqual(process.returncode, 0, process.stderr)
        line = self.assert_told_once(process, "the ranks run on CPUs of different types: rank 1 on ")
        self.assertIn("BLAS kernels for Nehalem", line)

    def test_kernels_of_an_older_cpu(self):
        info = json.loads(self.run_program("info", "--json").stdout)
        better = {"avx2": "Haswell", "avx512": "SkylakeX"}.get(info["hosts"][0]["vector_units"])
        if better is None:
            self.skipTest("needs AVX2")
        words = f"OPENBLAS_CORETYPE={better} in the environment"
        for command in (["info"], ["check", "config.yaml"], ["run", "config.yaml", "--set", "run.steps=0"]):
            with self.subTest(command[0]):
                for kernels, count in (("Prescott", 1), (better, 0)):
                    process = self.run_program(
                        *command, *(["--output", kernels] if command[0] == "run" else []), ranks=2,
                        environment={"OPENBLAS_CORETYPE": kernels})
                    self.assertEqual(process.returncode, 0, process.stderr)
                    self.assertEqual(process.stderr.count(words), count, process.stderr)
                    if count:
                        self.assert_told_once(process, "OpenBLAS uses kernels for Prescott, although the CPU has AVX")

    def test_kernels_of_an_older_cpu_are_replaced(self):
        info = json.loads(self.run_program("info", "--json").stdout)
        better = {"avx2": "Haswell", "avx512": "SkylakeX"}.get(info["hosts"][0]["vector_units"])
        compiler = shutil.which("cc") or shutil.which("clang")
        if better is None or compiler is None:
            self.skipTest("needs AVX2 and a C compiler")
        self.assertIsNone(info["blas"]["replacement"])
        # An OpenBLAS that takes the CPU for an old one as long as it is not told.
        self.write(
            "core.c", '#include <stdlib.h>\n'
            '#include <string.h>\n'
            'static char core[64] = "Prescott";\n'
            'static void __attribute__((constructor)) choose(void) {\n'
            '  const char *wanted = getenv("OPENBLAS_CORETYPE");\n'
            '  if (wanted) strncpy(core, wanted, sizeof core - 1);\n'
            '}\n'
            'char *openblas_get_corename(void) { return core; }\n')
        subprocess.run([compiler, "-shared", "-fPIC", "-o", "core.so", "core.c"], check=True, cwd=self.directory)
        environment = {"LD_PRELOAD": os.path.join(self.directory, "core.so"), "OPENBLAS_CORETYPE": None}
        process = self.run_program("info", "--json", ranks=2, environment=environment)
        blas = json.loads(process.stdout)["blas"]
        self.assertEqual((blas["core"], blas["replacement"]), (better, f"{better}, as OpenBLAS had chosen Prescott"))
        self.assertNotIn("OpenBLAS", process.stderr)
        # The user's choice stays.
        environment["OPENBLAS_CORETYPE"] = "Nehalem"
        process = self.run_program("info", "--json", environment=environment)
        self.assertEqual(json.loads(process.stdout)["blas"]["core"], "Nehalem")
        self.assertIn("OpenBLAS uses kernels for Nehalem", process.stderr)

    def test_more_threads_than_cores(self):
        check = [PROGRAM, "check", "config.yaml"]
        one_core = ["taskset", "--cpu-list", str(min(os.sched_getaffinity(0)))]
        process = self.run_mixed([*one_core, *check], [*one_core, *check])
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assert_told_once(
            process, "a node has 2 threads (ranks times BLAS threads) on 1 core that they may use")
        if len(os.sched_getaffinity(0)) < 2:
            self.skipTest("needs two cores")
        # Each rank bound to a core of its own: the cores of both count.
        cores = sorted(os.sched_getaffinity(0))[:2]
        process = self.run_mixed(*[["taskset", "--cpu-list", str(core), *check] for core in cores])
        self.assertEqual((process.returncode, self.messages(process)), (0, []))


if __name__ == "__main__":
    unittest.main()

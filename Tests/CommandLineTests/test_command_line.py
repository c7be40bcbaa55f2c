"""Arguments, help, exit statuses, info and exact."""

import json
import os
import unittest

from support import GOOD, QUICK_START, CommandLineTest

CHAIN = """\
lattice: {type: chain, extent: [%d]}
hamiltonian: %s
"""


class CommandLineTests(CommandLineTest):
    def test_help_explains_every_command_and_key(self):
        text = self.run_program("--help").stdout
        for command in ("run", "exact", "verify", "check", "info", "submit", "import", "reference"):
            self.assertIn(f"\n  {command} ", text)
            process = self.run_program(command, "--help")
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertIn(f"USAGE: dist-vmc {command}", process.stdout)
        text = self.run_program("check", "--help").stdout
        for key in ("lattice:", "extent (", "kernel_init (", "total_sz (", "diag_shift (", "learning_rate (", "seed ("):
            self.assertIn(key, text)
        self.assertLessEqual(max(len(line) for line in text.splitlines()), 80)

    def test_usage_errors_exit_with_2(self):
        for arguments in (
            ["run"], ["walk"], ["run", "a", "b"], ["run", "a.yaml", "--bogus"], ["exact", "a.yaml", "--states", "0"],
            ["exact", "a.yaml", "--states", "x"], ["verify"], ["verify", "a.json", "--tolerance", "nan"], ["--bogus"],
            ["run", "a.yaml", "--set"],
        ):
            with self.subTest(arguments):
                process = self.run_program(*arguments, timeout=20)
                self.assertEqual(process.returncode, 2)
                self.assertEqual(process.stdout, "")
                self.assertIn("Error: ", process.stderr)
        self.assertEqual(self.listing(), [])

    def test_one_rank_prints_help_and_usage_errors(self):
        process = self.run_program("--help", ranks=3)
        self.assertEqual((process.returncode, process.stdout.count("USAGE:")), (0, 1))
        process = self.run_program("walk", ranks=3)
        self.assertEqual((process.returncode, process.stderr.count("Error: ")), (2, 1))
        process = self.run_program("--version", environment={"OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"})
        self.assertEqual((process.returncode, process.stdout), (0, ""))

    def test_info(self):
        for ranks in (None, 2):
            # As users start it, with all that the MPI library does by itself.
            process = self.run_program("info", "--json", ranks=ranks, environment=dict.fromkeys(QUICK_START))
            self.assertEqual(process.returncode, 0, process.stderr)
            info = json.loads(process.stdout)
            self.assertEqual(info["ranks"], ranks or 1)
            self.assertEqual(sum(host["ranks"] for host in info["hosts"]), ranks or 1)
            self.assertEqual(info["threads_per_rank"], 1)
            self.assertIn("MPI", info["mpi"])
            self.assertIn("OpenBLAS", info["blas"]["configuration"])
            self.assertRegex(info["hdf5"], r"^\d+\.\d+\.\d+$")
            for host in info["hosts"]:
                self.assertIn(host["vector_units"], ("avx512", "avx2", "baseline", "generic"))
        self.assertEqual(self.run_program("--version").stdout.strip(), info["version"])
        text = self.run_program("info").stdout
        self.assertIn("vector units", text)

    def test_blas_threads(self):
        info = self.run_program("info", "--json", environment={"OPENBLAS_NUM_THREADS": "2"})
        self.assertEqual(json.loads(info.stdout)["threads_per_rank"], 2)
        crowded = self.run_program("info", "--json", environment={"OPENBLAS_NUM_THREADS": "64"})
        if (os.cpu_count() or 1) < 64:
            self.assertEqual(len(self.messages(crowded)), 1)
            self.assertIn("threads", crowded.stderr)


class ExactTests(CommandLineTest):
    def energies(self, document, *arguments, ranks=None):
        self.write("config.yaml", document)
        process = self.run_program("exact", "config.yaml", "--json", *arguments, ranks=ranks)
        self.assertEqual(process.returncode, 0, process.stderr)
        return json.loads(process.stdout)

    def test_two_sites_by_hand(self):
        # J (XX + YY + ZZ) on one bond: the singlet at -3, the triplet at 1.
        result = self.energies(CHAIN % (2, "{type: heisenberg}"), "--states", "4")
        for found, expected in zip(result["energies"], [-3, 1, 1, 1]):
            self.assertAlmostEqual(found, expected, places=12)
        self.assertEqual((result["dimension"], result["sector"]), (4, None))
        self.assertEqual(set(result), {"energies", "dimension", "sector"})
        result = self.energies(CHAIN % (2, "{type: heisenberg}") + "sampler: {total_sz: 0}\n", "--states", "2")
        self.assertEqual((result["dimension"], result["sector"]), (2, {"total_sz": 0}))
        # The sign rule is a rotation of the basis.
        result = self.energies(CHAIN % (2, "{type: heisenberg, sign_rule: true}"), "--states", "4")
        self.assertAlmostEqual(result["energies"][0], -3, places=12)
        # sy has the levels -1 and 1.
        result = self.energies(CHAIN % (1, "{type: pauli_strings, terms: [{paulis: Y}]}"), "--states", "2")
        self.assertAlmostEqual(result["energies"][0], -1, places=12)

    def test_bonds_that_are_given_count(self):
        # An open chain written as the bonds of a periodic one: two sites of three are free of the third bond.
        document = CHAIN % (3, "{type: ising, h: 0}")
        frustrated = self.energies(document)["energies"][0]
        opened = self.energies(document, "--set", "lattice.edges=[[0, 1], [1, 2]]")["energies"][0]
        self.assertAlmostEqual(frustrated, -1, places=12)
        self.assertAlmostEqual(opened, -2, places=12)
        repeated = self.energies(document, "--set", "lattice.edges=[[0, 1], [1, 0], [1, 2]]")["energies"][0]
        self.assertAlmostEqual(repeated, -2, places=12)

    def test_a_critical_chain_on_several_ranks(self):
        # Free fermions: E0 = -2 / sin(pi / 2N) for J = -1, h = 1, an even periodic chain.
        import math
        for ranks in (None, 2, 3):
            result = self.energies(CHAIN % (10, "{type: ising, J: -1}"), ranks=ranks)
            self.assertAlmostEqual(result["energies"][0], -2 / math.sin(math.pi / 20), places=9)

    def test_text(self):
        self.write("config.yaml", GOOD)
        process = self.run_program("exact", "config.yaml", "--states", "2")
        self.assertEqual(process.returncode, 0)
        self.assertIn("8 sites, total_sz = 0, dimension 70", process.stdout)

    def test_what_cannot_be_diagonalised(self):
        for document, arguments, start in [
            (CHAIN % (2, "{type: heisenberg}"), ["--states", "5"], "--states: 5 levels"),
            (CHAIN % (1000, "{type: ising}"), [], "config.yaml:1: lattice: the basis of 1000 sites is too large to number"),
            (CHAIN % (50, "{type: ising}"), [], "config.yaml:1: lattice: exact diagonalisation in dimension"),
            (CHAIN % (2, "{type: pauli_strings, terms: [{paulis: XX, coefficient: [0, 1]}]}"), [],
             "config.yaml:2: hamiltonian.terms: the sum is not Hermitian"),
        ]:
            for ranks in (None, 2):
                with self.subTest(start, ranks=ranks):
                    self.write("config.yaml", document)
                    process = self.run_program("exact", "config.yaml", *arguments, ranks=ranks, timeout=30)
                    self.assertEqual(process.returncode, 2, process.stderr)
                    messages = self.messages(process)
                    self.assertEqual(len(messages), 1, process.stderr)
                    self.assertTrue(messages[0].startswith("dist-vmc: " + start), messages[0])


if __name__ == "__main__":
    unittest.main()

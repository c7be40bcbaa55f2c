"""Configurations from mVMC's files: their energies, and what is refused."""

import json
import os
import unittest

from import_support import SETS, ImportTest
from mvmc_case import Case


class ImportTests(ImportTest):
    def test_trained_sets(self):
        for name in ["hubbard_2x2_dh", "tj_ladder_4x2"]:
            with self.subTest(name):
                process = self.run_well("import", "mvmc", os.path.join(SETS, name))
                self.assertEqual(process.stdout.split(), [name + ".yaml", name + ".h5"])
                with open(os.path.join(SETS, name, "expected.json")) as file:
                    expected = json.load(file)
                energy = self.energy(name + ".yaml")
                self.assertAlmostEqual(energy[0], expected["energy_sum"], delta=1e-8)
                self.assertEqual(energy[1], 0)
                variance = self.summary(f"run-{name}.yaml")["energy"]["variance"]
                self.assertAlmostEqual(variance, expected["variance_sum"], delta=1e-8)

    def test_projected_sets(self):
        """Sums over translations, antiperiodic ones too, and over rotations of the spins."""
        for name in ["hubbard_chain4_ap", "j1j2_4x4_s2x2"]:
            with self.subTest(name):
                self.run_well("import", "mvmc", os.path.join(SETS, name))
                with open(os.path.join(SETS, name, "expected.json")) as file:
                    expected = json.load(file)
                energy = self.energy(name + ".yaml")
                self.assertAlmostEqual(energy[0], expected["energy_sum"], delta=1e-8)
                variance = self.summary(f"run-{name}.yaml")["energy"]["variance"]
                self.assertAlmostEqual(variance, expected["variance_sum"], delta=1e-8)

    def test_projections_that_are_refused(self):
        name = self.copied("hubbard_chain4_ap")
        self.change(f"{name}/modpara.def", "NMPTrans       -2", "NMPTrans       3")
        self.refused("modpara.def:20: NMPTrans: is 3, and TransSym has 2 translations", "mvmc", name)
        self.change(f"{name}/modpara.def", "NMPTrans       3", "NMPTrans       -2")
        self.change(f"{name}/qptransidx.def", "    1      3      0     -1", "    1      3      1     -1")
        self.refused("two sites have one image", "mvmc", name)

    def test_hamiltonians_of_projected_sets(self):
        """Without their projections: the lowest energies of the Hamiltonians."""
        for name, translations in [("hubbard_chain4_ap", "-2"), ("j1j2_4x4_s2x2", "4")]:
            with self.subTest(name):
                self.copied(name)
                self.change(f"{name}/modpara.def", "NSPGaussLeg    8", "NSPGaussLeg    1")
                self.change(f"{name}/modpara.def", f"NMPTrans       {translations}", "NMPTrans -1")
                self.run_well("import", "mvmc", name)
                with open(self.path(name, "expected.json")) as file:
                    expected = json.load(file)
                self.assertAlmostEqual(self.exact(name + ".yaml"), expected["energy_exact_ground"], places=8)

    def test_random_sets(self):
        cases = {
            "real": dict(),
            "real, signs": dict(translated=True, values="In"),
            "complex": dict(is_complex=True),
            "hubbard": dict(extras=False, holons=False),
            "machines": dict(is_complex=True, machines=("Charge", "Spin", "General")),
            "machine of charges": dict(is_complex=True, machines=("Charge",), values="In", holons=False),
            "general": dict(kind="general", is_complex=True, translated=True),
            "general, 2Sz = 2": dict(kind="general", double_sz=2),
            "parallel": dict(kind="parallel", translated=True),
            "parallel, 2Sz = -2": dict(kind="parallel", double_sz=-2, is_complex=True, values="In"),
            "any 2Sz": dict(kind="general", double_sz=None, holons=False, flips=True, is_complex=True),
            "any 2Sz, parallel": dict(kind="parallel", double_sz=None, holons=False, flips=True, translated=True),
            "spins": dict(spins=True, translated=True),
            "spins, machines": dict(spins=True, is_complex=True, machines=("Charge", "Spin", "General")),
            "spins, 2Sz = 2": dict(spins=True, kind="parallel", double_sz=2),
            "two translations": dict(turns=2),
            "antiperiodic, complex": dict(turns=3, translated=True, is_complex=True),
            "total spin": dict(points=3),
            "triplet, two translations": dict(points=3, spin=1, turns=2, is_complex=True, holons=False),
            "general, two translations": dict(kind="general", turns=2, translated=True, double_sz=2),
            "any 2Sz, two translations": dict(
                kind="general", double_sz=None, holons=False, flips=True, turns=2, translated=True, is_complex=True),
            "spins, total spin": dict(spins=True, points=3, turns=2, is_complex=True),
            "spins, quintet, antiperiodic": dict(spins=True, points=3, spin=2, turns=2, translated=True),
            "spins, any 2Sz": dict(spins=True, kind="general", double_sz=None, flips=True, is_complex=True),
        }
        for seed, (name, options) in enumerate(cases.items()):
            with self.subTest(name):
                case = Case(seed, **options)
                folder = f"case{seed}"
                case.write(self.path(folder))
                self.run_well("import", "mvmc", folder, "--output", f"{folder}.yaml")
                energy = self.energy(f"{folder}.yaml")
                self.assertAlmostEqual(energy[0], case.energy(), places=9)

    def test_a_real_state_has_a_real_hamiltonian(self):
        """mVMC leaves out imaginary parts where all parameters are real."""
        case = Case(3, is_complex=True, holons=False)
        real = {name: text.replace("ComplexType 1", "ComplexType 0") for name, text in case.files.items()}
        case.files = real
        case.terms = [(complex(value.real), operators) for value, operators in case.terms]
        case.sums = [(weight.real, {pair: value.real for pair, value in f.items()}) for weight, f in case.sums]
        case.write(self.path("case"))
        process = self.run_well("import", "mvmc", "case")
        self.assertIn("leaves out the imaginary parts", process.stderr)
        self.assertAlmostEqual(self.energy("case.yaml")[0], case.energy(), places=9)
        with open(self.path("case.yaml")) as file:
            self.assertIn("leaves out the imaginary parts", file.read())

    def test_without_parameters(self):
        name = self.copied("tj_ladder_4x2")
        os.remove(self.path(name, "zqp_opt.dat"))
        process = self.run_well("import", "mvmc", name, "--output", "start.yaml")
        self.assertEqual(process.stdout.split(), ["start.yaml"])
        self.assertIn("no file has parameters", process.stderr)
        self.assertIn("parameters cannot be frozen: an optimisation changes also those whose flag is 0 (1 of 1 in", process.stderr)
        self.run_well("run", "start.yaml", "--output", "start", "--quiet", "--set", "run.steps=2", "--set",
                      "run.final_samples=64")
        # One file of one factor: the rest starts from 0 and at random.
        self.write(f"{name}/in.def", "-\nN 1\n-\n-\n-\n0 -1.5 0\n")
        self.change(f"{name}/namelist.def", "Trans trans.def", "Trans trans.def\nInGutzwiller in.def")
        process = self.run_well("import", "mvmc", name, "--output", "some.yaml")
        self.assertEqual(process.stdout.split(), ["some.yaml", "some.h5"])
        self.assertIn("no file has the parameters of Jastrow, Orbital", process.stderr)
        self.energy("some.yaml")

    def test_strong_gutzwiller_factors(self):
        """Frozen ones exclude doubly occupied sites, others are parameters."""
        name = self.copied("tj_ladder_4x2")
        process = self.run_well("import", "mvmc", name)
        self.assertIn("Gutzwiller is frozen at -20.0 and so leaves no weight to doubly occupied sites", process.stderr)
        self.assertNotIn("cannot be frozen", process.stderr)
        restricted = self.energy(f"{name}.yaml")[0]
        self.assertEqual(self.summary(f"run-{name}.yaml")["final_samples"], 560)
        self.change(f"{name}/gutzwilleridx.def", "7 0\n0 0", "7 0\n0 1")
        self.run_well("import", "mvmc", name, "--output", "free.yaml")
        self.assertAlmostEqual(self.energy("free.yaml")[0], restricted, delta=1e-7)
        self.assertEqual(self.summary("run-free.yaml")["final_samples"], 3136)

    def test_strings_without_double_occupancy(self):
        """The t-J model written out, as the one with a name."""
        head = "lattice: {type: chain, extent: [5]}\nhilbert: {type: fermions, n_up: 2, n_down: 2%s}\nhamiltonian: "
        terms = []
        for i in range(5):
            j, N = (i + 1) % 5, 5
            for a, b in ((i, j), (j, i)):
                terms += [(f"{a}^ {b}", -1.0), (f"{a + N}^ {b + N}", -1.0), (f"{a}^ {a + N} {b + N}^ {b}", 0.2),
                          (f"{a}^ {a} {b + N}^ {b + N}", -0.2)]
        written = ", ".join(f'{{operators: "{text}", coefficient: {value}}}' for text, value in terms)
        self.write("strings.yaml", head % ", double_occupancy: false" + f"{{type: fermion_strings, terms: [{written}]}}\n")
        self.write("named.yaml", head % "" + "{type: t_j, t: 1.0, J: 0.4}\n")
        self.assertAlmostEqual(self.exact("strings.yaml"), self.exact("named.yaml"), places=10)
        for key, model, message in [
            (", double_occupancy: true", "t_j", "double_occupancy: no site has two with the hamiltonian t_j"),
            (", double_occupancy: false", "hubbard", "there is nothing to repel; accepted: t_j, fermion_strings"),
        ]:
            self.write("wrong.yaml", head % key + f"{{type: {model}}}\n")
            process = self.run_program("exact", "wrong.yaml")
            self.assertEqual(process.returncode, 2)
            self.assertIn(message, process.stderr)

    def test_settings(self):
        name = self.copied("tj_ladder_4x2")
        self.change(f"{name}/modpara.def", "NVMCCalMode    1", "NVMCCalMode    0")
        self.change(f"{name}/modpara.def", "NSRCG 0", "NSRCG 1\nNSROptCGMaxIter 70\nDSROptCGTol 1e-5")
        self.run_well("import", "mvmc", name)
        with open(self.path(f"{name}.yaml")) as file:
            blocks, _ = self.resolved(file.read())
        self.assertEqual(blocks["run"]["steps"], "250")
        self.assertEqual(blocks["run"]["seed"], "99")
        self.assertEqual(blocks["sampler"]["samples"], "2000")
        self.assertEqual(blocks["sampler"]["sweep"], "16")
        self.assertEqual(blocks["sr"]["diag_scale"], "0.02")
        self.assertEqual((blocks["sr"]["solver"], blocks["sr"]["max_iterations"]), ("cg", "70"))
        self.assertEqual(float(blocks["sr"]["tolerance"]), 1e-5)
        self.assertEqual(blocks["optimiser"]["learning_rate"], "0.04")

    def test_files_that_are_there(self):
        name = self.copied("hubbard_2x2_dh")
        self.write("old.h5", "old")
        self.refused("old.h5 is there already; choose another file with --output, or overwrite it with --replace",
                     "mvmc", name, "--output", "old.yaml")
        self.run_well("import", "mvmc", name, "--output", "old.yaml", "--replace")
        self.refused("old.yaml is there already", "mvmc", name, "--output", "old.yaml")
        os.makedirs(self.path("new.yaml"))
        self.refused("new.yaml is there already", "mvmc", name, "--output", "new.yaml", "--replace")

    def test_wrong_files_of_mvmc(self):
        name = self.copied("tj_ladder_4x2")
        text = {}
        for file in os.listdir(self.path(name)):
            with open(self.path(name, file)) as opened:
                text[file] = opened.read()
        for file, old, new, message in [
            ("namelist.def", "Hund hund.def", "Hunt hund.def", "namelist.def:5: unknown keyword 'Hunt'; did you mean 'Hund'?"),
            ("namelist.def", "Hund hund.def", "Hund", "namelist.def:5: Hund names no file"),
            ("namelist.def", "Hund hund.def", "hund hund.def\nHUND hund.def", "namelist.def:6: Hund stands twice in it"),
            ("namelist.def", "Hund hund.def", "Hund none.def", "none.def: cannot be read: No such file"),
            ("namelist.def", "Hund hund.def", "BF hund.def", "namelist.def:5: BF: mVMC's optimised translations and back flow"),
            ("namelist.def", "LocSpin locspn.def", "", "namelist.def: names no LocSpin"),
            ("namelist.def", "Orbital orbitalidx.def", "", "namelist.def: accepted: OrbitalAntiParallel"),
            ("modpara.def", "NVMCSample", "NVMCSampel", "modpara.def:26: unknown key 'NVMCSampel'; did you mean 'NVMCSample'?"),
            ("modpara.def", "Nsite 8", "Nsite eight", "modpara.def:13: Nsite: 'eight' is no number"),
            ("modpara.def", "Nsite 8", "Nsite 9", "gutzwilleridx.def: has 9 lines behind its header; accepted: 9 of indices and 1"),
            ("modpara.def", "Ncond 6", "Ncond 7", "modpara.def:14: Ncond: an odd number of electrons"),
            ("modpara.def", "Ncond 6", "Ncond 60", "modpara.def: 60 electrons on 8 sites"),
            ("modpara.def", "2Sz 0", "2Sz 2", "modpara.def:15: 2Sz: is 2, which needs OrbitalParallel"),
            ("modpara.def", "2Sz 0", "2Sz -1", "modpara.def:15: 2Sz: is -1; accepted: even numbers"),
            ("modpara.def", "NSPGaussLeg 1", "NSPGaussLeg 0", "modpara.def:16: NSPGaussLeg: is 0; accepted: 1 to 1000"),
            ("modpara.def", "NMPTrans 1", "NMPTrans 2", "modpara.def:18: NMPTrans: is 2, and TransSym has 1 translations"),
            ("modpara.def", "NMPTrans 1", "", "modpara.def: NMPTrans: without it mVMC's wave function is 0"),
            ("modpara.def", "NVMCCalMode    1", "NVMCCalMode    2", "modpara.def:9: NVMCCalMode: is 2"),
            ("locspn.def", "0 0", "0 1", "locspn.def:2: says 0 local spins, and there are 1"),
            ("locspn.def", "NlocalSpin 0\n======\n======\n======\n0 0", "NlocalSpin 1\n======\n======\n======\n0 1",
             "locspn.def: 1 of 8 sites have a local spin and the others itinerant electrons (a Kondo lattice)"),
            ("trans.def", "NTransfer 80", "NTransfer 81", "trans.def:2: says 81 records, and the file has 80"),
            ("trans.def", "NTransfer 80", "NTransfer", "trans.def: has no header of five lines"),
            ("trans.def", "0 0 1 0 1.0", "0 0 8 0 1.0", "trans.def:6: site: 8 is not one of 0 to 7"),
            ("trans.def", "0 0 1 0 1.0", "0 0 1 0 1.x", "trans.def:6: the real part: '1.x00000000000000' is no number"),
            ("trans.def", "0 0 1 0 1.0", "0 0 1 0 1.5", "trans.def: the sum is not Hermitian: from site 1, spin 0 to site 0"),
            ("trans.def", "0 0 1 0 1.0", "0 0 1 1 1.0", "trans.def:6: changes a spin, which mVMC takes only with"),
            ("hund.def", "1 2 -0.2", "1 -2 -0.2", "hund.def:7: site: -2 is not one of 0 to 7"),
            ("hund.def", "1 2 -0.2", "1 2 0 -0.2", "hund.def:7: has 4 columns; accepted: 3"),
            ("gutzwilleridx.def", "1 0\n", "0 0\n", "gutzwilleridx.def:7: its site stands twice in it"),
            ("gutzwilleridx.def", "ComplexType 0", "ComplexType 2", "gutzwilleridx.def:3: the flag of real or complex: 2"),
            ("jastrowidx.def", "0 2 1", "0 2 5", "jastrowidx.def:7: parameter: 5 is not one of 0 to 4"),
            ("jastrowidx.def", "0 2 1", "0 0 1", "jastrowidx.def:7: a pair of a site with itself"),
            ("orbitalidx.def", "NOrbitalIdx 64", "NOrbitalIdx 63", "orbitalidx.def: has 128 lines behind its header"),
            ("orbitalidx.def", "0 1 1", "0 0 1", "orbitalidx.def:7: the pairing stands twice in it"),
            ("qptransidx.def", "0 1.0", "0 0.0", "qptransidx.def:6: the weight is 0"),
            ("zqp_opt.dat", "-2.0000", "-2.O000", "zqp_opt.dat:1: '-2.O000"),
            ("zqp_opt.dat", "-5.71", "7.0 -5.71", "zqp_opt.dat: has 217 numbers; accepted: 216, six and three for each of 70"),
            ("zqp_opt.dat", "-2.000000000000000000e+01", "nan", "zqp_opt.dat:1: 'nan' is no number"),
        ]:
            with self.subTest(file=file, new=new):
                self.assertIn(old, text[file])
                self.write(f"{name}/{file}", text[file].replace(old, new, 1))
                self.refused(message, "mvmc", name)
                self.write(f"{name}/{file}", text[file])
        self.refused("nowhere/namelist.def: cannot be read", "mvmc", "nowhere")
        self.write(f"{name}/trans.def", b"\xff\xfe")
        self.refused("trans.def: is not text in UTF-8", "mvmc", name)

    def test_general_interactions_have_conjugates(self):
        case = Case(6, holons=False)
        lines = case.files["interall.def"].splitlines()
        lines[5] = " ".join(lines[5].split()[:8] + ["17.0", "0.0"])
        case.files["interall.def"] = "\n".join(lines) + "\n"
        case.write(self.path("case"))
        self.refused("interall.def: the sum is not Hermitian: a record has no partner", "mvmc", "case")

    def test_no_place_for_local_spins_to_go(self):
        case = Case(5, spins=True)
        case.files["trans.def"] = "-\nN 2\n-\n-\n-\n0 0 1 0 1.0 0.0\n1 0 0 0 1.0 0.0\n"
        case.write(self.path("case"))
        self.refused("a term takes an electron off a site with a local spin (sites 0, 1)", "mvmc", "case")


if __name__ == "__main__":
    unittest.main()

"""Configurations from StdFace's inputs: sites and Hamiltonians, tied parameters, and what is refused."""

import json
import os
import unittest

from import_support import ImportTest


class ImportStdFaceTests(ImportTest):
    def standard(self, name, lines, exact=True):
        """The configuration of an input, and the lowest energy of its Hamiltonian."""
        self.write(f"{name}.def", "\n".join(lines) + "\n")
        self.run_well("import", "stdface", f"{name}.def", "--replace")
        return self.exact(f"{name}.yaml") if exact else None

    def test_as_the_files_that_stdface_wrote(self):
        """The same sites, Hamiltonian and tied pairings as by mVMC's files of the same input."""
        for name, old in [
            ("hubbard_chain4_ap", [("modpara.def", "NMPTrans       -2", "NMPTrans -1"), ("StdFace.def", "NMPTrans = -2", "")]),
            ("j1j2_4x4_s2x2", [("modpara.def", "NMPTrans       4", "NMPTrans 1"), ("StdFace.def", "NMPTrans = 4", "NMPTrans = 1")]),
            ("hubbard_2x2_dh", []),
        ]:
            with self.subTest(name):
                self.copied(name)
                os.remove(self.path(name, "zqp_opt.dat"))
                for file, before, after in old:
                    self.change(f"{name}/{file}", before, after)
                if name.startswith("j1j2"):
                    # The others are projected on a total spin by both.
                    self.change(f"{name}/modpara.def", "NSPGaussLeg    8", "NSPGaussLeg    1")
                    self.change(f"{name}/StdFace.def", "NSPGaussLeg = 8", "NSPGaussLeg = 1")
                self.run_well("import", "mvmc", name, "--output", "files.yaml", "--replace")
                self.run_well("import", "stdface", f"{name}/StdFace.def", "--output", "input.yaml", "--replace")

                def blocks(path):
                    lines = {}
                    with open(self.path(path)) as file:
                        for line in file:
                            if not line.startswith("#"):
                                if not line.startswith(" "):
                                    block = lines.setdefault(line.split(":")[0], [])
                                block.append(line)
                    return lines
                files, found = blocks("files.yaml"), blocks("input.yaml")
                self.assertEqual(found["lattice"], files["lattice"])
                self.assertEqual(sorted(found["hamiltonian"]), sorted(files["hamiltonian"]))
                # Classes of sites and of pairs are others with several translations than with one.
                self.assertEqual(found["ansatz"][:2], files["ansatz"][:2])

    def test_lattices_as_the_regular_ones(self):
        """Two electrons on StdFace's lattices and on the program's own."""
        common = ["model = FermionHubbard", "nelec = 2", "NSPGaussLeg = 1", "U = 3.0", "t = 1.0"]
        for lattice, size, extent, second in [
            ("chain", ["L = 7"], [7], True), ("square", ["W = 5", "L = 4"], [5, 4], True),
            ("triangular", ["W = 5", "L = 4"], [5, 4], True), ("honeycomb", ["W = 4", "L = 3"], [4, 3], True),
            ("kagome", ["W = 4", "L = 3"], [4, 3], True),
        ]:
            for t2 in (0.0, 0.3) if second else (0.0,):
                with self.subTest(lattice, t2=t2):
                    lines = common + [f'lattice = "{lattice}"  // shape'] + size + ([f"t' = {t2}"] if t2 else [])
                    found = self.standard(lattice, lines)
                    self.write("own.yaml", (
                        f"lattice: {{type: {lattice}, extent: {extent}}}\n"
                        "hilbert: {type: fermions, n_up: 1, n_down: 1}\n"
                        f"hamiltonian: {{type: hubbard, t: 1.0, U: 3.0, t2: {t2}}}\n"))
                    self.assertAlmostEqual(found, self.exact("own.yaml"), places=9)

    def test_boundary_phases(self):
        """exp(i phase) for each crossing of a boundary: a ring with a flux."""
        head = ["model = FermionHubbard", "lattice = chain", "L = 5", "nelec = 2", "NSPGaussLeg = 1", "t = 1.0", "U = 2.0"]
        for phase in (180.0, 40.0):
            found = self.standard("ring", head + [f"phase0 = {phase}", "ComplexType = 1"])
            self.write("own.yaml", (
                "lattice: {type: chain, extent: [5]}\nhilbert: {type: fermions, n_up: 1, n_down: 1}\n"
                f"hamiltonian: {{type: hubbard, t: 1.0, U: 2.0, twist: [{phase} ]}}\n").replace(
                    f"{phase} ", repr(phase * 3.141592653589793 / 180)))
            self.assertAlmostEqual(found, self.exact("own.yaml"), places=9)
        self.write("ring.def", "\n".join(head + ["phase0 = 40.0"]))
        self.refused("ring.def: complex hopping needs ComplexType = 1", "stdface", "ring.def", "--output", "new.yaml")

    def test_spins(self):
        head = ["model = Spin", "2Sz = 0", "NSPGaussLeg = 1"]

        def graph(edges, sites):
            return (f"lattice: {{type: graph, n_sites: {sites}, edges: {[list(edge) for edge in edges]}}}\n"
                    "hamiltonian: {type: %s}\nsampler: {total_sz: 0}\n")
        # Ten spins on a tilted square, whose bonds are found from numbers that are equal modulo (3, 1) and (-1, 3).
        number = {(x, y): (x + 7 * y) % 10 for x in range(12) for y in range(12)}
        edges = sorted({tuple(sorted((number[x, y], number[x + a, y + b]))) for x in range(10) for y in range(10)
                        for a, b in ((1, 0), (0, 1))})
        self.assertEqual(len(edges), 20)
        found = self.standard("tilted", head + [
            "lattice = square", "a0W = 3", "a0L = 1", "a1W = -1", "a1L = 3", "J = 1.0"])
        self.write("own.yaml", graph(edges, 10) % "heisenberg, units: spin")
        self.assertAlmostEqual(found, self.exact("own.yaml"), places=9)
        # A ladder, numbered along the rungs.
        found = self.standard("ladder", head + ["lattice = ladder", "W = 2", "L = 4", "J0 = 0.5", "J1 = 1.0", "J2 = 0.2", "J1' = 0.1"])
        leg = [(2 * x + y, 2 * ((x + 1) % 4) + y) for x in range(4) for y in range(2)]
        rung = [(2 * x, 2 * x + 1) for x in range(4)]
        diagonal = [(2 * x, 2 * ((x + 1) % 4) + 1) for x in range(4)]
        second = [(2 * x + y, 2 * ((x + 2) % 4) + y) for x in range(4) for y in range(2)]
        terms = ", ".join(
            f"{{sites: [{i}, {j}], paulis: {p}{p}, coefficient: {J / 4}}}"
            for J, bonds in ((1.0, leg), (0.5, rung), (0.2, diagonal), (0.1, second)) for i, j in bonds for p in "XYZ")
        self.write("own.yaml", (
            f"lattice: {{type: graph, n_sites: 8, edges: {[list(bond) for bond in leg + rung]}}}\nsampler: {{total_sz: 0}}\n"
            f"hamiltonian: {{type: pauli_strings, terms: [{terms}]}}\n"))
        self.assertAlmostEqual(found, self.exact("own.yaml"), places=9)
        # Fields and anisotropy, without conserved spins.
        found = self.standard("fields", [
            "model = SpinGC", "lattice = chain", "L = 6", "Jx = 0.3", "Jy = 0.8", "Jz = 1.1", "h = 0.4", "Gamma = 0.6"])
        terms = ", ".join(
            [f"{{sites: [{i}, {(i + 1) % 6}], paulis: {p}{p}, coefficient: {J / 4}}}"
             for i in range(6) for p, J in (("X", 0.3), ("Y", 0.8), ("Z", 1.1))]
            + [f"{{sites: [{i}], paulis: {p}, coefficient: {-B / 2}}}" for i in range(6) for p, B in (("Z", 0.4), ("X", 0.6))])
        self.write("own.yaml", (
            "lattice: {type: chain, extent: [6]}\n"
            f"hamiltonian: {{type: pauli_strings, terms: [{terms}]}}\n"))
        self.assertAlmostEqual(found, self.exact("own.yaml"), places=9)
        self.energy("fields.yaml")

    def test_electrons_of_all_kinds_run(self):
        head = ["lattice = square", "W = 4", "L = 2", "Wsub = 2", "Lsub = 2", "t = 1.0", "U = 4.0", "nelec = 6"]
        for name, lines, leaves in [
            ("plain", ["model = Hubbard", "NSPGaussLeg = 1"], 32 + 4 + 16),
            ("polarised", ["model = Hubbard", "2Sz = 2"], None),
            ("mixed", ["model = HubbardGC", "Gamma = 0.5"], None),
        ]:
            with self.subTest(name):
                self.standard(name, head + lines, exact=False)
                summary = json.loads(self.run_well("check", f"{name}.yaml", "--json").stdout)
                if leaves:
                    self.assertEqual(summary["parameters"]["count"], leaves)
                self.run_well("run", f"{name}.yaml", "--output", name, "--quiet", "--set", "run.steps=2", "--set",
                              "sampler.samples=64", "--set", "run.final_samples=64")

    def test_wrong_inputs_of_stdface(self):
        good = ["model = Spin", "lattice = square", "W = 4", "L = 4", "J = 1.0", "2Sz = 0", "NSPGaussLeg = 1"]
        for index, line, message in [
            (0, "model = Kondo", "s.def:1: model: local spins beside itinerant electrons"),
            (0, "model = tJ", "s.def:1: model: 'tj' has no counterpart"),
            (0, "", "s.def: the key model is missing"),
            (1, "lattice = pyrochlore", "s.def:2: lattice: 'pyrochlore' has no counterpart"),
            (2, "W = four", "s.def:3: W: 'four' is no integer"),
            (2, "W 4", "s.def:3: is not 'key = value'"),
            (2, "W = 0", "s.def:3: W: accepted: 1 to"),
            (2, "", "s.def: the key W is missing"),
            (2, "W = 4\nw = 4", "s.def:4: the key w stands twice in the file"),
            (2, "W = 4\nWsub = 3\nLsub = 2", "s.def:5: Lsub: the sublattice cell does not divide"),
            (4, "J = 1.0\nU = 3", "s.def:6: the key U is not one of this model on this lattice"),
            (4, "J = 1.0\nJz = 3", "s.def: J0 is given as one number and by components"),
            (4, "J = 1.0\nJ0 = 3", "s.def:5: J: beside J0"),
            (4, "Jx = 1.0", "s.def: Jx 1.0 and Jy 0.0 do not conserve 2Sz"),
            (4, "Jxy = 1.0", "s.def:5: the key Jxy is not one of this model on this lattice"),
            (4, "J = 1.0\nGamma = 1.0", "s.def:6: Gamma: changes spins"),
            (4, "J = 1.0\n2S = 2", "s.def:6: 2S: is 2"),
            (5, "", "s.def: the key 2Sz is missing"),
            (5, "2Sz = 1", "s.def:6: 2Sz: accepted: even numbers"),
            (6, "NSPGaussLeg = 0", "s.def:7: NSPGaussLeg: is 0; accepted: 1 to 1000"),
            (6, "NSPGaussLeg = 1\nNMPTrans = 4", "s.def:8: NMPTrans: a sum over 4 translations"),
        ]:
            with self.subTest(line):
                self.write("s.def", "\n".join(good[:index] + [line] + good[index + 1:]))
                self.refused(message, "stdface", "s.def")
        self.refused("nowhere.def: cannot be read", "stdface", "nowhere.def")


if __name__ == "__main__":
    unittest.main()

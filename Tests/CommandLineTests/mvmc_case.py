"""Random input sets of mVMC on four sites, and their energies by summation over states of electrons."""

import cmath
import itertools
import math
import os
import random


def mode(site, spin, sites):
    return site + sites * spin


def applied(operators, state):
    """A product of (mode, creates), the last one first, on a set of occupied modes in ascending order: sign and set."""
    sign = 1
    occupied = set(state)
    for number, creates in reversed(operators):
        if creates == (number in occupied):
            return 0, None
        sign *= (-1) ** sum(other < number for other in occupied)
        occupied ^= {number}
    return sign, tuple(sorted(occupied))


def pfaffian(matrix):
    if not matrix:
        return 1
    total = 0
    for k in range(1, len(matrix)):
        rest = [i for i in range(1, len(matrix)) if i != k]
        total += (-1) ** (k - 1) * matrix[0][k] * pfaffian([[matrix[i][j] for j in rest] for i in rest])
    return total


class Case:
    """One set: what its files hold, in the terms of mVMC.

    kind: of pairs: antiparallel, parallel (with antiparallel) or general.
    double_sz: 2Sz; None for any.
    turns: translations that are summed over.
    points, spin: rotations of NSPGaussLeg, and NSPStot.
    """

    def __init__(self, seed, kind="antiparallel", double_sz=0, spins=False, is_complex=False, machines=(), values="zqp",
                 translated=False, holons=True, flips=False, extras=True, turns=1, points=1, spin=0):
        self.turns, self.points, self.spin = turns, points, spin
        self.random = random.Random(seed)
        self.sites = 4
        self.kind, self.double_sz, self.spins, self.is_complex = kind, double_sz, spins, is_complex
        self.machines, self.values, self.translated, self.flips, self.extras = machines, values, translated, flips, extras
        self.sections = []  # (name of the namelist, parameters)
        self.files = {}
        self.names = []
        self.terms = []  # (coefficient, operators)
        self.hamiltonian()
        self.factors(holons)
        self.pairs()
        self.rest()

    # -- files

    def add(self, keyword, count, rows, flag=None, flags=0):
        """A file with five lines of header, its records and flags of its parameters."""
        third = "=====" if flag is None else f"ComplexType {flag}"
        lines = ["=====", f"N{keyword} {count}", third, "=====", "====="] + [" ".join(map(str, row)) for row in rows]
        lines += [f"{k} 1" for k in range(flags)]
        self.files[f"{keyword.lower()}.def"] = "\n".join(lines) + "\n"
        self.names.append((keyword, f"{keyword.lower()}.def"))

    def number(self, scale=1.0):
        return self.random.uniform(-scale, scale)

    def parameters(self, section, count, imaginary=True):
        values = [complex(self.number(), self.number() if self.is_complex and imaginary else 0) for _ in range(count)]
        self.sections.append((section, values))
        return values

    # -- Hamiltonian

    def term(self, coefficient, *pairs):
        """coefficient c+_a c_b c+_c c_d of (site, spin) pairs."""
        operators = []
        for created, annihilated in pairs:
            operators += [(mode(*created, self.sites), True), (mode(*annihilated, self.sites), False)]
        self.terms.append((coefficient, operators))

    def value(self):
        return complex(self.number(), self.number() if self.is_complex else 0)

    def hamiltonian(self):
        n = self.sites
        rows = []

        def hop(a, b, t):
            for (x, y), value in (((a, b), t), ((b, a), t.conjugate())):
                rows.append((*x, *y, value.real, value.imag))
                self.term(-value, (x, y))
        for spin in range(2):
            for i in range(n):
                level = self.number()
                rows.append((i, spin, i, spin, level, 0.0))
                self.term(-level, ((i, spin), (i, spin)))
                for j in range(i) if not self.spins else ():
                    hop((i, spin), (j, spin), self.value())
        if self.flips:
            for i in range(n):
                hop((i, 0), (i, 1), self.value())
        self.add("Trans", len(rows), rows)
        pairs = list(itertools.combinations(range(n), 2))
        if not self.spins:
            rows = [(i, 4 + self.number()) for i in range(n)]
            for i, U in rows:
                self.term(U, ((i, 0), (i, 0)), ((i, 1), (i, 1)))
            self.add("CoulombIntra", n, rows)
        rows = [(i, j, self.number()) for i, j in pairs]
        for i, j, V in rows:
            for s, t in itertools.product(range(2), repeat=2):
                self.term(V, ((i, s), (i, s)), ((j, t), (j, t)))
        self.add("CoulombInter", len(rows), rows)
        if not self.extras:
            return
        rows = [(i, j, self.number()) for i, j in pairs]
        for i, j, J in rows:
            for s in range(2):
                self.term(-J, ((i, s), (i, s)), ((j, s), (j, s)))
        self.add("Hund", len(rows), rows)
        rows = [(i, j, self.number()) for i, j in pairs]
        for i, j, J in rows:
            for s in range(2):
                self.term(J, ((i, s), (j, s)), ((j, 1 - s), (i, 1 - s)))
        self.add("Exchange", len(rows), rows)
        if not self.spins:
            rows = [(i, j, self.number()) for i, j in pairs[:3]]
            for i, j, J in rows:
                for a, b in ((i, j), (j, i)):
                    self.term(J, ((a, 0), (b, 0)), ((a, 1), (b, 1)))
            self.add("PairHop", len(rows), rows)
        rows = []
        for _ in range(8):
            V = self.value()
            if self.spins:
                i, k = self.random.sample(range(n), 2)
                if self.flips:
                    s, t, u, v = (self.random.randrange(2) for _ in range(4))
                    places = ((i, s), (i, t)), ((k, u), (k, v))
                else:
                    s, t = self.random.randrange(2), self.random.randrange(2)
                    places = ((i, s), (k, s)), ((k, t), (i, t))
            else:
                i, j, k, m = (self.random.randrange(n) for _ in range(4))
                s, u = self.random.randrange(2), self.random.randrange(2)
                t, v = (self.random.randrange(2), self.random.randrange(2)) if self.flips else (s, u)
                places = ((i, s), (j, t)), ((k, u), (m, v))
            (a, b), (c, d) = places
            for value, (a, b, c, d) in ((V, (a, b, c, d)), (V.conjugate(), (d, c, b, a))):
                rows.append((*a, *b, *c, *d, value.real, value.imag))
                self.term(value, (a, b), (c, d))
        self.add("InterAll", len(rows), rows)

    # -- Factors

    def factors(self, holons):
        n = self.sites
        site_class = [0, 1, 0, 1]
        self.add("Gutzwiller", 2, [(i, site_class[i]) for i in range(n)], 0, 2)
        values = self.parameters("Gutzwiller", 2)
        self.gutzwiller = {i: values[k].real for i, k in enumerate(site_class)}
        classes = {pair: k % 4 for k, pair in enumerate(itertools.combinations(range(n), 2))}
        rows = [(i, j, classes[min(i, j), max(i, j)]) for i in range(n) for j in range(n) if i != j]
        self.add("Jastrow", 4, rows, 0, 4)
        values = self.parameters("Jastrow", 4)
        self.jastrow = {pair: values[k].real for pair, k in classes.items()}
        self.holons = []
        for keyword, neighbours, types in (("DH2", 2, 2), ("DH4", 4, 1)) if holons else ():
            lists = {(x, i): [self.random.randrange(n) for _ in range(neighbours)] for x in range(types) for i in range(n)}
            count = 2 * (neighbours + 1) * types
            self.add(keyword, types, [(i, *row, x) for (x, i), row in lists.items()], 0, count)
            self.holons.append((types, lists, self.parameters(keyword, count)))

    def machine_files(self):
        n, units = self.sites, 3
        layers = {}
        for kind in self.machines:
            visible = 2 * n if kind == "General" else n
            for layer, count in (("PhysLayer", 2), ("HiddenLayer", units), ("PhysHidden", 5)):
                size = {"PhysLayer": visible, "HiddenLayer": units, "PhysHidden": visible * units}[layer]
                index = [self.random.randrange(count) for _ in range(size)]

                def place(v, kind=kind):
                    return (v // 2, v % 2) if kind == "General" else (v,)
                if layer == "PhysLayer":
                    rows = [(*place(v), index[v]) for v in range(visible)]
                elif layer == "HiddenLayer":
                    rows = [(h, index[h]) for h in range(units)]
                else:
                    rows = [(*place(v), h, index[v * units + h]) for v in range(visible) for h in range(units)]
                self.add(f"{kind}RBM_{layer}", count, rows, 1, count)
                layers[kind, layer] = (index, count)
        self.layers = {}
        for layer in ("PhysLayer", "HiddenLayer", "PhysHidden"):
            for kind in ("Charge", "Spin", "General"):
                if kind in self.machines:
                    index, count = layers[kind, layer]
                    values = [0.4 * value for value in self.parameters(f"{kind}RBM_{layer}", count)]
                    self.sections[-1] = (self.sections[-1][0], values)
                    self.layers[kind, layer] = [values[k] for k in index]

    def pairs(self):
        self.machine_files()
        n, flag = self.sites, int(self.is_complex)
        turns = []
        for turn in range(self.turns):
            shift = turn + self.translated
            images = [(i + shift) % n for i in range(n)]
            signs = [-1 if self.translated and i + shift >= n else 1 for i in range(n)]
            weight = 1.0 if turn == 0 else complex(0.8, 0.5 * self.is_complex)
            turns.append((complex(weight), images, signs))
        rows = [(m, weight.real, weight.imag) for m, (weight, _, _) in enumerate(turns)]
        rows += [(m, i, images[i], signs[i]) for m, (_, images, signs) in enumerate(turns) for i in range(n)]
        self.files["transsym.def"] = f"=====\nNQPTrans {self.turns}\n=====\n=====\n=====\n" + "\n".join(
            " ".join(map(str, row)) for row in rows) + "\n"
        self.names.append(("TransSym", "transsym.def"))
        f = {}

        def sign():
            return self.random.choice([1, -1]) if self.translated else 1

        def times(value, sign):
            return value if sign > 0 else -value
        modes = 2 * n
        if self.kind == "general":
            places = list(itertools.combinations(range(modes), 2))
            index = list(range(20)) + [self.random.randrange(20) for _ in places[20:]]
            s = [sign() for _ in places]
            self.add("OrbitalGeneral", 20, [
                (a % n, a // n, b % n, b // n, k, t) for (a, b), k, t in zip(places, index, s)], flag, 20)
            values = self.parameters("OrbitalGeneral", 20)
            for (a, b), k, t in zip(places, index, s):
                f[a, b] = times(values[k], t)
        else:
            places = list(itertools.product(range(n), repeat=2))
            index = list(range(12)) + [self.random.randrange(12) for _ in places[12:]]
            s = [sign() for _ in places]
            self.add("Orbital", 12, [(i, j, k, t) for (i, j), k, t in zip(places, index, s)], flag, 12)
            values = self.parameters("Orbital", 12)
            for (i, j), k, t in zip(places, index, s):
                f[i, n + j] = times(values[k], t)
            if self.kind == "parallel":
                places = list(itertools.combinations(range(n), 2))
                index = [0, 1, 2, 3, 0, 1]
                s = [sign() for _ in places]
                self.add("OrbitalParallel", 4, [(i, j, k, t) for (i, j), k, t in zip(places, index, s)], flag, 4)
                values = self.parameters("OrbitalParallel", 8)
                for (i, j), k, t in zip(places, index, s):
                    f[i, j] = times(values[2 * k], t)
                    f[n + i, n + j] = times(values[2 * k + 1], t)
        for (a, b), value in list(f.items()):
            f[b, a] = -value

        self.sums = []
        for weight, images, signs in turns:
            image = [images[a % n] + a // n * n for a in range(modes)]
            moved = {(a, b): f.get((image[a], image[b]), 0) * signs[a % n] * signs[b % n]
                     for a in range(modes) for b in range(modes)}
            self.sums += [(weight * factor, rotated) for factor, rotated in self.rotations(moved)]

    def rotations(self, f):
        """f turned about y by the angles of a Gauss-Legendre rule on [0, pi], with weights."""
        n = self.sites
        if self.points == 1:
            return [(1.0, f)]
        # Three points.
        rule = [(-math.sqrt(0.6), 5 / 9), (0.0, 8 / 9), (math.sqrt(0.6), 5 / 9)]
        turned = []
        for x, weight in rule:
            beta = math.pi / 2 * (x + 1)
            polynomial = {0: 1.0, 1: math.cos(beta), 2: 1.5 * math.cos(beta) ** 2 - 0.5}[self.spin]
            c, s = math.cos(beta / 2), math.sin(beta / 2)
            # Up becomes c up − s down, down s up + c down.
            terms = [[(c, i), (-s, n + i)] for i in range(n)] + [[(s, i), (c, n + i)] for i in range(n)]
            turned.append((math.pi / 4 * weight * math.sin(beta) * polynomial, {
                (a, b): sum(x * y * f[i, j] for x, i in terms[a] for y, j in terms[b])
                for a in range(2 * n) for b in range(2 * n)}))
        return turned

    def rest(self):
        n = self.sites
        self.add("LocSpin", n if self.spins else 0, [(i, int(self.spins)) for i in range(n)])
        keys = [("NVMCCalMode", 1), ("Nsite", n), ("Ncond", 0 if self.spins else 4)]
        if self.double_sz is not None:
            keys.append(("2Sz", self.double_sz))
        keys += [("NSPGaussLeg", self.points), ("NSPStot", self.spin), ("NVMCSample", 100)]
        keys.append(("NMPTrans", -self.turns if self.translated else self.turns))
        keys += [(f"Nneuron{kind}", 3) for kind in self.machines]
        head = ["-----", "Model_Parameters 0", "-----", "VMC_Cal_Parameters", "-----", "CDataFileHead zvo",
                "CParaFileHead zqp", "-----"]
        self.files["modpara.def"] = "\n".join(head + [f"{key} {value}" for key, value in keys]) + "\n"
        self.names.append(("ModPara", "modpara.def"))
        if self.values == "zqp":
            numbers = [0.0] * 6
            for _, values in self.sections:
                for value in values:
                    numbers += [value.real, value.imag, 0.0]
            self.files["zqp_opt.dat"] = " ".join(map(repr, numbers)) + "\n"
        else:
            for section, values in self.sections:
                count = {"DH2": 2, "DH4": 1}.get(section, len(values))
                self.add(f"In{section}", count, [(k, v.real, v.imag) for k, v in enumerate(values)])
        self.files["namelist.def"] = "# keyword file\n\n" + "".join(f"  {key}   {name}\n" for key, name in self.names)

    def write(self, directory):
        os.makedirs(directory, exist_ok=True)
        for name, text in self.files.items():
            with open(os.path.join(directory, name), "w") as file:
                file.write(text)

    # -- Energy

    def states(self):
        n = self.sites
        for state in itertools.combinations(range(2 * n), 4):
            up = sum(m < n for m in state)
            if self.double_sz is not None and 2 * (2 * up - 4) != 2 * self.double_sz:
                continue
            if self.spins and len({m % n for m in state}) < n:
                continue
            yield state

    def amplitude(self, state):
        n = self.sites
        occupied = [[int(mode(i, s, n) in state) for s in range(2)] for i in range(n)]
        number = [sum(pair) for pair in occupied]
        exponent = sum(self.gutzwiller[i] for i in range(n) if number[i] == 2)
        exponent += sum(v * (number[i] - 1) * (number[j] - 1) for (i, j), v in self.jastrow.items())
        for types, lists, values in self.holons:
            for (x, i), neighbours in lists.items():
                if number[i] != 1:
                    m = sum(number[j] == 2 - number[i] for j in neighbours)
                    exponent += values[x + (number[i] // 2 + 2 * m) * types].real
        value = cmath.exp(exponent)
        for kind in self.machines:
            if kind == "Charge":
                visible = [k - 1 for k in number]
            elif kind == "Spin":
                visible = [pair[0] - pair[1] for pair in occupied]
            else:
                visible = [2 * pair[s] - 1 for pair in occupied for s in range(2)]
            a, b, w = (self.layers[kind, layer] for layer in ("PhysLayer", "HiddenLayer", "PhysHidden"))
            value *= cmath.exp(sum(x * y for x, y in zip(a, visible)))
            for h, bias in enumerate(b):
                value *= cmath.cosh(bias + sum(w[i * len(b) + h] * x for i, x in enumerate(visible)))
        return value * sum(
            weight * pfaffian([[f[a, b] for b in state] for a in state]) for weight, f in self.sums)

    def energy(self):
        psi = {state: self.amplitude(state) for state in self.states()}
        norm = sum(abs(value) ** 2 for value in psi.values())
        total = 0
        for state, value in psi.items():
            for coefficient, operators in self.terms:
                sign, other = applied(operators, state)
                if sign and other in psi:
                    total += psi[other].conjugate() * coefficient * sign * value
        return total.real / norm

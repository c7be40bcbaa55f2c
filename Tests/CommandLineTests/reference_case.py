"""A reference case computed here from its formulas, without the program and without other libraries.

The network is a Jastrow factor, log psi = sum_{i>j} k_ij s_i s_j, whose derivatives are plain: O_ij = s_i s_j.
"""

import cmath
import itertools
import math

SHIFT = 0.01


def row(terms, spins):
    """{configuration: <spins|H|configuration>} for a list of (Pauli string, coefficient)."""
    result = {}
    for paulis, coefficient in terms:
        state, element = list(spins), complex(coefficient)
        for site, letter in enumerate(paulis):
            if letter == "Z":
                element *= spins[site]
            elif letter == "Y":
                element *= -1j * spins[site]
            if letter in "XY":
                state[site] = -state[site]
        result[tuple(state)] = result.get(tuple(state), 0) + element
    return result


def log_psi(kernel, spins):
    pairs = [(i, j) for i in range(len(spins)) for j in range(i)]
    return sum(k * spins[i] * spins[j] for k, (i, j) in zip(kernel, pairs))


def solve(matrix, right):
    """Gaussian elimination with pivots."""
    rows = [list(row) + [value] for row, value in zip(matrix, right)]
    n = len(rows)
    for column in range(n):
        pivot = max(range(column, n), key=lambda r: abs(rows[r][column]))
        rows[column], rows[pivot] = rows[pivot], rows[column]
        for r in range(column + 1, n):
            factor = rows[r][column] / rows[column][column]
            for c in range(column, n + 1):
                rows[r][c] -= factor * rows[column][c]
    x = [0.0] * n
    for r in reversed(range(n)):
        x[r] = (rows[r][n] - math.fsum(rows[r][c] * x[c] for c in range(r + 1, n))) / rows[r][r]
    return x


def plain(value):
    """A number, or null where it is none."""
    return value if math.isfinite(value) else None


def case(terms, kernel, samples, shape, vectors, is_complex, full_sum=False):
    """The document of a case.

    terms: [(Pauli string, coefficient)]; kernel: N(N-1)/2 numbers; samples: tuples of spins; shape: (chains,
    length); vectors: lists of as many numbers as there are real parameters, real-split.
    """
    sites = len(samples[0])
    count = len(kernel)
    logs = [log_psi(kernel, s) for s in samples]
    top = max(complex(value).real for value in logs)
    weights = [math.exp(2 * (complex(value).real - top)) for value in logs]
    total = math.fsum(weights)
    p = [w / total for w in weights] if full_sum else [1 / len(samples)] * len(samples)
    energies = [
        sum(element * cmath.exp(log_psi(kernel, other) - here) for other, element in row(terms, s).items())
        for s, here in zip(samples, logs)]

    # States without weight count nowhere.
    kept = [(w, s, e) for w, s, e in zip(p, samples, energies) if w > 0]

    def mean(values):
        return sum(w * v for (w, _, _), v in zip(kept, values))

    average = mean([e for _, _, e in kept])
    variance = mean([abs(e - average) ** 2 for _, _, e in kept])
    # Columns of O by real component, centred.
    columns = [[complex(s[i] * s[j]) for _, s, _ in kept] for i in range(sites) for j in range(i)]
    if is_complex:
        columns += [[1j * o for o in column] for column in columns]
    centred = []
    for column in columns:
        o = mean(column)
        centred.append([value - o for value in column])
    s = [[mean([(a.conjugate() * b).real for a, b in zip(x, y)]) for y in centred] for x in centred]
    force = [mean([(a.conjugate() * (e - average)).real for a, (_, _, e) in zip(x, kept)]) for x in centred]

    def tree(values):
        leaf = {"real": list(values[:count])}
        if is_complex:
            leaf["imag"] = list(values[count:])
        return {"kernel": leaf}

    def complex_list(values):
        values = [complex(v) for v in values]
        return {"real": [plain(v.real) for v in values], "imag": [plain(v.imag) for v in values]}

    split = [k.real for k in kernel] + [k.imag for k in kernel] if is_complex else list(kernel)
    shifted = [[value + (SHIFT if i == j else 0) for j, value in enumerate(r)] for i, r in enumerate(s)]
    parameters = tree(split)
    parameters["kernel"]["shape"] = [count]
    assert full_sum or shape[0] * shape[1] < 32, "then there is an error of the mean"
    return {
        "format": "distqgt-reference-1", "name": "computed here",
        "lattice": {"type": "graph", "n_sites": sites, "edges": [[i, i + 1] for i in range(sites - 1)]},
        "hamiltonian": {
            "type": "pauli_strings",
            "terms": [{"paulis": t, "coefficient": [complex(c).real, complex(c).imag]} for t, c in terms]},
        "hilbert": {"total_sz": None},
        "model": {"type": "jastrow", "dtype": "complex128" if is_complex else "float64"},
        "parameters": parameters, "parameter_order": ["kernel"],
        "samples": {"shape": [*shape, sites], "data": list(itertools.chain(*samples))},
        "probabilities": p if full_sum else None,
        "log_psi": complex_list(logs), "local_energies": complex_list(energies),
        "energy": {
            "mean": [complex(average).real, complex(average).imag], "variance": variance,
            "error_of_mean": 0.0 if full_sum else None, "R_hat": None, "tau_corr": None},
        "force": tree(force), "gradient": tree([2 * f for f in force]),
        "qgt": {
            "vectors": [
                {"v": tree(v), "Sv": tree([math.fsum(a * b for a, b in zip(r, v)) for r in s])} for v in vectors]},
        "sr": {"diag_shift": SHIFT, "solution": tree(solve(shifted, force))},
    }

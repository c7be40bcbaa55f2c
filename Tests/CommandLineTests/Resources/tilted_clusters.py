"""Lowest energies of the Heisenberg model (spin operators, J = 1) on tilted clusters, from nothing but their geometry.

python3 tilted_clusters.py prints them; it needs numpy. Sites are the points of the infinite lattice modulo the spanning
vectors, bonds the pairs one lattice vector apart, the basis the states with as many spins up as down; by Lanczos iterations.
"""

import itertools


def bonds(vectors, steps):
    """Pairs of sites of the cluster, sites being classes of points; as a set: a pair counts once."""
    (a, b), (c, d) = vectors
    determinant = a * d - b * c

    def representative(x, y):
        # Components along the vectors, whole parts taken off.
        m = (x * d - y * c) // determinant if determinant > 0 else -(x * d - y * c) // -determinant
        n = (y * a - x * b) // determinant if determinant > 0 else -(y * a - x * b) // -determinant
        return x - m * a - n * c, y - m * b - n * d

    reach = sum(abs(component) for vector in vectors for component in vector)
    points = sorted({representative(x, y) for x in range(-reach, reach + 1) for y in range(-reach, reach + 1)})
    number = {point: index for index, point in enumerate(points)}
    assert len(points) == abs(determinant)
    pairs = set()
    for x, y in points:
        for dx, dy in steps:
            pair = frozenset((number[x, y], number[representative(x + dx, y + dy)]))
            if len(pair) == 2:
                pairs.add(tuple(sorted(pair)))
    return len(points), sorted(pairs)


def energy(sites, pairs, iterations=150):
    import numpy

    states = numpy.array(
        sorted(sum(1 << site for site in up) for up in itertools.combinations(range(sites), sites // 2)))
    differ = [((states >> i) ^ (states >> j)) & 1 == 1 for i, j in pairs]
    images = [numpy.searchsorted(states, states[mask] ^ ((1 << i) | (1 << j))) for mask, (i, j) in zip(differ, pairs)]

    def product(x):
        y = numpy.zeros_like(x)
        for mask, image in zip(differ, images):
            y += numpy.where(mask, -0.25, 0.25) * x
            y[mask] += 0.5 * x[image]
        return y

    generator = numpy.random.default_rng(1)
    vectors = [generator.normal(size=len(states))]
    vectors[0] /= numpy.linalg.norm(vectors[0])
    diagonal, off = [], []
    for _ in range(min(iterations, len(states) - 1)):
        y = product(vectors[-1])
        diagonal.append(vectors[-1] @ y)
        for vector in vectors + vectors:
            y -= (vector @ y) * vector
        off.append(numpy.linalg.norm(y))
        if off[-1] < 1e-10:
            break
        vectors.append(y / off[-1])
    matrix = numpy.diag(diagonal) + numpy.diag(off[: len(diagonal) - 1], 1) + numpy.diag(off[: len(diagonal) - 1], -1)
    return numpy.linalg.eigvalsh(matrix)[0]


if __name__ == "__main__":
    square, triangular = [(1, 0), (0, 1)], [(1, 0), (0, 1), (-1, 1)]
    for name, steps, vectors in [
        ("square", square, [[3, 1], [-1, 3]]), ("square", square, [[2, 2], [-2, 2]]), ("square", square, [[4, 2], [-2, 3]]),
        ("square", square, [[3, 3], [-3, 3]]), ("triangular", triangular, [[2, 2], [-2, 4]]),
    ]:
        sites, pairs = bonds(vectors, steps)
        print(name, vectors, sites, len(pairs), f"{energy(sites, pairs):.12f}")

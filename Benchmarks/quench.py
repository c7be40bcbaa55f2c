#!/usr/bin/env python3
"""Quenches of the transverse-field Ising model from spins along x, against what is known of them.

Runs `dist-vmc evolve` on the files in problems/quench and prints <sigma_x>(t) with its error, r^2 in the samples that it was
solved in and in others, and the seconds so far. Beside it stand free fermions for a ring of any length (which the script first
holds against the exact evolution of a ring of 10 sites), the exact evolution of up to 20 sites, and published values on 10 x 10.
Output directories are kept and taken up again with --resume. Needs numpy.
"""

import argparse
import itertools
import json
import math
import os
import pathlib
import re
import subprocess

import numpy

ROOT = pathlib.Path(__file__).resolve().parent
# Convolutional networks, M. Schmitt and M. Heyl, PRL 125, 100503 (2020): h = h_c/10, h_c = 3.04438 J.
PUBLISHED = {"square-10x10": {0.25: 0.5943, 0.5: 0.1043, 1.0: 0.0665, 1.5: 0.668}}


def free_fermions(sites, h, time):
    """<sigma_x>(t) of a periodic chain of an even number of sites with H = -sum ZZ - h sum X from all spins along x.

    After Jordan and Wigner's transformation that state is the vacuum; in its sector momenta are odd multiples of pi/N, and
    H couples the vacuum to the pair (k, -k): (-a, b; b, a) with a = 2(h - cos k) and b = 2 sin k.
    """
    pairs = 0.0
    for number in range(sites // 2):
        k = (2 * number + 1) * math.pi / sites
        a, b = 2 * (h - math.cos(k)), 2 * math.sin(k)
        energy = math.hypot(a, b)
        pairs += (b / energy * math.sin(energy * time)) ** 2
    return 1 - 4 * pairs / sites


def edges(extent):
    """Nearest neighbours of a periodic chain or square, each pair once."""
    found = set()
    for site in itertools.product(*map(range, extent)):
        for direction, length in enumerate(extent):
            other = tuple((x + (axis == direction)) % length for axis, x in enumerate(site))
            if other != site:
                found.add(frozenset((site, other)))
    number = {site: place for place, site in enumerate(itertools.product(*map(range, extent)))}
    return [tuple(number[site] for site in pair) for pair in found]


def exact(extent, h, times):
    """The same on any lattice by Taylor's series of the evolution of the whole vector, for ascending times."""
    sites = math.prod(extent)
    codes = numpy.arange(1 << sites)
    spins = [1 - 2 * (codes >> site & 1) for site in range(sites)]
    diagonal = -sum(spins[i] * spins[j] for i, j in edges(extent)).astype(float)
    psi = numpy.full(1 << sites, 2 ** (-sites / 2), complex)
    norm = numpy.abs(diagonal).max() + abs(h) * sites
    values, now = [], 0.0
    for time in times:
        steps = max(1, math.ceil((time - now) * norm))
        for _ in range(steps):
            term = psi
            for order in range(1, 26):
                flipped = sum(term[codes ^ (1 << site)] for site in range(sites))
                term = (diagonal * term - h * flipped) * (-1j * (time - now) / steps / order)
                psi = psi + term
        now = time
        values.append(sum(numpy.vdot(psi, psi[codes ^ (1 << site)]).real for site in range(sites)) / sites)
    return values


def lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def known(name, extent, h, times):
    """What <sigma_x> should be, where that is known."""
    if len(extent) == 1:
        return [free_fermions(extent[0], h, time) for time in times]
    if math.prod(extent) <= 20:
        return exact(extent, h, times)
    published = PUBLISHED.get(name, {})
    return [next((value for at, value in published.items() if abs(at - time) < 1e-9), None) for time in times]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--output", default="quench", help="folder of the runs")
    parser.add_argument("--time-limit", type=float, default=1200, help="seconds after which a run ends")
    parser.add_argument("--problem", action="append", help="name of a file in problems/quench; by default all")
    arguments = parser.parse_args()
    for h in (0.5, 1.3):
        times = [0.5, 1.0, 2.0]
        deviation = max(abs(a - free_fermions(10, h, t)) for a, t in zip(exact([10], h, times), times))
        assert deviation < 1e-10, deviation
    print("Free fermions agree with the exact evolution of 10 sites to 1e-10.\n")
    folder = pathlib.Path(arguments.output)
    folder.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    print("| problem | t | <sigma_x> | known | difference | r^2 | r^2 in other samples | seconds |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |")
    for problem in sorted((ROOT / "problems/quench").glob("*.yaml")):
        if arguments.problem and problem.stem not in arguments.problem:
            continue
        output = folder / problem.stem
        if not (output / "summary.json").exists():
            command = [
                "mpirun", "--oversubscribe", "--bind-to", "none", "-n", str(arguments.ranks), arguments.program, "evolve",
                str(problem), "--output", str(output), "--resume", "--quiet", "--set",
                f"run.time_limit={arguments.time_limit}"]
            status = subprocess.run(command, env=environment).returncode
            # 75: the time was over; what there is is shown.
            if status not in (0, 75):
                raise SystemExit(f"{problem.stem}: exit status {status}")
        text = problem.read_text(encoding="utf-8")
        extent = [int(length) for length in re.search(r"extent: \[([\d, ]+)\]", text)[1].split(",")]
        h = float(re.search(r"\bh: ([\d.]+)", text)[1])
        records = lines(output / "log.jsonl")
        observed = lines(output / "observables.jsonl")
        values = known(problem.stem, extent, h, [record["time"] for record in observed])
        for record, value in zip(observed, values):
            step = next(one for one in records if one["step"] == record["step"])
            seconds = sum(one["seconds"]["total"] for one in records if one["step"] <= record["step"])
            (measured,) = (one for one in record["magnetisation"] if one["component"] == "x")
            reference = ["", ""] if value is None else [f"{value:.4f}", f"{measured['mean'] - value:+.4f}"]
            other = step["residual"]["cross_validated"]
            print(
                f"| {problem.stem} | {record['time']:.2f} | {measured['mean']:.4f}({measured['error']:.4f}) | "
                f"{reference[0]} | {reference[1]} | {step['residual']['relative']:.1e} | "
                f"{'' if other is None else format(other, '.1e')} | {seconds:.0f} |", flush=True)


if __name__ == "__main__":
    main()

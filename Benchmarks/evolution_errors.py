#!/usr/bin/env python3
"""What `dist-vmc evolve` says about its error, against the exactly evolved state.

Rings of 4 to 10 spins under H = -sum ZZ - 0.7 sum X start from restricted Boltzmann machines and Jastrow factors with random
parameters, the basis summed. Printed are the angle between the evolved and the exactly evolved state, and what `log.jsonl` has: in
real time `distance_bound`, in imaginary time the integral of the residual's root and of the errors of steps, as it is and as it
may have grown, at most by exp of the integral of E - E_0. The table is in docs/time-evolution.md. Needs numpy and h5py.
"""

import argparse
import json
import math
import os
import pathlib
import subprocess
import tempfile

import h5py
import numpy

ROOT = pathlib.Path(__file__).resolve().parent
FIELD = 0.7
NETWORKS = {
    "rbm, alpha 1/2": "{type: rbm, alpha: 0.5, dtype: complex128}",
    "rbm, alpha 1": "{type: rbm, alpha: 1, dtype: complex128}",
    "rbm, alpha 2": "{type: rbm, alpha: 2, dtype: complex128}",
    "jastrow": "{type: jastrow, dtype: complex128}",
}
CONFIGURATION = """
lattice:     {{type: chain, extent: [{sites}]}}
hamiltonian: {{type: ising, J: -1.0, h: {field}}}
ansatz:      {ansatz}
sampler:     {{rule: full_sum}}
dynamics:    {{time: {time}, integrator: bs23, tolerance: {tolerance}, step: 1.0e-3, end_time: {end}, save_every: {end}}}
run:         {{seed: 1, initial_parameters: start.h5}}
"""


def leaves(network, sites):
    if network == "jastrow":
        return {"kernel": (sites * (sites - 1) // 2,)}
    hidden = round(sites * {"1/2": 0.5, "1": 1, "2": 2}[network.split()[-1]])
    return {"Dense/kernel": (sites, hidden), "Dense/bias": (hidden,), "visible_bias": (sites,)}


def state(values, sites):
    """The normalised psi over the basis, bit i of its number being spin i."""
    spins = 1 - 2 * (numpy.arange(1 << sites)[:, None] >> numpy.arange(sites) & 1)
    if "kernel" in values:
        first, second = numpy.tril_indices(sites, -1)
        log = (spins[:, first] * spins[:, second]) @ values["kernel"]
    else:
        log = numpy.log(numpy.cosh(spins @ values["Dense/kernel"] + values["Dense/bias"])).sum(axis=1)
        log = log + spins @ values["visible_bias"]
    psi = numpy.exp(log - log.real.max())
    return psi / numpy.linalg.norm(psi)


def hamiltonian(sites):
    codes = numpy.arange(1 << sites)
    matrix = numpy.zeros((1 << sites, 1 << sites))
    spins = 1 - 2 * (codes[:, None] >> numpy.arange(sites) & 1)
    matrix[codes, codes] = -(spins * numpy.roll(spins, 1, axis=1)).sum(axis=1)
    for site in range(sites):
        matrix[codes, codes ^ (1 << site)] -= FIELD
    return matrix


def angle(a, b):
    rest = b - numpy.vdot(a, b) * a
    return math.asin(min(1, numpy.linalg.norm(rest)))


def bounds(records, ground):
    """The integral as it is, and with errors that grow."""
    plain = grown = 0.0
    for before, after in zip(records, records[1:]):
        growth = math.exp(after["step_size"] * ((before["energy"]["mean"][0] + after["energy"]["mean"][0]) / 2 - ground))
        first, second = (0.5 * after["step_size"] * math.sqrt(one["residual"]["absolute"]) for one in (before, after))
        plain += first + second + after["step_error"]
        grown = growth * (grown + first) + second + after["step_error"]
    return plain, grown


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--tolerance", type=float, default=1e-5)
    parser.add_argument("--sites", type=int, nargs="+", default=[4, 6, 8, 10])
    arguments = parser.parse_args()
    environment = dict(os.environ, OPENBLAS_NUM_THREADS="1")
    print("| time | sites | network | t | angle | said | said / angle | grown / angle | r^2 |")
    print("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    for time, end in (("real", 0.5), ("real", 1.0), ("imaginary", 0.5)):
        for sites in arguments.sites:
            energies, vectors = numpy.linalg.eigh(hamiltonian(sites))
            for network, ansatz in NETWORKS.items():
                generator = numpy.random.default_rng(sites)
                values = {
                    name: 0.3 * (generator.normal(size=shape) + 1j * generator.normal(size=shape))
                    for name, shape in leaves(network, sites).items()}
                with tempfile.TemporaryDirectory() as folder:
                    with h5py.File(f"{folder}/start.h5", "w") as file:
                        for name, value in values.items():
                            file[name] = value
                    text = CONFIGURATION.format(
                        sites=sites, field=FIELD, ansatz=ansatz, time=time, tolerance=arguments.tolerance, end=end)
                    pathlib.Path(folder, "problem.yaml").write_text(text, encoding="utf-8")
                    process = subprocess.run(
                        [arguments.program, "evolve", "problem.yaml", "--output", "out", "--quiet"], cwd=folder,
                        env=environment, text=True, capture_output=True)
                    if process.returncode != 0:
                        raise SystemExit(process.stderr)
                    lines = pathlib.Path(folder, "out/log.jsonl").read_text(encoding="utf-8").splitlines()
                    records = [json.loads(line) for line in lines]
                    with h5py.File(f"{folder}/out/checkpoint.h5") as file:
                        last = {name: file[f"parameters/{name}"][()] for name in values}
                start = vectors.T @ state(values, sites)
                energy = (abs(start) ** 2 @ energies).real
                assert abs(energy - records[0]["energy"]["mean"][0]) < 1e-9, "the basis is another one"
                factors = numpy.exp((-1j if time == "real" else -1) * end * (energies - energies[0]))
                exact = vectors @ (factors * start)
                error = angle(exact / numpy.linalg.norm(exact), state(last, sites))
                said, grown = bounds(records, energies[0])
                if time == "real":
                    said = records[-1]["distance_bound"]
                ratio = "" if time == "real" else f"{grown / error:.1f}"
                print(
                    f"| {time} | {sites} | {network} | {end} | {error:.1e} | {said:.1e} | {said / error:.1f} | {ratio} | "
                    f"{records[-1]['residual']['relative']:.1e} |", flush=True)


if __name__ == "__main__":
    main()

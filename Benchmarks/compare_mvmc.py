#!/usr/bin/env python3
"""Time per step beside mVMC, on one core, from the same standard-mode inputs.

For each file of problems/mvmc `dist-vmc import stdface` writes a configuration with the same trial state, samples and
proposals, and `dist-vmc benchmark` and mVMC take turns on it: with 16 chains (of which each discards 8 sweeps in a step; mVMC has
one that discards 10), and the solver that this program chooses. A step of mVMC is the difference of two runs of different
length, so that its start does not count. With --energy both optimise for the same time instead, from starts and with step
sizes of their own (this program with its defaults), and what counts is the mean energy of the last quarter of the steps.

mVMC: https://github.com/issp-center-dev/mVMC, built with an optimised BLAS; --mvmc names its vmc.out.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent
# Steps of the shorter and of the longer run of mVMC.
STEPS = {"j1j2_66": (2, 12), "j1j2_1010": (1, 2), "j1j2_1010_full": (1, 2), "hub88_doped_sub": (2, 12),
         "hub88_doped_full": (1, 2)}
CHOICES = ["--set", "sampler.chains=16", "--set", "sr.solver=auto"]
ENVIRONMENT = dict(os.environ, OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1")


def with_steps(text, steps, averaged=1):
    """A standard-mode input with another number of steps."""
    for key, value in (("NSROptItrStep", steps), ("NSROptItrSmp", averaged)):
        text = re.sub(rf"(?m)^{key}\s*=.*$", f"{key} = {value}", text)
    return text


def run_mvmc(program, text, limit=None):
    """Wall time, and the energies of the steps."""
    with tempfile.TemporaryDirectory() as folder:
        pathlib.Path(folder, "input.def").write_text(text)
        start = time.perf_counter()
        try:
            subprocess.run([program, "-s", "input.def"], cwd=folder, env=ENVIRONMENT, check=limit is None, timeout=limit,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        except subprocess.TimeoutExpired:
            pass
        seconds = time.perf_counter() - start
        energies = [float(line.split()[0]) for file in pathlib.Path(folder, "output").glob("zvo_out*.dat")
                    for line in file.read_text().splitlines() if line.strip()]
    return seconds, energies


def imported(program, source, folder):
    path = pathlib.Path(folder, "config.yaml")
    subprocess.run([program, "import", "stdface", str(source), "--output", str(path)], check=True, capture_output=True)
    return path


def our_step(program, path, repeats):
    command = [program, "benchmark", str(path), "--repeat", str(repeats), "--json"] + CHOICES
    report = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, env=ENVIRONMENT).stdout)
    return report["seconds"]["step"]


def compare_times(arguments, name, source):
    text = source.read_text()
    short, long = STEPS[name]
    ours, theirs = [], []
    with tempfile.TemporaryDirectory() as folder:
        path = imported(arguments.program, source, folder)
        for _ in range(arguments.rounds):
            ours.append(our_step(arguments.program, path, arguments.repeat))
            first, _ = run_mvmc(arguments.mvmc, with_steps(text, short))
            second, _ = run_mvmc(arguments.mvmc, with_steps(text, long))
            theirs.append((second - first) / (long - short))
    own, other = statistics.median(ours), statistics.median(theirs)
    print(f"| {name} | {own:.3f} | {other:.3f} | {other / own:.1f} |", flush=True)


def compare_energies(arguments, name, source):
    seconds = arguments.energy
    with tempfile.TemporaryDirectory() as folder:
        path = imported(arguments.program, source, folder)
        output = pathlib.Path(folder, "run")
        # Defaults of this program where the import carries those of mVMC over.
        text = re.sub(r"(?ms)^(sr|optimiser|run):\n(  .*\n?)+", "", path.read_text())
        path.write_text(text + f"run: {{steps: 100000, max_time: {seconds}, seed: 1, final_samples: 1000}}\n")
        subprocess.run([arguments.program, "run", str(path), "--output", str(output), *CHOICES], check=True,
                       capture_output=True, env=ENVIRONMENT)
        ours = [json.loads(line)["energy"]["mean"][0] for line in (output / "log.jsonl").read_text().splitlines()]
    _, theirs = run_mvmc(arguments.mvmc, with_steps(source.read_text(), 100000), limit=seconds)
    means = [statistics.mean(steps[-max(1, len(steps) // 4):]) if steps else float("nan") for steps in (ours, theirs)]
    print(f"| {name} | {means[0]:.4f} | {len(ours)} | {means[1]:.4f} | {len(theirs)} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=str(ROOT.parent / ".build/release/dist-vmc"))
    parser.add_argument("--mvmc", required=True, help="vmc.out of mVMC")
    parser.add_argument("--rounds", type=int, default=3, help="turns of both, whose medians count")
    parser.add_argument("--repeat", type=int, default=5, help="steps of each turn of this program")
    parser.add_argument("--energy", type=float, metavar="SECONDS", help="compare energies after so long instead")
    parser.add_argument("--only", nargs="*", choices=sorted(STEPS), help="these problems only")
    arguments = parser.parse_args()
    if arguments.energy is None:
        print("| input | s/step | mVMC, s/step | mVMC / this program |\n| --- | ---: | ---: | ---: |")
    else:
        print(f"| input | energy after {arguments.energy:g} s | steps | mVMC | steps |\n| --- | ---: | ---: | ---: | ---: |")
    for name in arguments.only or STEPS:
        source = ROOT / "problems/mvmc" / f"{name}.def"
        (compare_times if arguments.energy is None else compare_energies)(arguments, name, source)


if __name__ == "__main__":
    main()

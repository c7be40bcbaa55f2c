#!/usr/bin/env python3
"""Memory of a run on one node, with vectors that its ranks have in common and without.

    python3 Benchmarks/node_memory.py [--ranks 4 16]

runs a few steps of problems/rbm-complex-large.yaml with so few samples that the parameters are what takes memory, and prints a
Markdown table: the largest sum over the ranks of their proportional set sizes (shared pages count once), divided by the
ranks. Without is DIST_VMC_NODE_MEMORY=off. Linux; only Python's standard library is needed.

Exit status: 0; 1 if a run failed; 2 for a wrong command line.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import launch

SETTINGS = [
    "run.steps=3", "run.final_samples=64", "sampler.chains=64", "sampler.samples=64", "sampler.sweep=10",
    "sampler.discard=0"]


def proportional_bytes(program):
    """The sum over all processes of a program."""
    total = 0
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if os.readlink(folder / "exe") != program:
                continue
            for line in (folder / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += 1024 * int(line.split()[1])
        except OSError:
            continue
    return total


def peak(program, ranks, shares):
    with tempfile.TemporaryDirectory() as output:
        words = [
            program, "run", str(launch.ROOT / "Benchmarks/problems/rbm-complex-large.yaml"), "--quiet", "--output",
            f"{output}/run"]
        for setting in SETTINGS:
            words += ["--set", setting]
        command, environment = launch.command(words, ranks)
        if not shares:
            environment["DIST_VMC_NODE_MEMORY"] = "off"
        largest = 0
        process = subprocess.Popen(
            command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        while process.poll() is None:
            largest = max(largest, proportional_bytes(program))
            time.sleep(0.1)
        if process.returncode != 0:
            sys.exit(f"{' '.join(command)} ended with {process.returncode}: {process.stderr.read().decode()[-500:]}")
        return largest


def main():
    parser = argparse.ArgumentParser(description="Memory of a run on one node.")
    parser.add_argument("--ranks", type=int, nargs="+", default=[4, 16])
    options = parser.parse_args()
    program = os.path.realpath(launch.built("dist-vmc"))
    print("| ranks | each its own, MB per rank | in common, MB per rank |")
    print("| ---: | ---: | ---: |")
    for ranks in options.ranks:
        own, common = (peak(program, ranks, shares) / ranks / 1e6 for shares in (False, True))
        print(f"| {ranks} | {own:.0f} | {common:.0f} |", flush=True)


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""How many latencies of the network a step takes, and how many the model of `dist-vmc benchmark --predict` says.

    python3 Benchmarks/latency.py

makes three hosts on this machine (Tests/HostsTests/three_hosts.py, as root), runs steps on two and on three of them, one
rank each, over links with several delays, and prints a Markdown table: by how much a step grows for each second by which
the latency grows, beside the same of the model. What a step computes falls out of a difference, so the machine may be
slow, but nothing else should run on it. Only Python's standard library is needed.
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import launch

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent / "Tests" / "HostsTests"))

import three_hosts

# Of the folder problems: with so small a tolerance a solver takes all its iterations.
CG = "{solver: cg, space: %s, diag_shift: 0.01, tolerance: 1.0e-300, max_iterations: %d}"
MINSR = "{solver: minsr, diag_shift: 0.01}"
PROBLEMS = {
    "rbm of 560 parameters, cg, 50 iterations": ("rbm-real.yaml", {
        "lattice": "{type: chain, extent: [16], pbc: true}", "ansatz.alpha": "2", "sampler.sweep": "16",
        "sr": CG % ("parameters", 50)}),
    "rbm of 40,900 parameters, minsr, 2048 samples": ("rbm-real.yaml", {"sampler.samples": "2048", "sr": MINSR}),
    "mlp, cg in sample space, 40 iterations": ("mlp.yaml", {"sr": CG % ("samples", 40)}),
    "gcnn, minsr, 512 samples": ("gcnn-6x6.yaml", {"sr": MINSR}),
}
PLACEMENTS = {2: (1, 1, 0), 3: (1, 1, 1)}
# The model's messages are longer than these, so that they are all latency.
LATENCIES = (1e-9, 1e-3)


def main():
    arguments = parse()
    # Ended from outside it leaves no folder.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    folder = tempfile.mkdtemp(prefix="dist-vmc-hosts-")
    hosts = three_hosts.ThreeHosts(folder)
    try:
        hosts.start()
        shutil.copy(arguments.dist_vmc, os.path.join(folder, "dist-vmc"))
        shutil.copytree(FOLDER / "problems", os.path.join(folder, "problems"))
        for k in hosts.NUMBERS:
            # Otherwise a connection that was idle sends its first bytes in several rounds: it is messages that count here.
            hosts.run(*hosts.entering(k), "sh", "-c", "echo 0 >/proc/sys/net/ipv4/tcp_slow_start_after_idle")
        table(arguments, hosts)
    finally:
        hosts.stop()
        shutil.rmtree(folder)


def table(arguments, hosts):
    links = []
    for delay in arguments.delays:
        hosts.delay(delay)
        links.append(hosts.latency())
    growths = [link - links[0] for link in links[1:]]
    print("Latencies of the links, µs: " + ", ".join(f"{1e6 * link:.0f}" for link in links) + ".\n")
    columns = [f"{delay:.0f} µs, ms" for delay in arguments.delays]
    growing = [f"latencies up to {delay:.0f} µs" for delay in arguments.delays[1:]]
    print("| " + " | ".join(["problem", "hosts", *columns, *growing, "predicted", "measured / predicted"]) + " |")
    print("| --- |" + " ---: |" * (len(columns) + len(growing) + 3))
    for problem in arguments.problems:
        predicted = predictions(arguments, problem)
        for count, placement in PLACEMENTS.items():
            words = [f"{three_hosts.SHARED}/dist-vmc", *benchmark(f"{three_hosts.SHARED}/problems", problem, arguments)]
            command, environment = hosts.mpirun(placement, words)
            # What disturbs a step only makes it longer: the least of the rounds, in which the delays take turns.
            seconds = [float("inf")] * len(arguments.delays)
            for _ in range(arguments.rounds):
                for number, delay in enumerate(arguments.delays):
                    hosts.delay(delay)
                    report = launch.run(command, environment=environment)
                    seconds[number] = min(seconds[number], report["seconds"]["step"])
            measured = [(second - seconds[0]) / growth for second, growth in zip(seconds[1:], growths)]
            cells = [problem, str(count), *[f"{1e3 * second:.1f}" for second in seconds],
                     *[f"{number:.0f}" for number in measured], f"{predicted[count]:.0f}",
                     f"{measured[-1] / predicted[count]:.2f}"]
            print("| " + " | ".join(cells) + " |", flush=True)


def predictions(arguments, problem):
    """Number of hosts → latencies that the model's step has."""
    seconds = []
    for latency in LATENCIES:
        words = [arguments.dist_vmc, *benchmark(FOLDER / "problems", problem, arguments), "--predict", str(max(PLACEMENTS)),
                 "--latency", str(latency), "--bandwidth", str(arguments.bandwidth)]
        rows = launch.run(words)["prediction"]["strong"]
        seconds.append({row["ranks"]: row["communication"] for row in rows})
    return {count: (seconds[1][count] - seconds[0][count]) / (LATENCIES[1] - LATENCIES[0]) for count in PLACEMENTS}


def benchmark(folder, problem, arguments):
    name, settings = PROBLEMS[problem]
    words = ["benchmark", f"{folder}/{name}", "--repeat", str(arguments.repeat), "--json"]
    return words + [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]


def parse():
    parser = argparse.ArgumentParser(description="Counts the latencies of a step over three hosts on this machine.")
    parser.add_argument("--delays", type=float, nargs="+", default=[0, 200, 1000],
                        help="µs of the links, each way; growth counts from the first (default 0 200 1000)")
    parser.add_argument("--repeat", type=int, default=3, help="steps of which the median counts (default 3)")
    parser.add_argument("--rounds", type=int, default=3, help="of all delays in turn; the least counts (default 3)")
    parser.add_argument("--problem", action="append", default=[], help="only problems with this in their names")
    parser.add_argument("--bandwidth", type=float, default=3e8,
                        help="bytes per second, for the model (default 3e8, about what the switch in user space forwards)")
    parser.add_argument("--dist-vmc", default=str(FOLDER.parent / ".build" / "release" / "dist-vmc"),
                        help="the program (default: the release build of this checkout)")
    arguments = parser.parse_args()
    arguments.problems = [name for name in PROBLEMS if not arguments.problem or any(part in name for part in arguments.problem)]
    if len(arguments.delays) < 2 or arguments.delays != sorted(set(arguments.delays)) or arguments.delays[0] < 0:
        parser.error("delays: at least two, growing")
    if min(arguments.repeat, arguments.rounds) < 1 or arguments.bandwidth <= 0 or not arguments.problems:
        parser.error("repeats, rounds and the bandwidth are positive, and there is a problem of that name")
    if not os.access(arguments.dist_vmc, os.X_OK):
        parser.error(f"{arguments.dist_vmc}: not there; build it with swift build -c release, or name another")
    if reason := three_hosts.why_not():
        parser.error(f"no hosts can be made here: {reason}")
    return arguments


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""dist-vmc and NetKet side by side: the same problems, the same machine, the same cores, in turn.

    python3 Benchmarks/compare_netket.py

makes a virtual environment with the versions of requirements.txt, times both programs and prints a Markdown table of
ratios. Benchmarks/README.md says what is timed. Only Python's standard library is needed here.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys

FOLDER = pathlib.Path(__file__).resolve().parent

# How dist-vmc may make the step: keys that replace those of the problem's file.
CONJUGATE_GRADIENTS = "solver: cg, diag_shift: 0.01, tolerance: 1.0e-13, max_iterations: 50"
STEPS = {
    "cg, parameter space": [f"sr={{{CONJUGATE_GRADIENTS}, space: parameters}}"],
    "cg, sample space": [f"sr={{{CONJUGATE_GRADIENTS}, space: samples}}"],
    "minSR": ["sr={solver: minsr, diag_shift: 0.01}"],
}
SCREENED = ["sampler.screening=single"]


class Problem:
    """A file of problems/, and the rows that it makes beside those that every problem makes."""

    def __init__(self, name, title, screened=False, kernel=False):
        self.name, self.title, self.screened, self.kernel = name, title, screened, kernel
        self.file = FOLDER / "problems" / f"{name}.yaml"


PROBLEMS = [
    Problem("rbm-real", "Ising, RBM α=4 real", kernel=True),
    Problem("rbm-complex", "Ising, RBM α=4 complex"),
    Problem("mlp", "Ising, MLP 100-200-200", screened=True, kernel=True),
    Problem("rbm-heisenberg", "Heisenberg, RBM α=2 complex, exchange"),
    Problem("gcnn-10x10", "Ising, GCNN 4 layers of 8, 10×10", screened=True, kernel=True),
    Problem("gcnn-6x6", "Ising, GCNN 4 layers of 8, 6×6", screened=True, kernel=True),
]


def main():
    arguments = parse()
    cores = arguments.cores
    python = environment(arguments.environment)
    chosen = [problem for problem in PROBLEMS if not arguments.problems or problem.name in arguments.problems]
    rows, raw = [], {}
    for problem in chosen:
        ours, theirs = [], []
        for number in range(arguments.rounds):
            say(f"{problem.name}: round {number + 1} of {arguments.rounds}")
            ours.append(dist_vmc(arguments.dist_vmc, problem, cores, arguments.repeat))
            theirs.append(netket(python, problem, cores, arguments.repeat, worth_repeating(problem, theirs)))
        raw[problem.name] = {"dist_vmc": ours, "netket": theirs}
        rows += compare(problem, ours, theirs)
    limits = [run["limits"]["dgemm_gflops"] for entry in raw.values() for one in entry["dist_vmc"] for run in one.values()]
    text = report(rows, raw, limits, arguments)
    print(text)
    if arguments.output:
        pathlib.Path(arguments.output).write_text(text + "\n", encoding="utf-8")
    if arguments.json:
        pathlib.Path(arguments.json).write_text(json.dumps(raw, indent=1) + "\n", encoding="utf-8")


def parse():
    parser = argparse.ArgumentParser(
        description="Times dist-vmc and NetKet on the same problems and prints a table of ratios.")
    parser.add_argument("--cores", type=int, choices=[1, 2], default=1,
                        help="1: one rank against one thread; 2: two ranks against XLA's threads")
    parser.add_argument("--rounds", type=int, default=3, help="of both programs in turn; medians count (default 3)")
    parser.add_argument("--repeat", type=int, default=3, help="of each figure within a round (default 3)")
    parser.add_argument("--problems", nargs="*", choices=[problem.name for problem in PROBLEMS], default=[],
                        help="default: all")
    parser.add_argument("--dist-vmc", default=str(FOLDER.parent / ".build" / "release" / "dist-vmc"),
                        help="the program (default: the release build of this checkout)")
    parser.add_argument("--environment", default=str(FOLDER / ".venv"),
                        help="the virtual environment with NetKet, made where it is missing")
    parser.add_argument("--output", help="a file for the table, as well")
    parser.add_argument("--json", help="a file for every figure")
    arguments = parser.parse_args()
    if not os.access(arguments.dist_vmc, os.X_OK):
        parser.error(f"{arguments.dist_vmc}: not there; build it with swift build -c release, or name another")
    return arguments


def say(text):
    print(f"compare_netket: {text}", file=sys.stderr, flush=True)


def environment(folder):
    """The environment's Python, with the pinned versions installed."""
    python = pathlib.Path(folder) / "bin" / "python"
    if not python.exists():
        say(f"making {folder}")
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    wanted = [line for line in (FOLDER / "requirements.txt").read_text().split() if "==" in line]
    have = subprocess.run([python, "-m", "pip", "freeze"], check=True, capture_output=True, text=True).stdout.lower()
    if not all(package in have.split() for package in wanted):
        subprocess.run([python, "-m", "pip", "install", "--quiet", "-r", FOLDER / "requirements.txt"], check=True)
    return str(python)


def run(command, **settings):
    result = subprocess.run(
        command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, env={**os.environ, **settings})
    if result.returncode != 0:
        sys.exit(f"compare_netket: {' '.join(map(str, command))} ended with status {result.returncode}")
    # The object is the last line: libraries may greet before.
    return result.stdout


def on_cores(cores):
    return ["taskset", "--cpu-list", "0" if cores == 1 else "0,1"]


def dist_vmc(program, problem, cores, repeats):
    """By way of making the step: what `dist-vmc benchmark` says."""
    ways = dict(STEPS)
    if problem.screened:
        ways |= {f"{name}, screened": keys + SCREENED for name, keys in STEPS.items()}
    settings = {"OPENBLAS_NUM_THREADS": "1"}
    if os.geteuid() == 0:
        settings |= {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
    launch = on_cores(cores) + (["mpirun", "-n", str(cores)] if cores > 1 else [])
    found = {}
    for name, keys in ways.items():
        overrides = [word for key in keys for word in ["--set", key]]
        output = run(
            launch + [program, "benchmark", problem.file, "--repeat", str(max(5, repeats)), "--json"] + overrides,
            **settings)
        found[name] = json.loads(output)
    return found


def worth_repeating(problem, runs):
    """NetKet's ways of making the step that later rounds time again; nil, all of them, in the first round."""
    if not runs:
        return None
    steps = {name: entry["seconds"] for name, entry in runs[0]["steps"].items()}
    kernels = [name for name in steps if "minSR" in name] if problem.kernel else []
    return sorted({min(steps, key=steps.get)} | ({min(kernels, key=steps.get)} if kernels else set()))


def netket(python, problem, cores, repeats, variants):
    settings = {"JAX_PLATFORMS": "cpu", "NUMBA_NUM_THREADS": str(cores), "OMP_NUM_THREADS": str(cores)}
    if cores == 1:
        settings["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    command = on_cores(cores) + [python, FOLDER / "netket_steps.py", problem.file, "--repeat", str(repeats)]
    if variants is not None:
        command += ["--variants", *variants]
    return json.loads(run(command, **settings).splitlines()[-1])


def median(runs, figure):
    return statistics.median(figure(one) for one in runs)


def fastest(runs, steps):
    """The way with the shortest median, and that median, of those that every run has."""
    common = set.intersection(*(set(steps(one)) for one in runs))
    times = {name: median(runs, lambda one: steps(one)[name]) for name in common}
    name = min(times, key=times.get)
    return name, times[name]


def compare(problem, ours, theirs):
    """Rows: problem, phase, NetKet's way and seconds, ours and seconds."""
    def phase(name, suffix=""):
        return median(ours, lambda one: statistics.median(
            run["seconds"][name] for way, run in one.items() if way.endswith("screened") == bool(suffix)))

    rows = [(problem.title, "sampling", "", median(theirs, lambda one: one["sample"]), "", phase("sample"))]
    name, seconds = fastest(theirs, lambda one: one["local_energy"])
    rows.append((problem.title, "local energies", f"rows by {name}", seconds, "", phase("local_energy")))
    name, seconds = fastest(theirs, lambda one: one["matvec"])
    rows.append((problem.title, "S·v", name, seconds, "on the fly", phase("matvec")))

    def their_steps(one):
        return {name: entry["seconds"] for name, entry in one["steps"].items()}

    def our_steps(screened):
        return lambda one: {
            name: run["seconds"]["step"] for name, run in one.items() if name.endswith("screened") == screened}

    their_name, their_seconds = fastest(theirs, their_steps)

    def step(title, our_name, our_seconds):
        rows.append((
            problem.title, title, with_residual(their_name, theirs[-1]["steps"][their_name].get("residual")),
            their_seconds, with_residual(our_name, ours[-1][our_name]["solver"]["residual"]), our_seconds))

    step("whole SR step, best of each", *fastest(ours, our_steps(False)))
    if problem.screened:
        step("the same, proposals screened in single precision", *fastest(ours, our_steps(True)))
    if problem.kernel:
        name, seconds = fastest(theirs, lambda one: {
            name: entry["seconds"] for name, entry in one["steps"].items() if "minSR" in name})
        rows.append((
            problem.title, "minSR step", name, seconds, "minSR", median(ours, lambda one: one["minSR"]["seconds"]["step"])))
    return rows


def with_residual(name, residual):
    return name if residual is None else f"{name} (residual {residual:.0e})"


def milliseconds(seconds):
    return f"{1e3 * seconds:.3g}" if seconds < 1 else f"{1e3 * seconds:.0f}"


def report(rows, raw, limits, arguments):
    versions = next(iter(raw.values()))["netket"][0]["versions"]
    cores = "one core" if arguments.cores == 1 else f"{arguments.cores} cores"
    lines = [
        f"NetKet {versions['netket']} (JAX {versions['jax']}) and dist-vmc in turn on {cores} of: {processor()}; "
        f"{platform.system()} {platform.release().split('-')[0]}.",
        f"Medians of {arguments.rounds} rounds, each the median of {arguments.repeat} or more. Best rate of a 1024³ "
        f"dgemm in this run, per rank: {max(limits):.1f} Gflop/s.",
        "",
        "| problem | phase | NetKet | ms | dist-vmc | ms | NetKet / dist-vmc |",
        "| --- | --- | --- | ---: | --- | ---: | ---: |",
    ]
    for title, phase, their_name, theirs, our_name, ours in rows:
        lines.append(
            f"| {title} | {phase} | {their_name} | {milliseconds(theirs)} | {our_name} | {milliseconds(ours)} "
            f"| {theirs / ours:.3g} |")
    return "\n".join(lines)


def processor():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip() + f", {os.cpu_count()} cores"
    except OSError:
        pass
    return f"{platform.machine()}, {os.cpu_count()} cores"


if __name__ == "__main__":
    main()

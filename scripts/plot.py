#!/usr/bin/env python3
"""Pictures of runs for papers: PNG, PDF or SVG from the output directories of `dist-vmc run`.

    scripts/plot.py run-1 run-2 --output figure.png
    scripts/plot.py run-1 --panels energy,variance --width 3.4 --output figure.pdf
    dist-vmc exact run-1/config.yaml --json > run-1/exact.json      # adds the exact energy

Needs matplotlib (Debian: python3-matplotlib). Reads log.jsonl and, where they are there, summary.json and exact.json;
runs that go on can be drawn, too. Exit status: 0 done; 1 the picture cannot be written; 2 the command line or an input
file is wrong.
"""

import argparse
import json
import math
import os
import sys

# name: (label of the axis, members of an entry of log.jsonl, logarithmic)
PANELS = {
    "energy": ("energy", ("energy", "mean", 0), False),
    "error": ("relative error", None, True),
    "variance": ("variance", ("energy", "variance"), True),
    "v_score": ("V-score", ("v_score",), True),
    "r_hat": (r"$\hat{R}$", ("energy", "r_hat"), False),
    "tau": (r"$\tau$", ("energy", "tau"), False),
    "acceptance": ("acceptance", ("acceptance",), False),
    "iterations": ("solver iterations", ("solver", "iterations"), False),
    "residual": ("solver residual", ("solver", "residual"), True),
    "forces": ("norm of the forces", ("norms", "forces"), True),
    "update": ("norm of the update", ("norms", "update"), True),
    "seconds": ("seconds per step", ("seconds", "total"), True),
}

# Told apart by people who do not see all colours (M. Okabe, K. Ito, 2008).
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]


class InputError(Exception):
    """Something that the user gave is wrong."""


def read_log(path):
    """The entries of a log; a cut last line is left out."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from error
    entries = []
    # What follows the last line break is empty, or a line that was cut.
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        try:
            entry = json.loads(line)
            step = entry["step"]
        except (ValueError, KeyError, TypeError) as error:
            raise InputError(f"{path}, line {number}: not an entry of a log") from error
        if not isinstance(step, int):
            raise InputError(f"{path}, line {number}: 'step' is not an integer")
        entries.append(entry)
    return entries


def read_json(path):
    """The document at path, or None if there is none."""
    if not os.path.exists(path):
        return None
    try:
        with open(path, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: {error}") from error


def member(value, path):
    """A number inside an entry; NaN where it is null or missing."""
    for key in path:
        try:
            value = value[key]
        except (KeyError, IndexError, TypeError):
            return math.nan
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else math.nan


class Run:
    """What an output directory holds."""

    def __init__(self, directory, exact):
        if not os.path.isdir(directory):
            raise InputError(f"{directory}: not a directory")
        self.name = os.path.basename(os.path.normpath(directory)) or directory
        self.entries = read_log(os.path.join(directory, "log.jsonl"))
        self.steps = [entry["step"] for entry in self.entries]
        summary = read_json(os.path.join(directory, "summary.json"))
        self.summary = summary if isinstance(summary, dict) and summary.get("finished") else None
        document = read_json(os.path.join(directory, "exact.json"))
        known = member(document, ("energies", 0))
        self.exact = exact if exact is not None else (known if math.isfinite(known) else None)

    def values(self, panel):
        if panel == "error":
            if self.exact is None:
                return [math.nan] * len(self.entries)
            return [abs(energy - self.exact) / abs(self.exact or 1) for energy in self.values("energy")]
        return [member(entry, PANELS[panel][1]) for entry in self.entries]

    def errors(self):
        return [member(entry, ("energy", "error")) for entry in self.entries]

    def final_energy(self):
        """The fresh estimate at the final parameters with its error, or None."""
        if self.summary is None or self.summary.get("steps") != (self.steps[-1] if self.steps else None):
            return None
        value = member(self.summary, ("energy", "mean", 0))
        return (value, member(self.summary, ("energy", "error"))) if math.isfinite(value) else None


def draw(panel, axis, runs):
    """One panel."""
    from matplotlib.ticker import LogFormatterSciNotation, MaxNLocator

    label, _, logarithmic = PANELS[panel]
    for index, run in enumerate(runs):
        colour = COLOURS[index % len(COLOURS)]
        style = ["-", "--", ":"][index // len(COLOURS) % 3]
        values = run.values(panel)
        if not any(math.isfinite(value) for value in values):
            continue
        marker = "." if len(values) <= 10 else None
        axis.plot(run.steps, values, color=colour, linestyle=style, linewidth=1, marker=marker, label=run.name)
        if panel == "energy":
            errors = run.errors()
            axis.fill_between(
                run.steps, [v - e for v, e in zip(values, errors)], [v + e for v, e in zip(values, errors)],
                color=colour, alpha=0.25, linewidth=0)
            final = run.final_energy()
            if final:
                error = final[1] if math.isfinite(final[1]) else None
                axis.errorbar(run.steps[-1], final[0], yerr=error, color=colour, marker="D", markersize=4)
    if panel == "energy":
        for exact in sorted({run.exact for run in runs if run.exact is not None}):
            axis.axhline(exact, color="0.3", linestyle=(0, (5, 3)), linewidth=0.8)
    positive = any(value > 0 for run in runs for value in run.values(panel))
    if logarithmic and positive:
        axis.set_yscale("log")
        # Within two powers of ten the ticks between them have labels, too.
        axis.yaxis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=(2, 0.5)))
    axis.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True))
    axis.set_xlabel("step")
    axis.set_ylabel(label)


def limit_to_tail(axis, runs, share):
    """Leaves the first part of the runs out of a panel of energies."""
    last = max((run.steps[-1] for run in runs if run.steps), default=0)
    first = share * last
    shown = []
    for run in runs:
        shown += [
            value + sign * (error if math.isfinite(error) else 0)
            for step, value, error in zip(run.steps, run.values("energy"), run.errors())
            if step >= first and math.isfinite(value) for sign in (-1, 1)]
        shown += [run.exact] if run.exact is not None else []
        shown += [final[0]] if (final := run.final_energy()) else []
    if shown and last > first:
        margin = 0.05 * (max(shown) - min(shown)) or 1e-3 * abs(shown[0]) or 1
        axis.set_xlim(first, last)
        axis.set_ylim(min(shown) - margin, max(shown) + margin)


def arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directories", nargs="+", metavar="DIR", help="output directories of runs")
    parser.add_argument(
        "--output", default="figure.png", metavar="FILE", help="the picture; its extension decides the format (default: %(default)s)")
    parser.add_argument(
        "--panels", default="energy,error,variance,v_score,r_hat,acceptance", metavar="LIST",
        help="comma-separated, of: " + ", ".join(PANELS) + " (default: %(default)s; those without numbers are left out)")
    parser.add_argument("--exact", type=float, metavar="E", help="the exact energy (default: exact.json of each run)")
    parser.add_argument("--from", dest="tail", type=float, default=0, metavar="SHARE", help="the energy from this share of the steps on, 0 to 1 (default: 0)")
    parser.add_argument("--width", type=float, default=7.0, metavar="INCHES", help="width (default: %(default)s)")
    parser.add_argument("--dpi", type=float, default=300, help="resolution of PNG (default: %(default)s)")
    options = parser.parse_args()
    options.panels = [name.strip() for name in options.panels.split(",")]
    for name in options.panels:
        if name not in PANELS:
            parser.error(f"--panels: '{name}' is unknown; accepted: {', '.join(PANELS)}")
    if not 0 <= options.tail < 1:
        parser.error("--from: accepted: a number >= 0 and < 1")
    for name in ("width", "dpi"):
        if not 0 < getattr(options, name) < 1e4:
            parser.error(f"--{name}: accepted: a positive number")
    return options


def main():
    options = arguments()
    try:
        runs = [Run(directory, options.exact) for directory in options.directories]
        panels = [
            name for name in options.panels
            if any(math.isfinite(value) for run in runs for value in run.values(name))]
        if not panels:
            raise InputError("no run has a number for any of the panels " + ", ".join(options.panels))
    except InputError as error:
        print(f"plot.py: {error}", file=sys.stderr)
        return 2
    try:
        import matplotlib
    except ImportError:
        print("plot.py: matplotlib is missing; Debian and Ubuntu: apt-get install python3-matplotlib", file=sys.stderr)
        return 1

    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams.update({"font.size": 8, "axes.spines.top": False, "axes.spines.right": False})
    columns = min(len(panels), 1 if options.width < 5 else 2 if len(panels) in (2, 4) else 3)
    rows = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(
        rows, columns, squeeze=False, figsize=(options.width, 0.78 * options.width / columns * rows), layout="constrained")
    cells = [axis for row in axes for axis in row]
    for name, axis in zip(panels, cells):
        draw(name, axis, runs)
        if name == "energy" and options.tail > 0:
            limit_to_tail(axis, runs, options.tail)
    for axis in cells[len(panels):]:
        axis.set_visible(False)
    if len(runs) > 1:
        cells[0].legend(frameon=False, loc="best")
    try:
        figure.savefig(options.output, dpi=options.dpi)
    except (OSError, ValueError) as error:
        print(f"plot.py: {options.output}: {error}", file=sys.stderr)
        return 1
    print(options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())

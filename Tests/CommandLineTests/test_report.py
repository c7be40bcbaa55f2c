"""`dist-vmc report`: one HTML page of any log that a run can leave behind."""

import html.parser
import importlib.util
import json
import math
import os
import re
import subprocess
import sys
import unittest
import xml.etree.ElementTree

from support import GOOD, ROOT, CommandLineTest

CONFIGURATION = """\
lattice: {type: chain, extent: [4], pbc: true}
hamiltonian: {type: ising, J: -1.0, h: 1.0}
ansatz: {type: rbm}
run: {steps: 10, seed: 3}
"""
# Four sites at the critical point, from free fermions: -2 sum over half of the momenta of 2 cos(k/2).
EXACT = -5.226251859505506


def entry(step, energy=-5.0, error=0.01, **members):
    """One line of a log, as a run writes it."""
    return dict(
        {
            "step": step,
            "energy": {
                "mean": [energy, 0.0], "error": error, "tau": 0.3, "error_of_mean": error, "variance": 0.25,
                "r_hat": 1.002, "tau_corr": 0.2},
            "v_score": 0.04, "acceptance": 0.41,
            "solver": {"name": "cg", "iterations": 17, "residual": 3e-7, "outcome": "converged", "failed": []},
            "learning_rate": 0.02, "diag_shift": 0.01,
            "norms": {"forces": 0.1, "update": 0.01, "parameters": 2.0},
            "seconds": {
                "total": 0.5, "sample": 0.1, "local_energy": 0.1, "linearise": 0.05, "forces": 0.05, "solve": 0.15,
                "update": 0.01},
        }, **members)


class Page(html.parser.HTMLParser):
    """A page taken apart; fails where elements are not closed in order."""

    VOID = {"meta", "link", "br", "img", "hr", "input"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.attributes, self.words, self.rows = [], [], [], []
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.attributes += [(tag, name, value) for name, value in attributes]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, f"</{tag}> inside {self.open}"
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.words.append(data)
            if self.rows and ("td" in self.open or "th" in self.open):
                self.rows[-1][-1] += data

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    @property
    def results(self):
        """The first table as {run: {column: text}}."""
        head = self.rows[0]
        table = {}
        for row in self.rows[1:]:
            if len(row) != len(head) or row[0] == head[0]:
                break
            table[row[0]] = dict(zip(head, row))
        return table


class ReportTests(CommandLineTest):
    def run_directory(self, name, entries, tail="", configuration=CONFIGURATION, summary=None):
        os.makedirs(self.path(name))
        with open(self.path(name, "log.jsonl"), "w") as file:
            file.write("".join(json.dumps(one) + "\n" for one in entries) + tail)
        if configuration is not None:
            self.write(os.path.join(name, "config.yaml"), configuration)
        if summary is not None:
            self.write(os.path.join(name, "summary.json"), json.dumps(summary))
        return name

    def report(self, *arguments, page=None, ranks=None):
        """The page that the program makes, taken apart and checked for what holds for every page."""
        process = self.run_well("report", *arguments, ranks=ranks)
        path = process.stdout.strip()
        if page is not None:
            self.assertEqual(path, page)
        with open(self.path(path), encoding="utf-8") as file:
            self.source = file.read()
        if ranks is None:
            self.assertEqual(process.stderr, "")
        page = Page(self.source)
        for tag, name, value in page.attributes:
            self.assertNotIn(name, ("src", "href", "action", "srcset"), f"{tag} reads something else")
            self.assertNotIn("url(", value or "", tag)
        for address in ("http:", "https:", "@import", "url(", "<link", "<img", "<iframe"):
            self.assertNotIn(address, self.source)
        self.charts = []
        for drawing in re.findall(r"<svg.*?</svg>", self.source, re.DOTALL):
            root = xml.etree.ElementTree.fromstring(drawing)
            if root.get("class") == "swatch":
                continue
            self.assert_inside(root)
            self.charts.append(root)
        return page

    def assert_inside(self, chart):
        """Every coordinate of a chart is a number inside the picture, and every label fits into it."""
        width, height = (float(number) for number in chart.get("viewBox").split()[2:])
        self.assertTrue(chart.get("aria-label"))
        for path in chart.iter("path"):
            for letter, numbers in re.findall(r"([MLHVvl])([-0-9.,]+)", path.get("d")):
                values = [float(number) for number in numbers.split(",")]
                self.assertTrue(all(map(math.isfinite, values)))
                if letter in "ML":
                    self.assertTrue(-5 <= values[0] <= width and -5 <= values[1] <= height, path.get("d"))
        for label in chart.iter("text"):
            length = 6.4 * len("".join(label.itertext()))
            x = float(label.get("x"))
            first = x - {"end": length, "middle": length / 2}[label.get("text-anchor")]
            self.assertGreaterEqual(first, 0, "".join(label.itertext()))
            self.assertLessEqual(x + (length / 2 if label.get("text-anchor") == "middle" else 0), width + 1)
            self.assertLessEqual(float(label.get("y")), height)

    def chart(self, title):
        return next(one for one in self.charts if one.get("aria-label").startswith(title + "."))

    def curves(self, title):
        """Numbers of points of each curve of a chart, piece by piece."""
        lines = [path for path in self.chart(title).iter("path") if (path.get("class") or "").startswith("line ")]
        return [[len(piece.split("L")) for piece in path.get("d").split("M")[1:]] for path in lines]

    # What a run leaves

    def test_real_runs(self):
        self.write("config.yaml", GOOD)
        for name, solver in (("first", "cg"), ("second", "minsr")):
            self.run_well("run", "config.yaml", "--output", name, "--set", f"sr.solver={solver}", "--quiet")
        page = self.report("first", "second", page="report.html")
        self.assertEqual(list(page.results), ["first", "second"])
        exact = json.loads(self.run_well("exact", "config.yaml", "--json").stdout)["energies"][0]
        summary = self.summary("first")
        row = page.results["first"]
        self.assertEqual(row["steps"], "3")
        self.assertAlmostEqual(float(row["exact"].replace("−", "-")), exact, places=5)
        value, digits = re.fullmatch(r"−([0-9.]+)\(([0-9.]+)\)", row["energy"]).groups()
        self.assertAlmostEqual(-float(value), summary["energy"]["mean"][0], delta=summary["energy"]["error"] / 10)
        for fact in ("parameters 80", "seed 1", "version 0.1.0", "samples per step 256", "type: chain, extent: [8]"):
            self.assertIn(fact, page.text)
        self.assertEqual(self.curves("Variance"), [[3], [3]])
        for title in (
                "Energy", "Relative error of the energy", "V-score", "R̂", "τ", "Acceptance", "Solver iterations",
                "Solver residual", "Norm of the forces", "Norm of the update", "Seconds per step"):
            self.assertEqual(self.curves(title), [[3], [3]], title)
        self.assertIn("prefers-color-scheme: dark", self.source)

    def test_why_a_run_ended_and_where_its_energies_lead(self):
        extrapolation = {"energy": -1.25, "error": 0.012, "label": "extrapolation, not a bound"}
        summary = {
            "finished": True, "steps": 2, "ended_by": "converged", "zero_variance": extrapolation,
            "energy": {"mean": [-1.2, 0.0], "error": 0.1}}
        page = self.report(self.run_directory("whole", [entry(1), entry(2)], summary=summary))
        self.assertIn("ended by converged", page.text)
        self.assertIn("at zero variance (extrapolation, not a bound) −1.250(12)", page.text)

    def test_one_step(self):
        page = self.report(self.run_directory("one", [entry(1)]), page="one/report.html")
        self.assertIn("not finished: 1 of 10 steps", page.text)
        self.assertEqual(self.curves("Energy"), [[1]])
        dots = [one for one in self.chart("Energy").iter("circle")]
        self.assertEqual(len(dots), 1, "a single value is a dot")

    def test_no_step(self):
        page = self.report(self.run_directory("none", []))
        self.assertIn("not finished: 0 of 10 steps", page.text)
        self.assertEqual(self.charts, [])

    def test_null_values_are_gaps(self):
        entries = [entry(step) for step in range(1, 10)]
        entries[3]["energy"] = dict(entries[3]["energy"], mean=[None, None], error=None)
        entries[5]["energy"]["error"] = None
        for one in entries:
            one["acceptance"] = None
            one["energy"]["r_hat"] = None
            one["solver"] = None
        page = self.report(self.run_directory("gaps", entries))
        self.assertEqual(self.curves("Energy"), [[3, 5]])
        self.assertIn("No numbers in these runs: R̂, Acceptance", page.text)
        self.assertIn("No numbers in these runs: Solver iterations, Solver residual", page.text)
        self.assertIn("1 of 9 steps have no finite energy", page.text)

    def test_only_null(self):
        entries = [entry(step) for step in range(1, 4)]
        for one in entries:
            one["energy"] = {"mean": [None, None], "error": None}
        page = self.report(self.run_directory("null", entries))
        self.assertEqual(page.results["null"]["energy"], "–")

    def test_thousands_of_steps_keep_their_extremes(self):
        entries = [entry(step, energy=-5 - 1e-4 * step) for step in range(1, 6001)]
        entries[4321]["energy"]["mean"][0] = 3.0
        self.report(self.run_directory("long", entries))
        self.assertLess(len(self.source), 400_000)
        wide, narrow = [one for one in self.charts if one.get("aria-label").startswith("Energy.")]
        for chart, limit in ((wide, 800), (narrow, 400)):
            line = next(path for path in chart.iter("path") if path.get("class") == "line c0")
            points = [tuple(map(float, point.split(","))) for point in line.get("d")[1:].split("L")]
            self.assertLessEqual(len(points), limit)
            left, top, width, height = map(float, chart.get("data-plot").split(","))
            lower, upper = map(float, chart.get("data-y").split(",")[:2])
            highest = min(points, key=lambda point: point[1])
            self.assertAlmostEqual(lower + (top + height - highest[1]) / height * (upper - lower), 3.0, delta=0.01)
            self.assertAlmostEqual((highest[0] - left) / width, 4321 / 5999, delta=0.001)

    def test_cut_last_line(self):
        name = self.run_directory("cut", [entry(1), entry(2)], tail='{"step": 3, "energy": {"me')
        self.assertIn("the last line of log.jsonl is cut", self.report(name).text)
        self.assertEqual(self.curves("Energy"), [[2]])

    def test_unfinished_run_that_was_resumed(self):
        """A summary of fewer steps than the log has is that of the part before."""
        summary = {"finished": True, "steps": 2, "energy": {"mean": [-1.0, 0.0], "error": 0.1}}
        name = self.run_directory("resumed", [entry(1), entry(2), entry(3, energy=-5.1)], summary=summary)
        row = self.report(name).results[name]
        self.assertEqual((row["steps"], row["energy"]), ("3 (not finished)", "−5.100(10)"))

    def test_missing_configuration(self):
        page = self.report(self.run_directory("bare", [entry(1), entry(2)], configuration=None))
        self.assertEqual(page.results["bare"]["exact"], "–")

    def test_unreadable_configuration_costs_the_exact_energy_only(self):
        name = self.run_directory("foreign", [entry(1)], configuration="lattice: {type: hypercube}\n")
        page = self.report(name)
        self.assertIn("no exact energy, because its configuration cannot be read", page.text)

    def test_names_are_text(self):
        name = self.run_directory("<b>&\"'x", [entry(1)])
        self.run_directory("other", [entry(1)])
        page = self.report(name, "other")
        self.assertIn(name, page.results)
        self.assertNotIn("<b>", self.source)

    def test_many_runs_of_different_problems(self):
        names = [self.run_directory(f"run{number}", [entry(1), entry(2)]) for number in range(9)]
        ladder = CONFIGURATION.replace("h: 1.0", "h: 2.0")
        names.append(self.run_directory("field", [entry(1, energy=-9.0), entry(2)], configuration=ladder))
        self.report(*names)
        self.assertEqual(len(self.curves("Energy, ising chain [4]")), 9)
        classes = [path.get("class") for path in self.chart("Variance").iter("path") if path.get("data-run")]
        self.assertEqual(len(set(classes)), 10, "every run looks different")

    def test_remarks(self):
        below = entry(2, energy=EXACT - 0.2)
        below["energy"]["r_hat"] = 1.7
        below["solver"] = dict(below["solver"], outcome="iteration_limit", failed=[{"name": "cg", "outcome": "not_finite"}])
        text = self.report(self.run_directory("odd", [entry(1), below, entry(5, energy=EXACT - 0.2)])).text
        self.assertIn("2 steps between 1 and 5 are missing", text)
        self.assertIn("20 standard errors below the exact one", text)
        self.assertIn("the solver ended with iteration_limit in 1 of 3 steps", text)
        self.assertIn("another solver took over from one that failed in 1 steps", text)
        self.run_directory("mixed", [entry(1), below])
        self.assertIn("R̂ = 1.7: the chains have not mixed", self.report("mixed").text)

    # Exact energies

    def test_exact_energy_is_computed(self):
        row = self.report(self.run_directory("single", [entry(1, energy=-5.0)])).results["single"]
        self.assertAlmostEqual(float(row["exact"].replace("−", "-")), EXACT, places=5)
        self.assertAlmostEqual(float(row["relative error"]), (EXACT + 5) / EXACT, delta=1e-4)

    def test_exact_energy_from_files_and_option(self):
        self.run_directory("single", [entry(1)])
        self.write("single/exact.json", '{"energies": [-7.5, -7.0], "dimension": 16, "sector": null}')
        self.write("other.json", '{"energies": [-8.5]}')
        self.assertEqual(self.report("single").results["single"]["exact"], "−7.5")
        self.assertEqual(self.report("single", "--exact", "other.json").results["single"]["exact"], "−8.5")
        self.assertEqual(self.report("single", "--exact", "-6.25").results["single"]["exact"], "−6.25")
        self.assertEqual(self.report("single", "--exact=0").results["single"]["relative error"], "–")

    def test_same_page_on_any_number_of_ranks(self):
        self.run_directory("single", [entry(1), entry(2)])
        self.report("single")
        first = self.source
        self.report("single", ranks=3)
        self.assertEqual(self.source, first)

    # Observables

    def test_observables_of_evaluations(self):
        """Quantities of several evaluations side by side, as `evaluate` has written them."""
        self.write("chain.yaml", CONFIGURATION + "sampler: {chains: 16, samples: 128}\noptimiser: {learning_rate: 0.02}\n")
        self.write("few.yaml", "correlations: {}\n")
        self.write(
            "many.yaml",
            "correlations: {}\nmagnetisation: {components: [x, z]}\nstructure_factor: {components: [zz, ss, xx, yy]}\n"
            "pauli_strings: {operators: [{name: '<a>', terms: [{paulis: XXII}]}]}\nrenyi2: {subsystems: [{name: half, sites: [0, 1]}]}\n")
        for name, file in (("few", "few.yaml"), ("many", "many.yaml"), ("none", None)):
            self.run_well("run", "chain.yaml", "--quiet", "--output", name)
            if file:
                self.run_well("evaluate", name, "--observables", file, "--precision", "0.1", "--json")
        page = self.report("few", "none", "many")
        self.assertIn("Observables", page.text)
        rows = {row[0]: row[1:] for row in page.rows if len(row) == 3}
        with open(self.path("many", "evaluation.json")) as file:
            result = json.load(file)
        self.assertEqual(rows["quantity"], ["few", "many"])
        self.assertEqual(rows["samples"][1], str(result["samples"]))
        shown = result["correlations"] + result["magnetisation"] + result["structure_factor"]
        for one in shown + result["pauli_strings"] + result["renyi2"]:
            text = rows[one["text"]][1]
            # The mean, to within the error in brackets.
            self.assertAlmostEqual(float(text.split("(")[0].replace("−", "-")), one["mean"], delta=max(one["error"], 1e-6))
        self.assertEqual(rows["<a>"][0], "–")
        self.assertNotEqual(rows["zz at distance 1"][0], "–")
        # Runs of other problems have tables of their own.
        self.write("chain.yaml", CONFIGURATION.replace("h: 1.0", "h: 2.0"))
        self.run_well("run", "chain.yaml", "--quiet", "--output", "field")
        self.run_well("evaluate", "field", "--precision", "0.1", "--json")
        self.assertEqual([row for row in self.report("few", "field").rows if row[0] == "quantity"],
                         [["quantity", "few"], ["quantity", "few"], ["quantity", "field"]])
        # Of an earlier state, and of chains that have not mixed.
        result["step"] = 3
        result["correlations"][0]["r_hat"] = 1.4
        self.write("many/evaluation.json", json.dumps(result))
        text = self.report("many").text
        self.assertIn("the observables are those of the state after step 3", text)
        self.assertIn("R̂ is above 1.1 for zz at distance 1 in the evaluation", text)

    # Wrong input

    def assert_refused(self, *arguments, saying):
        before = self.digests()
        process = self.run_program("report", *arguments)
        self.assertEqual(process.returncode, 2, process.stderr)
        self.assertIn(saying, process.stderr)
        self.assertEqual(process.stdout, "")
        self.assertEqual(self.digests(), before)

    def test_refusals(self):
        self.run_directory("run", [entry(1)])
        os.mkdir(self.path("empty"))
        self.run_directory("damaged", [entry(1), "no entry", entry(3)])
        self.run_directory("odd", [entry(1)])
        self.write("odd/exact.json", "[]")
        self.run_directory("other", [entry(1)])
        self.write("other/evaluation.json", '{"format": "mine"}')
        self.run_directory("broken", [entry(1)])
        self.write("broken/summary.json", "{")
        self.write("mine.html", "<p>mine</p>")
        self.assert_refused("missing", saying="missing: is not the output directory of a run")
        self.assert_refused("empty", saying="empty: holds no run: there is no log.jsonl in it")
        self.assert_refused("run/log.jsonl", saying="run/log.jsonl: is not the output directory of a run")
        self.assert_refused("damaged", saying="damaged/log.jsonl, line 2")
        self.assert_refused("odd", saying="odd/exact.json: is not what dist-vmc exact --json prints")
        self.assert_refused("other", saying="other/evaluation.json: is not what dist-vmc evaluate writes")
        self.assert_refused("broken", saying="broken/summary.json")
        self.assert_refused("run", "--output", "mine.html", saying="mine.html is there and is no report")
        self.assert_refused("run", "--output", "nowhere/page.html", saying="there is no directory nowhere/")
        self.assert_refused("run", "--exact", "many", saying="--exact: 'many' is neither a number nor a file")
        self.assert_refused("run", "run", saying="'run' is given twice")
        self.assert_refused(saying="Missing expected argument")

    def test_report_replaces_a_report(self):
        self.run_directory("run", [entry(1)])
        self.report("run")
        first = self.source
        self.run_directory("run2", [entry(1), entry(2)])
        self.report("run2", "--output", "run/report.html")
        self.assertNotEqual(self.source, first)


class PlotTests(CommandLineTest):
    """scripts/plot.py, as far as this machine has matplotlib."""

    SCRIPT = os.path.join(ROOT, "scripts", "plot.py")

    def python(self):
        for candidate in (sys.executable, "/usr/bin/python3"):
            found = subprocess.run([candidate, "-c", "import matplotlib"], stderr=subprocess.DEVNULL, check=False)
            if found.returncode == 0:
                return candidate
        return None

    def plot(self, *arguments, python=sys.executable):
        return subprocess.run(
            [python, self.SCRIPT, *arguments], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=120, text=True, check=False)

    def write_log(self, name, entries, tail=""):
        os.makedirs(self.path(name), exist_ok=True)
        self.write(os.path.join(name, "log.jsonl"), "".join(json.dumps(one) + "\n" for one in entries) + tail)

    def test_picture(self):
        python = self.python()
        if python is None:
            self.skipTest("matplotlib is not installed")
        gap = entry(2)
        gap["energy"]["mean"] = [None, None]
        self.write_log("run", [entry(1), gap, entry(3)], tail='{"step"')
        self.write_log("one", [entry(1)])
        process = self.plot("run", "one", "--output", "figure.png", "--dpi", "60", "--exact", "-5.2", python=python)
        self.assertEqual(process.returncode, 0, process.stderr)
        with open(self.path("figure.png"), "rb") as file:
            self.assertEqual(file.read(8), b"\x89PNG\r\n\x1a\n")

    def test_what_it_reads(self):
        spec = importlib.util.spec_from_file_location("plot", self.SCRIPT)
        plot = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(plot)
        gap = entry(2)
        gap["energy"]["mean"] = [None, None]
        self.write_log("run", [entry(1, energy=-4.0), gap], tail='{"step": 3, "en')
        self.write("run/exact.json", '{"energies": [-5.0]}')
        run = plot.Run(self.path("run"), None)
        self.assertEqual(run.steps, [1, 2])
        self.assertEqual(run.values("error")[0], 0.2)
        self.assertTrue(math.isnan(run.values("error")[1]))
        self.assertEqual(run.values("iterations"), [17.0, 17.0])
        self.assertIsNone(run.final_energy())

    def test_refusals(self):
        self.write_log("run", [entry(1)])
        self.write_log("damaged", [entry(1), "no entry"])
        for arguments, message in (
            (["missing"], "missing: not a directory"), (["damaged"], "line 2"), (["."], "log.jsonl"),
            (["run", "--panels", "enrgy"], "'enrgy' is unknown"), (["run", "--from", "2"], "--from"), ([], "DIR"),
        ):
            process = self.plot(*arguments)
            self.assertEqual(process.returncode, 2, process.stderr)
            self.assertIn(message, process.stderr)
            self.assertNotIn("Traceback", process.stderr)


if __name__ == "__main__":
    unittest.main()

import DistQGT

/// The report: one HTML document that needs nothing beside it.
struct ReportPage {
    let runs: [ReportedRun]
    /// What could not be found out, one sentence each.
    let notes: [String]

    /// How a file is known to be a report, which another report may replace.
    static let mark = "<meta name=\"generator\" content=\"dist-vmc report"

    var html: String {
        let title = runs.count == 1 ? "Run \(runs[0].name)" : "\(runs.count) runs"
        let charts = ReportCharts(runs: runs)
        var parts = [
            """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            \(Self.mark) \(programVersion)">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta name="color-scheme" content="light dark">
            <title>\(escapedForHTML(title)) – dist-vmc report</title>
            <style>
            \(ReportStyle.css)
            </style>
            </head>
            <body>
            <header><h1>\(escapedForHTML(title))</h1>\(legend)</header>
            <main>
            """
        ]
        parts.append(section("Results", ReportTables.results(runs) + remarks))
        parts.append(section("Energy", grid(charts.energies.map { figure($0, isWide: true) }) + energyKey))
        parts.append(section("Accuracy", grid(charts.accuracy)))
        parts.append(section("Samples", grid(charts.sampling)))
        parts.append(section("Solver", grid(charts.solving)))
        parts.append(section("Time", ReportTables.phases(runs) + grid(charts.time)))
        parts.append(section("Observables", ObservableTables.html(runs)))
        parts.append(section("Facts", ReportTables.facts(runs)))
        parts.append(
            """
            </main>
            <footer><p>Made by dist-vmc \(programVersion). Energies are in the units of the Hamiltonian, with Pauli matrices. \
            Curves of many steps are drawn through the lowest and the highest value of each group of steps.</p></footer>
            <script>
            \(ReportStyle.script)
            </script>
            </body>
            </html>

            """)
        return parts.joined(separator: "\n")
    }

    private func section(_ title: String, _ body: String) -> String {
        body.isEmpty ? "" : "<section><h2>\(title)</h2>\n\(body)</section>"
    }

    /// Names the colours; of a single run there is nothing to tell apart.
    private var legend: String {
        guard runs.count > 1 else { return "" }
        let items = runs.map { run in
            "<li>\(ReportTables.swatch(run.number))<span>\(escapedForHTML(run.name))</span></li>"
        }
        return "<ul class=\"legend\">\(items.joined())</ul>"
    }

    private var remarks: String {
        var items = notes
        for run in runs {
            let name = runs.count > 1 ? "\(run.name): " : ""
            items += RunRemarks.of(run).map { name + $0 }
        }
        guard !items.isEmpty else { return "" }
        return "<ul class=\"remarks\" aria-label=\"Remarks\">"
            + items.map { "<li>\(escapedForHTML($0))</li>" }.joined() + "</ul>\n"
    }

    private var energyKey: String {
        var parts = ["shaded: one standard error"]
        if runs.contains(where: { $0.exactEnergy != nil }) { parts.append("dashed line: exact energy") }
        if runs.contains(where: { $0.finalEstimate != nil }) {
            parts.append("diamond: fresh estimate at the final parameters")
        }
        return "<p class=\"key\">\(parts.joined(separator: "; ")).</p>\n"
    }

    private func grid(_ section: ReportCharts.Section) -> String {
        let missing =
            section.missing.isEmpty
            ? "" : "<p class=\"key\">No numbers in these runs: \(section.missing.joined(separator: ", ")).</p>\n"
        return grid(section.charts.map { figure($0) }) + missing
    }

    private func grid(_ figures: [String]) -> String {
        figures.isEmpty ? "" : "<div class=\"charts\">\n\(figures.joined(separator: "\n"))\n</div>\n"
    }

    /// A wide chart is drawn once more for narrow screens, where its letters would be too small.
    private func figure(_ chart: LineChart, isWide: Bool = false) -> String {
        let pictures =
            isWide
            ? "<div class=\"large\">\(chart.svg(.wide))</div><div class=\"small\">\(chart.svg(.narrow))</div>"
            : chart.svg(.narrow)
        return "<figure\(isWide ? " class=\"wide\"" : "")><figcaption><strong>\(escapedForHTML(chart.title))</strong> "
            + "<span>\(escapedForHTML(chart.explanation))</span></figcaption>\(pictures)</figure>"
    }
}

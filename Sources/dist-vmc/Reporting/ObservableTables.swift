import DistQGT
import RunFiles

/// What `dist-vmc evaluate` has measured in the runs' states: tables for each problem, with one column for each run that
/// has an evaluation.
enum ObservableTables {
    /// Tables of more rows are closed until someone opens them.
    private static let mostOpenRows = 24
    /// Names of more characters may be broken into lines.
    private static let longestLine = 24

    private struct Row {
        let text: String
        /// By run.
        var cells: [Int: String] = [:]
    }

    private static let titles: [(block: String, title: String)] = [
        ("magnetisation", "Magnetisation"), ("density", "Density"), ("correlations", "Correlations"),
        ("structure_factor", "Structure factor"),
        ("one_body", "One-body density matrix"), ("momentum_distribution", "Momentum distribution"),
        ("pairing", "Pairing"), ("pauli_strings", "Pauli strings"),
        ("fermion_strings", "products of fermion operators"),
        ("renyi2", "Rényi-2 entropy"),
    ]

    static func html(_ runs: [ReportedRun]) -> String {
        let evaluated = runs.filter { $0.record.evaluation != nil }
        return RunGroup.groups(of: evaluated).map { group in
            let heading = group.title.isEmpty ? "" : "<h3>\(escapedForHTML(group.title))</h3>\n"
            let blocks = titles.map { block, title in (title, rows(of: block, in: group.runs)) }.filter {
                !$0.1.isEmpty
            }
            let tables = blocks.map { title, rows in
                "<details\(rows.count > mostOpenRows ? "" : " open")><summary>\(title)</summary>"
                    + table(title, rows, group.runs) + "</details>\n"
            }
            return heading + "<div class=\"observables\">\n" + table("Energy", energies(group.runs), group.runs)
                + tables.joined() + "</div>\n"
        }.joined()
    }

    private static func energies(_ runs: [ReportedRun]) -> [Row] {
        func row(_ text: String, _ cell: (JSONValue) -> String) -> Row {
            var row = Row(text: text)
            for run in runs { row.cells[run.number] = run.record.evaluation.map(cell) }
            return row
        }
        return [
            row("step") { $0["step"]?.integer.map(String.init) ?? PageNumber.missing },
            row("samples") { evaluation in
                let count = evaluation["samples"]?.integer.map(String.init) ?? PageNumber.missing
                return evaluation["method"]?.string == "full_sum" ? "\(count) states, exact" : count
            },
            row("energy") { value($0["energy"]) },
            row("variance") { evaluation in
                let energy = evaluation["energy"]
                return PageNumber.value(
                    energy?["variance"]?.number ?? .nan, error: energy?["variance_error"]?.number)
            },
            row("V-score") { PageNumber.short($0["v_score"]?.number ?? .nan) },
        ]
    }

    /// Quantities of a block in the order in which they are met first.
    private static func rows(of block: String, in runs: [ReportedRun]) -> [Row] {
        var rows: [Row] = []
        var places: [String: Int] = [:]
        for run in runs {
            for entry in run.record.evaluation?[block]?.array ?? [] {
                guard let text = entry["text"]?.string else { continue }
                let place = places[text] ?? rows.count
                if place == rows.count {
                    places[text] = place
                    rows.append(Row(text: text))
                }
                rows[place].cells[run.number] = value(entry)
            }
        }
        return rows
    }

    private static func value(_ entry: JSONValue?) -> String {
        PageNumber.value(entry?["mean"]?.number ?? .nan, error: entry?["error"]?.number)
    }

    private static func table(_ title: String, _ rows: [Row], _ runs: [ReportedRun]) -> String {
        let head = runs.map { "<th scope=\"col\">\(ReportTables.swatch($0.number))\(escapedForHTML($0.name))</th>" }
        let body = rows.map { row in
            "<tr><th scope=\"row\" class=\"name\(row.text.count > longestLine ? "" : " short")\">\(escapedForHTML(row.text))</th>"
                + runs.map { "<td>\(row.cells[$0.number] ?? PageNumber.missing)</td>" }.joined() + "</tr>"
        }
        return "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(title)\"><table><thead><tr>"
            + "<th scope=\"col\" class=\"name\">quantity</th>\(head.joined())</tr></thead>"
            + "<tbody>\(body.joined())</tbody></table></div>\n"
    }
}

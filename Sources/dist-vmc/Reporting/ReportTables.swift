import DistQGT
import RunFiles

/// The parts of a report that are not charts.
enum ReportTables {
    /// A short piece of a run's curve.
    static func swatch(_ run: Int) -> String {
        "<svg class=\"swatch\" viewBox=\"0 0 22 8\" aria-hidden=\"true\"><path class=\"line \(RunColour.classes(run))\" d=\"M1,4H21\"/></svg>"
    }

    /// What each run came to.
    static func results(_ runs: [ReportedRun]) -> String {
        let columns = [
            "run", "steps", "energy", "exact", "relative error", "variance", "V-score", "R̂", "τ", "acceptance", "time",
        ]
        let rows = runs.map { run -> [String] in
            let record = run.record
            let energy = run.lastEnergy
            func last(_ key: String) -> Double { record.lastEstimate?[key]?.number ?? .nan }
            let vScore = (record.isFinished ? record.summary : record.entries.last)?["v_score"]?.number ?? .nan
            let acceptance = StepQuantity.acceptance.values(
                in: Array(record.entries.suffix(max(1, record.entries.count / 2)))
            )
            .filter(\.isFinite)
            return [
                "\(record.lastStep ?? 0)" + (record.isFinished ? "" : " (not finished)"),
                PageNumber.value(energy.value, error: energy.error),
                PageNumber.value(run.exactEnergy ?? .nan, error: nil),
                run.exactEnergy == 0 ? PageNumber.missing : PageNumber.short(run.relativeError(of: energy.value)),
                PageNumber.short(last("variance")), PageNumber.short(vScore),
                last("r_hat").isFinite ? PageNumber.decimal(last("r_hat"), decimals: 4) : PageNumber.missing,
                PageNumber.short(last("tau")),
                acceptance.isEmpty
                    ? PageNumber.missing : PageNumber.short(acceptance.reduce(0, +) / Double(acceptance.count)),
                TerminalNumber.duration(record.totalSeconds),
            ]
        }
        let head = columns.enumerated().map { "<th scope=\"col\"\($0 == 0 ? " class=\"name\"" : "")>\($1)</th>" }
            .joined()
        let body = zip(runs, rows).map { run, cells in
            "<tr><th scope=\"row\" class=\"name\">\(swatch(run.number))\(escapedForHTML(run.name))</th>"
                + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        return
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Results\"><table><thead><tr>\(head)</tr></thead>"
            + "<tbody>\(body.joined())</tbody></table></div>\n"
    }

    /// Mean seconds of a step by phase, as bars.
    static func phases(_ runs: [ReportedRun]) -> String {
        struct Bar {
            let run: ReportedRun
            let phases: [(name: String, seconds: Double)]
            let total: Double
        }
        func mean(_ quantity: StepQuantity, _ record: RunRecord) -> Double {
            let values = quantity.values(in: record.entries).filter(\.isFinite)
            return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
        }
        let bars = runs.compactMap { run -> Bar? in
            let total = mean(.seconds, run.record)
            guard total > 0 else { return nil }
            var phases = PhaseClock.Phase.allCases.map { phase -> (name: String, seconds: Double) in
                let seconds = mean(.seconds(of: phase), run.record)
                return (phase.rawValue, seconds.isFinite ? seconds : 0)
            }
            phases.append(("other", max(0, total - phases.reduce(0) { $0 + $1.seconds })))
            return Bar(run: run, phases: phases, total: total)
        }
        guard let longest = bars.map(\.total).max(), let names = bars.first?.phases.map(\.name) else { return "" }
        let rows = bars.map { bar -> String in
            let pieces = bar.phases.enumerated().filter { $1.seconds > 0 }.map { index, phase -> String in
                let share = "\(phase.name): \(PageNumber.seconds(phase.seconds))"
                return
                    "<span class=\"p\(index)\" style=\"width:\(percentage(phase.seconds / longest))\" title=\"\(share)\"></span>"
            }
            let words = bar.phases.map { "\($0.name) \(PageNumber.seconds($0.seconds))" }.joined(separator: ", ")
            return
                "<div class=\"phases\"><p><span>\(escapedForHTML(bar.run.name))</span> <span>\(PageNumber.seconds(bar.total)) per step</span></p>"
                + "<div class=\"stack\" role=\"img\" aria-label=\"\(words)\">\(pieces.joined())</div></div>"
        }
        let shown = names.indices.filter { index in bars.contains { $0.phases[index].seconds > 0.0005 * $0.total } }
        let legend = shown.map { "<li><span class=\"chip p\($0)\"></span>\(names[$0])</li>" }
        let head = (["run"] + shown.map { names[$0] } + ["total"]).enumerated()
            .map { "<th scope=\"col\"\($0 == 0 ? " class=\"name\"" : "")>\($1)</th>" }.joined()
        let body = bars.map { bar in
            "<tr><th scope=\"row\" class=\"name\">\(escapedForHTML(bar.run.name))</th>"
                + shown.map { "<td>\(PageNumber.seconds(bar.phases[$0].seconds))</td>" }.joined()
                + "<td>\(PageNumber.seconds(bar.total))</td></tr>"
        }
        return "<div class=\"bars\">\(rows.joined())<ul class=\"legend\">\(legend.joined())</ul></div>\n"
            + "<details><summary>Mean seconds of a step by phase</summary><div class=\"scroll\" tabindex=\"0\" role=\"region\" "
            + "aria-label=\"Seconds by phase\"><table><thead><tr>\(head)</tr></thead><tbody>\(body.joined())</tbody></table></div></details>\n"
    }

    /// Written with tenths of a thousandth, so that no locale decides.
    private static func percentage(_ share: Double) -> String { "\((share * 1e5).rounded() / 1e3)%" }

    /// What each run was: directory, size, configuration.
    static func facts(_ runs: [ReportedRun]) -> String {
        runs.map { run -> String in
            let record = run.record
            let summary = record.summary
            func number(_ key: String) -> String? { summary?[key]?.integer.map(String.init) }
            var facts: [(String, String?)] = [
                ("directory", record.directory),
                ("steps", record.lastStep.map { "\($0)" + (record.plannedSteps.map { " of \($0)" } ?? "") }),
                ("seed", record.setting("run", "seed")), ("ranks", number("ranks")),
                ("parameters", number("parameters")),
                ("samples per step", number("samples_per_step")),
                ("samples of the final estimate", number("final_samples")),
                ("ended by", summary?["ended_by"]?.string),
                ("at zero variance (\(RunSummary.extrapolationLabel))", zeroVariance(summary)),
                ("version", summary?["version"]?.string),
                ("exact energy", run.exactEnergy.map { PageNumber.typographic("\($0)") }),
            ]
            for block in ["lattice", "hamiltonian", "ansatz", "sampler", "sr", "optimiser"] {
                facts.append((block, record.block(block).map(shortened)))
            }
            let terms = facts.map { name, value in
                "<dt>\(name)</dt><dd>\(escapedForHTML(value ?? PageNumber.missing))</dd>"
            }
            let whole = record.configurationText.map {
                "<details><summary>config.yaml</summary><pre>\(escapedForHTML($0))</pre></details>"
            }
            return "<article><h3>\(runs.count > 1 ? swatch(run.number) : "")\(escapedForHTML(run.name))</h3>"
                + "<dl>\(terms.joined())</dl>\(whole ?? "")</article>\n"
        }.joined()
    }

    private static func zeroVariance(_ summary: JSONValue?) -> String? {
        guard let found = summary?["zero_variance"], let energy = found["energy"]?.number else { return nil }
        return PageNumber.value(energy, error: found["error"]?.number)
    }

    /// A list of bonds or terms may be as long as it likes; config.yaml below has all of it.
    private static func shortened(_ text: String) -> String { text.count > 400 ? text.prefix(400) + " …" : text }
}

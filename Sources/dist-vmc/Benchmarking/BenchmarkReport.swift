import DistQGT
import Foundation
import Measurement
import RunFiles

/// What `dist-vmc benchmark` found.
struct BenchmarkReport {
    let measurement: StepMeasurement
    let limits: MachineLimits
    let repeats: Int
    /// Seconds of an allreduce of one number and of one per parameter; nil on one rank.
    let allReduce: (one: Double, parameters: Double)?
    let prediction:
        (network: CollectiveCost, strong: [PerformanceModel.Prediction], weak: [PerformanceModel.Prediction])?

    static let fields = """
        version; seconds {sample, local_energy, linearise, forces, matvec, solve, update, step} (of the slowest rank, \
        medians), \
        work_seconds {sample, local_energy, linearise, forces, solve, update, step} (processor time of all ranks, that \
        in collectives and in waiting aside), \
        phases {name: {seconds, operations, bytes, gflops, gb_per_s, floor_seconds, limit_fraction}}, limits \
        {dgemm_gflops, stream_gb_per_s} (per rank, all ranks at work), ranks, repeat, samples, samples_per_rank, \
        parameters, solver (null, or {method, space, iterations, residual, kernel_seconds}), allreduce_seconds (null, \
        or {one, parameters}), prediction (null, or {latency, bandwidth, ranks_per_node, strong, weak}, each a list of {ranks, samples, \
        samples_per_rank, seconds, computation, communication, efficiency}).
        """

    private struct Line {
        let name: String
        let seconds: Double
        let work: PhaseWork?
    }

    private var lines: [Line] {
        func line(_ phase: PhaseClock.Phase) -> Line {
            Line(name: phase.rawValue, seconds: measurement.seconds[phase] ?? 0, work: measurement.work(of: phase))
        }
        return [.sample, .localEnergy, .linearise, .forces].map(line)
            + [Line(name: "matvec", seconds: measurement.product, work: measurement.productWork)]
            + [.solve, .update].map(line) + [Line(name: "step", seconds: measurement.step, work: nil)]
    }

    private func floor(_ work: PhaseWork) -> Double {
        work.seconds(matrixProductRate: limits.matrixProductRate, streamRate: limits.streamRate)
    }

    // MARK: JSON

    var json: JSONValue {
        var seconds = JSONObject()
        var phases = JSONObject()
        for line in lines {
            seconds[line.name] = .number(line.seconds)
            guard let work = line.work else { continue }
            func rate(_ amount: Double) -> Double? {
                line.seconds > 0 && amount > 0 ? amount / line.seconds / 1e9 : nil
            }
            let floor = floor(work)
            phases[line.name] = [
                "seconds": .number(line.seconds), "operations": .number(work.operations),
                "bytes": .number(work.bytes), "gflops": JSONValue(rate(work.operations)),
                "gb_per_s": JSONValue(rate(work.bytes)), "floor_seconds": .number(floor),
                "limit_fraction": JSONValue(line.seconds > 0 ? floor / line.seconds : nil),
            ]
        }
        var work = JSONObject()
        for phase in PhaseClock.Phase.allCases { work[phase.rawValue] = .number(measurement.work.phases[phase] ?? 0) }
        work["step"] = .number(measurement.work.step)
        return [
            "seconds": .object(seconds), "work_seconds": .object(work), "phases": .object(phases),
            "limits": [
                "dgemm_gflops": .number(limits.matrixProductRate), "stream_gb_per_s": .number(limits.streamRate),
            ],
            "version": .string(programVersion),
            "ranks": .integer(measurement.distribution.ranks), "repeat": .integer(repeats),
            "samples": .integer(measurement.distribution.total),
            "samples_per_rank": .integer(measurement.distribution.local),
            "parameters": .integer(measurement.state.layout.count),
            "solver": measurement.solve.map { solve in
                [
                    "method": .string(solve.solver.name), "space": .string(solve.strategy.space.rawValue),
                    "iterations": .number(solve.iterations), "residual": .number(solve.residual),
                    "kernel_seconds": JSONValue(solve.kernel),
                ]
            } ?? nil,
            "allreduce_seconds": allReduce.map { ["one": .number($0.one), "parameters": .number($0.parameters)] }
                ?? nil,
            "prediction": prediction.map { prediction in
                [
                    "latency": .number(prediction.network.latency), "bandwidth": .number(prediction.network.bandwidth),
                    "ranks_per_node": .integer(prediction.network.ranksPerNode),
                    "strong": .array(prediction.strong.map(Self.json)), "weak": .array(prediction.weak.map(Self.json)),
                ]
            } ?? nil,
        ]
    }

    private static func json(_ prediction: PerformanceModel.Prediction) -> JSONValue {
        [
            "ranks": .integer(prediction.ranks), "samples": .integer(prediction.samples),
            "samples_per_rank": .integer(prediction.localSamples), "seconds": .number(prediction.step),
            "computation": .number(prediction.computation), "communication": .number(prediction.communication),
            "efficiency": .number(prediction.efficiency),
        ]
    }

    // MARK: Text

    var text: String {
        let distribution = measurement.distribution
        var text =
            "\(distribution.ranks) \(distribution.ranks == 1 ? "rank" : "ranks"), \(distribution.total) samples, "
            + "\(measurement.state.layout.count) real parameters; median of \(repeats) steps, slowest rank\n"
            + "limits of a rank: dgemm \(TerminalNumber.short(limits.matrixProductRate)) Gflop/s, "
            + "stream \(TerminalNumber.short(limits.streamRate)) GB/s\n\n"
        text += Self.table(
            ["phase", "milliseconds", "achieved", "plain products at the limit", "limit / time"], lines.map(cells))
        text +=
            "\nThe fourth column is what whole forward passes, updates of inverses and dense products would take at the limits; "
            + "above 100 %, the phase makes fewer, or finds them in a cache.\n"
        if let solve = measurement.solve {
            text +=
                "solve: \(solve.solver.name) in the space of \(solve.strategy.space.rawValue)"
                + (solve.work == .factorisation ? "" : ", \(TerminalNumber.short(solve.iterations)) iterations")
                + ", residual \(TerminalNumber.short(solve.residual))"
                + (solve.kernel.map { ", T in \(Self.milliseconds($0)) ms" } ?? "") + "\n"
        }
        if let allReduce {
            text +=
                "allreduce: \(TerminalNumber.short(1e6 * allReduce.one)) µs for one number, "
                + "\(TerminalNumber.short(1e6 * allReduce.parameters)) µs for \(measurement.state.trainedLayout.count)\n"
        }
        if let prediction {
            text +=
                "\npredicted for a latency of \(TerminalNumber.short(prediction.network.latency)) s and "
                + "\(TerminalNumber.short(prediction.network.bandwidth)) bytes/s"
                + (prediction.network.ranksPerNode == 1
                    ? "" : ", \(prediction.network.ranksPerNode) ranks of a node") + "\n"
            for (title, rows) in [
                ("the same samples", prediction.strong), ("the same samples per rank", prediction.weak),
            ] {
                text +=
                    "\n"
                    + Self.table(
                        [title, "samples", "per rank", "computation ms", "communication ms", "step ms", "efficiency"],
                        rows.map { row in
                            [
                                "\(row.ranks) \(row.ranks == 1 ? "rank" : "ranks")", "\(row.samples)",
                                "\(row.localSamples)",
                                Self.milliseconds(row.computation), Self.milliseconds(row.communication),
                                Self.milliseconds(row.step), Self.percent(row.efficiency),
                            ]
                        })
            }
        }
        return text
    }

    private func cells(_ line: Line) -> [String] {
        guard let work = line.work, line.seconds > 0 else {
            return [line.name, Self.milliseconds(line.seconds), "", "", ""]
        }
        var rates: [String] = []
        if work.operations > 0 { rates.append("\(TerminalNumber.short(work.operations / line.seconds / 1e9)) Gflop/s") }
        if work.bytes > 0 { rates.append("\(TerminalNumber.short(work.bytes / line.seconds / 1e9)) GB/s") }
        let floor = floor(work)
        return [
            line.name, Self.milliseconds(line.seconds), rates.joined(separator: ", "), Self.milliseconds(floor),
            Self.percent(floor / line.seconds),
        ]
    }

    private static func milliseconds(_ seconds: Double) -> String { String(format: "%.3f", 1e3 * seconds) }
    private static func percent(_ fraction: Double) -> String { String(format: "%.0f %%", 100 * fraction) }

    private static func table(_ header: [String], _ rows: [[String]]) -> String {
        let widths = header.indices.map { column in ([header] + rows).map { $0[column].count }.max() ?? 0 }
        return ([header] + rows).map { cells in
            cells.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }.joined(separator: "  ") + "\n"
        }.joined()
    }
}

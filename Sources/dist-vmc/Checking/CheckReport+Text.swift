import DistQGT
import Foundation

extension CheckReport {
    /// The report for people: sections with aligned columns.
    var text: String {
        let sections = [
            section("checks of the ansatz, \(plan.ranks) \(plan.ranks == 1 ? "rank" : "ranks")", checkLines),
            section(
                "parameters: \(layout.count) real numbers"
                    + (trainedCount < layout.count ? ", of which \(trainedCount) are trained" : ""), leafLines),
            section("Hamiltonian", hamiltonianLines),
            section("symmetries of the lattice", symmetries.lines),
            section("samples of a step", sampleLines),
            section("memory of the rank with most samples: \(Self.bytes(plan.memory.total))", memoryLines),
            section("collectives of a step", collectiveLines),
        ]
        let projected =
            projection.map { [section("projection: \(Self.bytes($0.bytes)) on the rank with most walkers", $0.lines)] }
            ?? []
        let end = spectrum.map { [section("spectrum of S at the samples of the first step", $0.lines)] } ?? []
        return (sections + projected + end).joined(separator: "\n")
    }

    private func section(_ title: String, _ lines: [[String]]) -> String {
        let columns = lines.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            lines.map { $0.count > column + 1 ? $0[column].count : 0 }.max() ?? 0
        }
        let rows = lines.map { line in
            "  "
                + line.enumerated().map { column, cell in
                    column + 1 == line.count
                        ? cell : cell.padding(toLength: widths[column], withPad: " ", startingAt: 0)
                }.joined(separator: "  ")
        }
        return ([title] + rows).joined(separator: "\n") + "\n"
    }

    private var checkLines: [[String]] {
        let lines = checks.map { check in
            [
                check.name, check.holds ? "holds" : "DOES NOT HOLD",
                "error \(TerminalNumber.short(check.error)), tolerance \(TerminalNumber.short(check.tolerance))",
            ]
        }
        guard let holomorphy else { return lines + [["holomorphic", "no", "real parameters or a real log psi"]] }
        return lines + [
            ["holomorphic", isHolomorphic == true ? "yes" : "no", "error \(TerminalNumber.short(holomorphy.error))"]
        ]
    }

    private var leafLines: [[String]] {
        layout.leaves.map { leaf in
            [
                leaf.name, "[\(leaf.shape.map(String.init).joined(separator: ", "))]", typeName(leaf),
                "\(leaf.count)\(leaf.isTrained ? "" : ", frozen")",
            ]
        }
    }

    private var hamiltonianLines: [[String]] {
        let hamiltonian = plan.configuration.problem.hamiltonian
        let space = plan.configuration.problem.space
        func yesOrNo(_ value: Bool) -> String { value ? "yes" : "no" }
        let ofPaulis = (hamiltonian as? PauliSum).map { sum in
            [
                ["Pauli strings", "\(sum.stringCount)"],
                ["conserves S^z", yesOrNo(sum.conservesMagnetisation)],
            ]
        }
        return (ofPaulis ?? []) + [
            ["connected per state", "at most \(hamiltonian.transitionBound)"],
            ["Hermitian", yesOrNo(hamiltonian.isHermitian)],
            ["real", yesOrNo(hamiltonian.isReal)],
            ["sites", "\(space.siteCount)"],
            ["basis", space.sectorWords ?? "the whole space"],
            ["dimension", space.dimension.map { "\($0)" } ?? "2^63 or more"],
        ] + ensembleLines
    }

    private var ensembleLines: [[String]] {
        let ensemble = plan.configuration.ensemble
        guard ensemble.isOfSeveral else { return [] }
        let (count, sites) = (ensemble.count, ensemble.space.siteCount)
        return [
            ["states", "\(count), each with parameters of its own"],
            ["a sample", "\(count) walkers, \(sites) sites; its determinant takes \(count * count) values of psi"],
        ]
    }

    private var sampleLines: [[String]] {
        func words(_ range: ClosedRange<Int>) -> String {
            range.lowerBound == range.upperBound ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
        }
        let ranks = plan.ranks
        var lines: [[String]] = []
        func append(chains count: Int, length: Int, asked: Int) {
            let total = plan.samples.total
            lines.append(["samples", total == asked ? "\(total)" : "\(total) (\(asked) rounded up)"])
            if let least = plan.levels.first, plan.levels.count > 1 {
                lines.append(["as noise asks for", "from \(count * least.length) on"])
            }
            lines.append(["chains", "\(count) of \(length) samples"])
            lines.append(
                ["chains per rank", words(RunPlan.Samples.shares(of: count, ranks: ranks, plan.blocks))])
        }
        switch plan.samples {
        case .chains(let count, let length, let asked, let sweep, let discard, let replicas):
            append(chains: count, length: length, asked: asked)
            lines.append(["between two samples", "\(sweep) proposals"])
            lines.append(["discarded per chain", "\(discard) sweeps"])
            if replicas > 1 {
                lines.append(["replicas", "\(replicas) of each chain, with exchanges after every sweep"])
            }
            if let proposals = plan.samples.proposals { lines.append(["proposals", "\(proposals)"]) }
        case .direct(let count, let length, let asked):
            append(chains: count, length: length, asked: asked)
            lines.append(["drawn", "independently, from conditional probabilities"])
        case .basis(let dimension):
            lines.append(["states", "\(dimension), the whole basis"])
        }
        lines.append(["samples per rank", words(plan.samples.perRank(ranks, plan.blocks))])
        return lines
    }

    private var memoryLines: [[String]] {
        let memory = plan.memory
        let note = plan.memoryNote.map { [[$0]] } ?? []
        return note + [
            [
                "tape", Self.bytes(memory.tape.tape),
                "\(memory.tape.samples) samples of \(Self.bytes(memory.tape.perSample))",
            ],
            ["workspaces", Self.bytes(memory.tape.workspaces), "values and tangents of one chunk"],
            ["weights", Self.bytes(memory.tape.parameterArrays), "with their tangents and cotangents"],
            ["sample arrays", Self.bytes(memory.sampleArrays), "spins, log psi, local energies, sample vectors"],
            ["matrices", Self.bytes(memory.matrices), "dense S or sample-space kernel, with copies"],
            ["Jacobian", Self.bytes(memory.jacobian), "rows in memory, or the tape in single precision"],
            ["local energies", Self.bytes(memory.localEnergies), "matrix elements and ratios, some samples at a time"],
            ["amplitude ratios", Self.bytes(memory.amplitudeRatios), "tables, and what is kept for each chain"],
            [
                "parameter vectors", Self.bytes(memory.parameterVectors),
                "\(memory.parameterVectorCount) of \(trainedCount) numbers",
            ],
            [
                "vectors of the node", Self.bytes(memory.nodeVectors),
                "this rank's part of \(memory.nodeVectorCount) vectors that ranks have in common",
            ],
        ]
    }

    private var collectiveLines: [[String]] {
        let collectives = plan.collectives
        var lines = PhaseClock.Phase.allCases.compactMap { phase -> [String]? in
            let own = collectives.step.filter { $0.phase == phase }
            guard !own.isEmpty else { return nil }
            return [phase.rawValue, "\(own.count)", Self.bytes(own.reduce(0) { $0 + $1.bytes })]
        }
        lines.append(
            ["in all", "\(collectives.step.count)", Self.bytes(collectives.step.reduce(0) { $0 + $1.bytes })])
        let each = collectives.product + collectives.iteration
        if !each.isEmpty {
            let bytes = Self.bytes(each.reduce(0) { $0 + $1.bytes })
            let more = collectives.residualInterval.map { ", a product more every \($0) iterations" } ?? ""
            lines.append(["and per iteration", "\(each.count)", bytes + more])
        }
        if !collectives.trial.isEmpty {
            lines.append(
                [
                    "and per trial", "\(collectives.trial.count)",
                    Self.bytes(collectives.trial.reduce(0) { $0 + $1.bytes }) + ", in the first steps and every "
                        + "\(StepControl.interval)th one",
                ])
        }
        lines += [plan.reasoning, plan.advice].compactMap { $0.map { [$0] } }
        return lines
    }

    private static func bytes(_ count: Int) -> String {
        var value = Double(count)
        guard value >= 1000 else { return "\(count) B" }
        var unit = ""
        for next in ["kB", "MB", "GB", "TB", "PB", "EB"] where value >= 999.5 {
            value /= 1000
            unit = next
        }
        return String(format: value < 9.995 ? "%.2f %@" : value < 99.95 ? "%.1f %@" : "%.0f %@", value, unit)
    }
}

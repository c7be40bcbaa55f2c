import Communication
import DistQGT
import Foundation
import RunFiles

/// What has been measured in an eigenvector.
struct LevelObservables {
    let level: Int
    let evaluation: Evaluation
    /// Other levels of the same energy, one more than was asked for among them.
    let degenerateWith: [Int]

    /// Energies that differ by less, in units of the largest of them, are those of one level.
    private static let degeneracyTolerance = 1e-9

    /// The lowest levels of a problem, and what is measured in each. Collective.
    ///
    /// - Throws: `ExactDiagonalisationError`, `MPIError`.
    static func measure(
        _ request: ObservableRequest, of problem: Problem, count: Int, on world: Communicator
    ) throws -> (ExactDiagonalisation.Result, [LevelObservables]) {
        // One level more tells whether the last one is degenerate.
        let dimension = problem.space.dimension ?? .max
        let states = try ExactDiagonalisation.lowestStates(
            of: problem.hamiltonian, in: problem.space, count: count < dimension ? count + 1 : count,
            communicator: world)
        let energies = states.result.energies
        let scale = max(1, energies.map(abs).max() ?? 1)
        let measured = try (0..<count).map { level in
            let result = try EigenvectorMeasurement.measure(
                states.vector(level, over: world), isComplex: states.isComplex, in: problem.space,
                hamiltonian: problem.hamiltonian, observables: request.observables, subsystems: request.subsystems,
                over: world)
            return LevelObservables(
                level: level,
                evaluation: Evaluation(
                    result, request, siteCount: problem.siteCount,
                    infiniteTemperatureEnergy: .nan, isSummed: true),
                degenerateWith: energies.indices.filter {
                    $0 != level && abs(energies[$0] - energies[level]) < degeneracyTolerance * scale
                })
        }
        return (states.result.prefix(count), measured)
    }

    var json: JSONValue {
        var object: JSONObject = [
            "level": .integer(level),
            "energy": .number(evaluation.result.energy.mean),
            "variance": .number(evaluation.result.energyVariance.mean),
            "degenerate_with": JSONValue(degenerateWith),
        ]
        EvaluationReport.add(evaluation.quantities, to: &object)
        return .object(object)
    }

    /// A table, one line for each quantity.
    var text: String {
        let width = evaluation.quantities.map(\.item.name.count).max() ?? 0
        let lines = evaluation.quantities.map { quantity in
            let space = String(repeating: " ", count: width - quantity.item.name.count)
            return "  \(quantity.item.name)\(space)  \(String(format: "%.12g", quantity.estimate.mean))"
        }
        return (["level \(level)"] + lines).joined(separator: "\n") + "\n"
    }

    /// What a reader should know before using the numbers; nil if nothing.
    var notice: String? {
        guard !degenerateWith.isEmpty else { return nil }
        let others = degenerateWith.map(String.init).joined(separator: ", ")
        return "level \(level) is degenerate with \(others): its vector, and what is measured in it, is one of many"
    }
}

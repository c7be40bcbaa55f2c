import Communication
import DistQGT

/// The exact evolution of a small system, measured at some times.
struct ExactTrajectory {
    /// One for each time.
    let values: [PauliAverages.Values]

    /// Collective; the same on every rank.
    ///
    /// - Parameters:
    ///   - start: the amplitudes that it starts from, as of `ExactEvolution`.
    ///   - times: ascending, from 0 on.
    /// - Throws: `ConfigurationError` on every rank where the space is too large.
    init(
        of problem: Problem, _ time: EvolutionTime, from start: (Configurations) throws -> [Double], at times: [Double],
        for root: ReferenceValue, on world: Communicator
    ) throws {
        do {
            let evolution = try ExactEvolution(
                of: problem.hamiltonian, in: problem.space, time: time, from: start, communicator: world)
            let averages = PauliAverages(problem)
            values = try times.map { time in
                try evolution.advance(to: time)
                let measured = try EigenvectorMeasurement.measure(
                    evolution.vector(), isComplex: true, in: problem.space, hamiltonian: problem.hamiltonian,
                    observables: averages.observables, subsystems: [], over: world)
                return averages.values(of: measured)
            }
        } catch let error as ExactDiagonalisationError {
            throw root.error(error.description)
        }
    }

    /// Ascending times of a file, from 0 on.
    static func times(_ value: ReferenceValue, count: Int) throws -> [Double] {
        let times = try value.numbers(count: count)
        guard times.first == 0, zip(times, times.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw value.error("accepted: ascending times from 0 on")
        }
        return times
    }

    /// - Throws: `ConfigurationError` where sites are not spins 1/2, whose Pauli matrices are measured.
    static func requireSpins(_ problem: Problem, _ root: ReferenceValue) throws {
        guard problem.space.isOfSpinsHalf else {
            throw try root.required("hilbert").error("an evolution is compared by Pauli matrices; accepted: spins 1/2")
        }
    }
}

import Communication

/// Observables of a vector on the basis of a space: the same as of a state whose basis is summed.
public enum EigenvectorMeasurement {
    /// The exact expectation values in a vector. Collective, as `StateMeasurement.summed`.
    ///
    /// - Parameters:
    ///   - vector: ψ on every rank, in the order of the basis, (re, im) in turn where it is complex; not 0.
    ///   - hamiltonian: whose energy and variance are part of the result.
    ///   - observables: makes them for the vector's amplitudes.
    ///   - subsystems: whose purity is measured.
    /// - Precondition: at most `ReducedPurity.maximumSites` sites where there are subsystems.
    /// - Throws: `HilbertSpaceError` where the basis has no numbers; `SamplerError` on every rank for a vector that is 0 or
    ///   not finite.
    public static func measure(
        _ vector: [Double], isComplex: Bool, in space: HilbertSpace, hamiltonian: any Operator,
        observables: (any LogAmplitudes, HilbertSpace) throws -> [any LocalObservable], subsystems: [[Int]],
        over communicator: Communicator
    ) throws -> StateMeasurement.Result {
        let amplitudes = VectorAmplitudes(vector, isComplex: isComplex, numbering: try BasisNumbering(space))
        let quantities = try MeasuredQuantities(
            hamiltonian, in: space, amplitudes: amplitudes, observables: observables, subsystems: subsystems)
        let basis = try FullSummation(space, rank: communicator.rank, size: communicator.size)
        return try quantities.summed(
            basis, amplitudes: amplitudes,
            sums: ShardedSum(communicator, itemCount: basis.configurations.count))
    }
}

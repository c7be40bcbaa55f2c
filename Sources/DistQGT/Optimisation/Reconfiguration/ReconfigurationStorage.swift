import LinearAlgebra

/// What solving the SR equation of a step takes on the rank with most samples: the most of what its solvers keep, of
/// which one is at work at a time.
package struct ReconfigurationStorage {
    /// Bytes of dense S or T, of what they are made from, and of the copies that a factorisation takes.
    package let matrices: Int
    /// Bytes of these that only rank 0 has.
    package let firstRankMatrices: Int
    /// Vectors that go through the tape together.
    package let block: Int
    /// Vectors that are summed over samples together without the tape.
    package let summedVectors: Int
    /// Parameter vectors that exist only while the equation is solved, beside the forces and the means.
    package let parameterVectors: Int
    /// Those of them that differ from rank to rank, or are each rank's own in any case.
    package let ownVectors: Int
    /// Parameter vectors that are kept from one step to the next.
    package let rememberedVectors: Int
    private let copies: [SolverStorage.JacobianCopy]

    /// - Parameter problems: that are solved one after the other.
    init(_ reconfiguration: StochasticReconfiguration, _ problems: [ReconfigurationProblem]) {
        let storages = reconfiguration.solvers.flatMap { solver in problems.map { solver.storage($0) } }
        matrices = storages.map(\.matrices).max() ?? 0
        firstRankMatrices = storages.map(\.firstRankMatrices).max() ?? 0
        let block = storages.map(\.block).max() ?? 1
        self.block = block
        summedVectors = storages.map(\.summedVectors).max() ?? 1
        // The product's message; diag(S), D and its inverse; the blocks of unit vectors, their images and the message.
        ownVectors = 1 + (block > 1 ? 3 * block : 0)
        parameterVectors =
            (storages.map(\.parameterVectors).max() ?? 0) + Self.diagonals(reconfiguration) + ownVectors
        rememberedVectors =
            (reconfiguration.remembersDirection ? 1 : 0) + (reconfiguration.scaling == nil ? 0 : 1)
            + (storages.map(\.rememberedVectors).max() ?? 0)
        // Blocks multiply with rows of their own, which are those of all parameters together.
        copies = storages.compactMap(\.jacobian) + (problems.count > 1 ? [.rows(isSingle: false)] : [])
    }

    /// diag(S), D and its inverse, and the weights of the shift, at most.
    private static func diagonals(_ reconfiguration: StochasticReconfiguration) -> Int {
        let ofS = reconfiguration.diagonalScale != nil || reconfiguration.isShiftRelative
        return (ofS ? 1 : 0) + (reconfiguration.isShiftRelative ? 1 : 0) + (reconfiguration.hasDiagonal ? 2 : 0)
            + (reconfiguration.scaling == nil ? 0 : 1)
    }

    /// Bytes of the Jacobian that solvers multiply with where that is not the linearisation itself. One memory for rows
    /// serves all of them.
    ///
    /// - Parameter tape: of the linearisation.
    package func jacobian(_ state: NeuralQuantumState, samples: Int, _ tape: TapeMemory) -> Int {
        let isSingle = copies.contains(.rows(isSingle: true))
        if isSingle || copies.contains(.rows(isSingle: false)) {
            return StoredJacobian.bytes(
                samples: samples, parameters: state.trainedLayout.count, components: state.isComplex ? 2 : 1,
                isSingle: isSingle)
        }
        return !state.ansatz.dataType.isSingle && copies.contains(.singleLinearisation) ? tape.total / 2 : 0
    }
}

extension StochasticReconfiguration {
    /// What solving the equation of a step stores.
    package func storage(_ state: NeuralQuantumState, _ distribution: SampleDistribution) -> ReconfigurationStorage {
        ReconfigurationStorage(self, problems(state, distribution))
    }
}

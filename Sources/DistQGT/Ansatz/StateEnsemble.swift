import LinearAlgebra

/// K wave functions ψ_j of one ansatz with parameters of their own, as one wave function of K copies of its system:
///
///     Ψ(x_1, …, x_K) = det ψ_j(x_i),
///
/// the determinant of the state over walkers x_i (Pfau, Axelrod, Sutterud, von Glehn and Spencer, Science 385, eadn0137
/// (2024)). It vanishes where the ψ_j are linearly dependent, and its lowest energy under the sum of the copies'
/// Hamiltonians is the sum of the K lowest levels.
///
/// Leaf `name` of ψ_j is `state_j/name`, j = 0 … K − 1. Where the ψ_j are real, so is the arithmetic.
public struct StateEnsemble: Ansatz {
    public let base: any Ansatz
    /// K.
    public let count: Int
    /// Of each copy the numbers that it is read by.
    package let parts: [[Int]]

    /// - Parameters:
    ///   - base: of one copy.
    ///   - encoder: how one copy is read.
    /// - Precondition: at least one state, and an encoder that makes as many numbers as the ansatz reads.
    public init(_ base: any Ansatz, count: Int, reading encoder: Encoder) {
        precondition(count > 0 && encoder.featureCount == base.siteCount)
        self.base = base
        self.count = count
        parts = encoder.featuresOfCopies(count)
    }

    public var siteCount: Int { count * base.siteCount }
    public var dataType: DataType { base.dataType }
    public var leaves: [LeafDeclaration] {
        let own = base.leaves
        return (0..<count).flatMap { state in own.map { $0.onBranch(Self.branch(state)) } }
    }

    /// The branch of the parameter tree with the leaves of a state.
    public static func branch(_ state: Int) -> String { "state_\(state)" }

    public func logPsi(_ tape: Recorder) -> Node {
        let (base, count) = (base, count)
        return tape.logDeterminant(
            of: (0..<count).map { state in
                { (tape: Recorder) in tape.onBranch(Self.branch(state), base.logPsi) }
            }, atParts: parts)
    }

    /// Its states as their tapes evaluate them, each at its part of the parameters.
    func states(of whole: RecordedFactor) -> [RecordedFactor] {
        let encoder = whole.encoder.ofOneCopy(of: count)
        return (0..<count).map { state in
            let tape = Tape(base, readsSpins: encoder.readsSpins)
            return RecordedFactor(tape, partOf: whole, offset: state * tape.layout.count, reading: encoder)
        }
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        AmplitudeMethods(ratios: [EnsembleRows(factor, states: states(of: factor))])
    }
}

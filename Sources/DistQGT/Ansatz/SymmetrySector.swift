import LatticeSymmetry
import Numerics

/// The symmetry sector that a wave function lies in by its construction: ψ(g s) = χ(g) ψ(s) for all elements g with
/// χ(g) ≠ 0 and, with a parity, ψ(−s) = ±ψ(s).
public struct SymmetrySector: Sendable {
    public let group: SymmetryGroup
    /// χ by element.
    public let characters: [Complex<Double>]
    /// The eigenvalue ±1 of the flip of all spins; nil where that is no symmetry.
    public let parity: Int?

    /// - Precondition: one character for each element.
    public init(_ group: SymmetryGroup, characters: [Complex<Double>], parity: Int?) {
        precondition(characters.count == group.order)
        self.group = group
        self.characters = characters
        self.parity = parity
    }

    /// Of the elements with χ ≠ 0.
    package var permutations: [[Int]] { zip(group.permutations, characters).filter { $0.1 != 0 }.map(\.0) }

    /// Whether no state of spins 1/2 lies in it.
    ///
    /// - Parameter downCount: spins that point down; nil for any number of them.
    package func isEmpty(downCount: Int?) -> Bool {
        group.projectsToNothing(characters: characters, parity: parity, downCount: downCount)
    }

    /// How many states of spins 1/2 lie in it; nil where its characters are those of no representation, or there are too many.
    ///
    /// - Parameter downCount: spins that point down; nil for any number of them.
    package func stateCount(downCount: Int?) -> Int? {
        group.stateCount(characters: characters, parity: parity, downCount: downCount)
    }

    /// The moduli of the characters, and parity 1.
    var withPositiveWeights: SymmetrySector {
        SymmetrySector(group, characters: characters.map { Complex($0.length) }, parity: parity.map { _ in 1 })
    }
}

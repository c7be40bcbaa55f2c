/// The share of the proposals of a step that were accepted, of all and of each kind of move.
public struct Acceptance: Sendable, Equatable {
    /// A kind of move of a mixture of rules.
    public struct Move: Sendable, Equatable {
        /// That of the rule.
        public let name: String
        public let share: Double
    }

    public let share: Double
    /// Empty where all proposals are of one kind.
    public let moves: [Move]
    /// Of the exchanges of each pair of neighbouring replicas, from β = 1 on; empty without replicas.
    public let swaps: [Double]

    /// - Parameter counts: over all ranks.
    init(_ counts: ProposalCounts) {
        share = counts.acceptance
        moves = counts.acceptanceByKind.map { Move(name: String(describing: $0.kind), share: $0.acceptance) }
        swaps = counts.swapAcceptance
    }
}

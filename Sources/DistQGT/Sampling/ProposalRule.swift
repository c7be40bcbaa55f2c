/// How a Metropolis proposal is drawn. Every rule is symmetric, T(σ→σ′) = T(σ′→σ), so that
/// acceptance with min(1, |ψ(σ′)|²/|ψ(σ)|²) satisfies detailed balance for |ψ|².
public indirect enum ProposalRule: Sendable, Equatable {
    /// Flips `flips` distinct sites chosen uniformly; sites with more than two local states take another one, chosen
    /// uniformly. A choice that would change a conserved sum is a null proposal (spins 1/2 in a sector of fixed
    /// magnetisation: even `flips` only). An even number of flips of spins 1/2 alone conserves the parity of the number
    /// of up spins.
    case local(flips: Int)
    /// Swaps the local states of one pair of like sites chosen uniformly from a fixed list; a pair of equal states, or
    /// one that changes a conserved sum, is a null proposal. Conserves the magnetisation.
    case exchange(pairs: [SIMD2<Int32>])
    /// Moves one particle, or one quantum of S^z, from one to the other site of a pair of like sites; pair and direction,
    /// of electrons pair and spin, are chosen uniformly. What a site cannot hold, and what changes a conserved sum, is a
    /// null proposal. Of spins 1/2 and of fermion modes it is an exchange.
    case hop(pairs: [SIMD2<Int32>])
    /// For each proposal a rule chosen with probability proportional to its weight.
    case mixture([WeightedRule])

    var isHop: Bool {
        if case .hop = self { true } else { false }
    }

    /// Whether the rule alone keeps Σ_i s_i fixed, so that a chain never leaves its initial sector.
    public var conservesMagnetisation: Bool {
        switch self {
        case .local: false
        case .exchange, .hop: true
        case .mixture(let rules): rules.allSatisfy { $0.weight == 0 || $0.rule.conservesMagnetisation }
        }
    }
}

/// What a proposal of a rule or of a part of a mixture is.
public enum MoveKind: UInt8, Sendable, CaseIterable {
    case local, exchange, hop
}

/// A rule of a mixture. Weights are normalised by the mixture.
public struct WeightedRule: Sendable, Equatable {
    public var weight: Double
    public var rule: ProposalRule

    public init(weight: Double, rule: ProposalRule) {
        self.weight = weight
        self.rule = rule
    }
}

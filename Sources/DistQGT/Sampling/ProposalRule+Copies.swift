extension ProposalRule {
    /// The rule in each of several copies of a space side by side (`HilbertSpace.copies`), one chosen uniformly for each
    /// proposal: exchanges and hops stay inside one copy. Changes of k > 1 sites may lie in several copies where nothing is
    /// conserved; two flips of spins 1/2 of a fixed magnetisation, which are exchanges, do not.
    ///
    /// - Parameter space: of one copy.
    public func copies(_ count: Int, of space: HilbertSpace) -> ProposalRule {
        func inEach(_ pairs: [SIMD2<Int32>]) -> [SIMD2<Int32>] {
            (0..<count).flatMap { copy in
                pairs.map { $0 &+ SIMD2(repeating: Int32(truncatingIfNeeded: copy * space.siteCount)) }
            }
        }
        switch self {
        case .local(let flips):
            guard flips == 2, space.magnetisation != nil else { return self }
            let sites = Int32(truncatingIfNeeded: space.siteCount)
            return .exchange(
                pairs: inEach((0..<sites).flatMap { first in (first + 1..<sites).map { SIMD2(first, $0) } }))
        case .exchange(let pairs): return .exchange(pairs: inEach(pairs))
        case .hop(let pairs): return .hop(pairs: inEach(pairs))
        case .mixture(let members):
            return .mixture(members.map { .init(weight: $0.weight, rule: $0.rule.copies(count, of: space)) })
        }
    }
}

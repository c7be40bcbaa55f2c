/// Changes of the local states of any sites, and whether they keep the conserved sums of a space.
struct LocalChanges: Sendable {
    private let localSpaces: [LocalSpace]
    private let sumCount: Int
    /// The largest number of local states.
    private let stateCount: Int
    /// By site, sum and local state: what the site adds to the sum.
    private let values: [Int]

    init(_ space: HilbertSpace) {
        let stateCount = space.localSpaces.reduce(0) { max($0, $1.dimension) }
        let sumCount = space.conservedSums.count
        var values = [Int](repeating: 0, count: space.siteCount * sumCount * stateCount)
        for (number, sum) in space.conservedSums.enumerated() {
            for (site, ofStates) in zip(sum.sites, sum.values) {
                for (state, value) in ofStates.enumerated() {
                    values[(site * sumCount + number) * stateCount + state] = value
                }
            }
        }
        localSpaces = space.localSpaces
        self.sumCount = sumCount
        self.stateCount = stateCount
        self.values = values
    }

    /// The code of another local state of a site, uniformly: one draw.
    func other(than code: Int8, at site: Int, _ draws: inout some UniformDraws) -> Int8 {
        let local = localSpaces[site]
        let drawn = draws.integer(below: local.dimension - 1)
        guard let state = local.index(of: code) else { preconditionFailure("a configuration of the space") }
        return local.code(at: drawn < state ? drawn : drawn + 1)
    }

    /// The codes of two like sites after one quantum, `number` of two, has moved between them: of electrons the one with
    /// spin up or down, otherwise the one that leaves the first or the second. Nil where nothing moves.
    @inline(__always)
    func hop(_ number: Int, from first: Int8, _ second: Int8, at site: Int) -> (Int8, Int8)? {
        let local = localSpaces[site]
        let one: Int8
        let other: Int8
        if local.isOfElectrons {
            let bit = Int8(truncatingIfNeeded: 1 << number)
            let moved = (first ^ second) & bit
            (one, other) = (first ^ moved, second ^ moved)
        } else {
            let quantum: Int8 = if case .spin = local { 2 } else { 1 }
            let change = number == 0 ? -quantum : quantum
            // A code that overflows would be that of another state.
            let (more, less) = (
                first.addingReportingOverflow(change), second.subtractingReportingOverflow(change)
            )
            guard !more.overflow, !less.overflow else { return nil }
            (one, other) = (more.partialValue, less.partialValue)
        }
        guard one != first, local.index(of: one) != nil, local.index(of: other) != nil else { return nil }
        return (one, other)
    }

    /// Whether a transition of `count` distinct sites keeps every sum.
    func conserveSums(_ transition: ProposalBatch.Place, count: Int) -> Bool {
        for number in 0..<sumCount {
            var change = 0
            for index in 0..<count {
                let site = Int(transition.sites[index])
                guard let new = localSpaces[site].index(of: transition.codes[index]),
                    let former = localSpaces[site].index(of: transition.formerCodes[index])
                else { return false }
                let first = (site * sumCount + number) * stateCount
                change += values[first + new] - values[first + former]
            }
            if change != 0 { return false }
        }
        return true
    }
}

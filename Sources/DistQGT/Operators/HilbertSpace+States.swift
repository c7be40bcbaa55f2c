/// Configurations as words: site i is bit N − 1 − i, set where the spin is down. Only for spaces that
/// can be enumerated.
extension HilbertSpace {
    /// The word of basis state `index`.
    package func state(at index: Int) -> UInt64 {
        guard let downCount else { return UInt64(index) }
        var rest = index
        var down = downCount
        var state: UInt64 = 0
        for bit in (0..<siteCount).reversed() where down > 0 {
            // The states in which this spin is up come first.
            let up = Binomials.choose(bit, down)
            if rest >= up {
                rest -= up
                down -= 1
                state |= 1 << UInt64(bit)
            }
        }
        return state
    }

    /// The index of the basis state with word `state`, which must be in the space.
    package func rank(of state: UInt64) -> Int {
        guard magnetisation != nil else { return Int(state) }
        // The k-th set bit from the right, at position b, is preceded by C(b, k) states that have
        // that spin up (the combinatorial number system).
        var rest = state
        var count = 0
        var rank = 0
        while rest != 0 {
            count += 1
            rank += Binomials.choose(rest.trailingZeroBitCount, count)
            rest &= rest - 1
        }
        return rank
    }

    /// The word that follows `state` in the basis.
    ///
    /// Within a sector the next larger number with as many set bits (Gosper's step); the last state
    /// has no successor and must not be passed.
    @inline(__always)
    package func next(after state: UInt64) -> UInt64 {
        guard magnetisation != nil, state != 0 else { return state &+ 1 }
        let lowest = state & (~state &+ 1)
        let carried = state &+ lowest
        return carried | ((state ^ carried) >> UInt64(lowest.trailingZeroBitCount + 2))
    }
}

/// Binomial coefficients up to C(62, k), which fit an `Int`.
enum Binomials {
    private static let size = HilbertSpace.maximumEnumerableSites + 1

    private static let table: [Int] = {
        var table = [Int](repeating: 0, count: size * size)
        for n in 0..<size {
            table[n * size] = 1
            for k in stride(from: 1, through: n, by: 1) {
                table[n * size + k] =
                    table[(n - 1) * size + k - 1] + (k < n ? table[(n - 1) * size + k] : 0)
            }
        }
        return table
    }()

    /// C(n, k), 0 for k > n.
    static func choose(_ n: Int, _ k: Int) -> Int { k > n ? 0 : table[n * size + k] }
}

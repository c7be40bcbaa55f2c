/// The numbers of the basis states of at most 62 spins 1/2, with configurations packed into words: site i is bit
/// N − 1 − i, set where the spin is down, so that a word is a number's place in the whole basis.
package struct SpinWordNumbering: Sendable {
    /// Binomial coefficients, and with them the places in a sector, fit an `Int` up to this many spins.
    package static let maximumSites = 62

    package let siteCount: Int
    /// Number of spins that are down; nil for the whole space.
    package let downCount: Int?
    package let dimension: Int

    /// - Returns: nil where the sites are not spins 1/2, or too many.
    package init?(_ space: HilbertSpace) {
        guard space.isOfSpinsHalf, space.siteCount <= Self.maximumSites else { return nil }
        siteCount = space.siteCount
        downCount = space.downCount
        dimension = space.downCount.map { Binomials.choose(space.siteCount, $0) } ?? 1 << space.siteCount
    }

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
        guard downCount != nil else { return Int(state) }
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
        guard downCount != nil, state != 0 else { return state &+ 1 }
        let lowest = state & (~state &+ 1)
        let carried = state &+ lowest
        return carried | ((state ^ carried) >> UInt64(lowest.trailingZeroBitCount + 2))
    }

    /// Writes the configurations of a range of the basis, ±1, row-major.
    ///
    /// - Precondition: the range is not empty and lies in the basis.
    func write(_ range: Range<Int>, into codes: UnsafeMutableBufferPointer<Int8>) {
        var state = self.state(at: range.lowerBound)
        for row in 0..<range.count {
            for site in 0..<siteCount {
                let down = (state >> UInt64(siteCount - 1 - site)) & 1
                codes[row * siteCount + site] = 1 - 2 * Int8(truncatingIfNeeded: down)
            }
            if row + 1 < range.count { state = next(after: state) }
        }
    }
}

/// Binomial coefficients.
enum Binomials {
    private static let size = SpinWordNumbering.maximumSites + 1

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

    /// C(n, k) for n ≤ 62, which fits an `Int`; 0 for k > n.
    static func choose(_ n: Int, _ k: Int) -> Int { k > n ? 0 : table[n * size + k] }

    /// C(n, k) for 0 ≤ k ≤ n; nil where it does not fit an `Int`.
    static func checkedChoose(_ n: Int, _ k: Int) -> Int? {
        let least = min(k, n - k)
        var result = UInt(1)
        for i in stride(from: 1, through: least, by: 1) {
            // C(n − least + i, i), exactly; it grows with i.
            let (high, low) = result.multipliedFullWidth(by: UInt(n - least + i))
            guard high < UInt(i) else { return nil }
            result = UInt(i).dividingFullWidth((high, low)).quotient
            guard result <= UInt(Int.max) else { return nil }
        }
        return Int(result)
    }
}

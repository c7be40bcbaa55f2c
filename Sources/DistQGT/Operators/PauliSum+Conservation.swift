import Numerics

extension PauliSum {
    /// Whether H commutes with the sums that a space of spins 1/2 conserves; false for other local states.
    public func conserves(_ space: HilbertSpace) -> Bool {
        guard space.siteCount == siteCount, space.localSpaces.allSatisfy({ $0 == .spinHalf }) else { return false }
        if space.magnetisation != nil { return conservesMagnetisation }
        return space.conservedSums.allSatisfy { sum in
            var weights = [Int](repeating: 0, count: siteCount)
            for (site, values) in zip(sum.sites, sum.values) { weights[site] = values[0] - values[1] }
            return Self.conserves(weights, supports: supports, elements: elements, groupStart: groupStart)
        }
    }

    /// Whether H commutes with M = Σ_i w_i σᶻ_i.
    ///
    /// ⟨σ|[H, M]|σ′⟩ = (M(σ′) − M(σ))⟨σ|H|σ′⟩, and flipping the set F changes M by −2 Σ_{i∈F} w_i s_i. So H
    /// conserves M if and only if, for every flip set F, the polynomial
    /// (Σ_{i∈F} w_i s_i)·Σ_t c_t Π_{j∈S_t} s_j vanishes. Multiplying by s_i toggles i in S_t; the
    /// products of distinct sets are linearly independent, so every coefficient of the result must
    /// be 0. That takes |F|·(number of strings) additions, whatever the weights; the sums are
    /// formed without rounding.
    ///
    /// - Parameter weights: w of every site; nil where all are 1.
    static func conserves(
        _ weights: [Int]?, supports: [PauliSupport], elements: [Complex<Double>], groupStart: [Int]
    ) -> Bool {
        for g in groupStart.indices.dropLast().dropFirst() {
            let group = groupStart[g]..<groupStart[g + 1]
            let flips = supports[group.lowerBound].flips
            // A set with an odd number of sites of equal weights is never balanced, and the group is not empty.
            if weights == nil, flips.reduce(0, { $0 + $1.nonzeroBitCount }) % 2 != 0 { return false }

            var commutator: [[UInt64]: (real: ExactSum, imaginary: ExactSum)] = [:]
            for term in group {
                for word in flips.indices {
                    var rest = flips[word]
                    while rest != 0 {
                        var signs = supports[term].signs
                        let weight = weights?[64 * word + 63 - rest.trailingZeroBitCount] ?? 1
                        signs[word] ^= rest & (~rest &+ 1)
                        rest &= rest - 1
                        if weight == 0 { continue }
                        let (x, y) = elements[term].rawStorage
                        commutator[signs, default: (ExactSum(), ExactSum())].real.add(x, times: weight)
                        commutator[signs, default: (ExactSum(), ExactSum())].imaginary.add(y, times: weight)
                    }
                }
            }
            guard commutator.values.allSatisfy({ $0.real.isZero && $0.imaginary.isZero }) else { return false }
        }
        return true
    }
}

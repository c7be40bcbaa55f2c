import Numerics

extension PauliSum {
    /// Whether H commutes with M = Σ_i σᶻ_i.
    ///
    /// ⟨σ|[H, M]|σ′⟩ = (M(σ′) − M(σ))⟨σ|H|σ′⟩, and flipping the set F changes M by −2 Σ_{i∈F} s_i. So H
    /// conserves M if and only if, for every flip set F, the polynomial
    /// (Σ_{i∈F} s_i)·Σ_t c_t Π_{j∈S_t} s_j vanishes. Multiplying by s_i toggles i in S_t; the
    /// products of distinct sets are linearly independent, so every coefficient of the result must
    /// be 0. That takes |F|·(number of strings) additions, whatever the weights; the sums are
    /// formed without rounding.
    static func conservesMagnetisation(
        supports: [PauliSupport], elements: [Complex<Double>], groupStart: [Int]
    ) -> Bool {
        for g in groupStart.indices.dropLast().dropFirst() {
            let group = groupStart[g]..<groupStart[g + 1]
            let flips = supports[group.lowerBound].flips
            // A set with an odd number of sites is never balanced, and the group is not empty.
            guard flips.reduce(0, { $0 + $1.nonzeroBitCount }) % 2 == 0 else { return false }

            var commutator: [[UInt64]: [Complex<Double>]] = [:]
            for term in group {
                for word in flips.indices {
                    var rest = flips[word]
                    while rest != 0 {
                        var signs = supports[term].signs
                        signs[word] ^= rest & (~rest &+ 1)
                        rest &= rest - 1
                        commutator[signs, default: []].append(elements[term])
                    }
                }
            }
            for coefficients in commutator.values {
                guard sumIsExactlyZero(coefficients.map(\.rawStorage.x)),
                    sumIsExactlyZero(coefficients.map(\.rawStorage.y))
                else { return false }
            }
        }
        return true
    }

    /// Whether the sum of finite numbers is 0 without rounding: the partial sums are kept as
    /// non-overlapping expansions (Shewchuk, Discrete & Computational Geometry 18, 305 (1997)).
    static func sumIsExactlyZero(_ values: [Double]) -> Bool {
        var expansion: [Double] = []
        for value in values {
            var carry = value
            var next: [Double] = []
            for part in expansion {
                let sum = carry + part
                let shadow = sum - carry
                let error = (carry - (sum - shadow)) + (part - shadow)
                if error != 0 { next.append(error) }
                carry = sum
            }
            if carry != 0 { next.append(carry) }
            expansion = next
        }
        return expansion.isEmpty
    }
}

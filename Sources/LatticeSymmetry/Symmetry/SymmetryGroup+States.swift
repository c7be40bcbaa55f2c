import Numerics

extension SymmetryGroup {
    /// Whether the sum over the group P = Σ_a χ_a g_a, with a parity also over the flip of all spins, makes 0 of every
    /// function of the configurations with so many spins down: a symmetry sector without states.
    ///
    /// Tr P†P = Σ_u c(u) F(u) with c(u) = Σ_{g_a⁻¹ g_b = u} χ̄_a χ_b and F(u) the number of configurations that u leaves as
    /// they are, with the sign of the parity where it does so together with the flip. F is counted by the cycles of the
    /// permutation, so that it costs nothing that grows with the basis. For the characters of a representation of the
    /// group, or of a part of it, this is (Σ|χ|²)² times how often the representation occurs.
    ///
    /// - Parameters:
    ///   - characters: χ_a by element, of any kind.
    ///   - parity: ±1, or nil.
    ///   - downCount: nil for the whole space.
    package func projectsToNothing(
        characters: [Complex<Double>], parity: Int?, downCount: Int?
    ) -> Bool {
        let (trace, largest) = squareTrace(correlation(characters), parity: parity, downCount: downCount)
        // More configurations than a double counts: some of them have images that all differ.
        guard largest.isFinite else { return false }
        return trace <= 1e-10 * largest
    }

    /// The number of linearly independent functions that P leaves, where P is a multiple of a projector, P†P = λ P: as of the
    /// characters of a representation, or of a part of the group; nil for other numbers, and for more than a double counts.
    ///
    /// - Parameters: as of `projectsToNothing`.
    package func stateCount(characters: [Complex<Double>], parity: Int?, downCount: Int?) -> Int? {
        let correlation = correlation(characters)
        let identity = quotient(0, 0)
        guard characters[identity] != 0 else { return nil }
        let multiple = correlation[identity] / characters[identity]
        let isMultiple = zip(correlation, characters).allSatisfy {
            ($0 - multiple * $1).length <= 1e-9 * correlation[identity].length
        }
        let (trace, largest) = squareTrace(correlation, parity: parity, downCount: downCount)
        // P (1 ± flip) is twice that multiple, where the flip keeps the number of spins down at all.
        let isFlipped = parity != nil && (downCount.map { 2 * $0 == siteCount } ?? true)
        let square = multiple.real * multiple.real * (isFlipped ? 2 : 1)
        guard isMultiple, largest / square < 0x1p53 else { return nil }
        return Int((trace / square).rounded())
    }

    /// c(u) by element.
    private func correlation(_ characters: [Complex<Double>]) -> [Complex<Double>] {
        let elements = characters.indices.filter { characters[$0] != 0 }
        var correlation = [Complex<Double>](repeating: 0, count: order)
        for a in elements {
            for b in elements { correlation[quotient(a, b)] += characters[a].conjugate * characters[b] }
        }
        return correlation
    }

    /// Tr P†P, with a parity times 1 ± flip, and the sum of the moduli of its terms.
    private func squareTrace(
        _ correlation: [Complex<Double>], parity: Int?, downCount: Int?
    ) -> (trace: Double, largest: Double) {
        var trace = 0.0
        var largest = 0.0
        for element in 0..<order where correlation[element] != 0 {
            let cycles = Self.cycleLengths(of: permutations[element])
            let fixed = Self.fixedConfigurations(cycles, downCount: downCount)
            let mirrored = parity == nil ? 0 : Self.mirroredConfigurations(cycles, downCount: downCount)
            trace += correlation[element].real * (fixed + Double(parity ?? 0) * mirrored)
            largest += correlation[element].length * (fixed + mirrored)
        }
        return (trace, largest)
    }

    private static func cycleLengths(of permutation: [Int]) -> [Int] {
        var isSeen = [Bool](repeating: false, count: permutation.count)
        var lengths: [Int] = []
        for first in permutation.indices where !isSeen[first] {
            var length = 0
            var site = first
            while !isSeen[site] {
                isSeen[site] = true
                length += 1
                site = permutation[site]
            }
            lengths.append(length)
        }
        return lengths
    }

    /// Configurations that are constant on every cycle: 2^cycles, or the coefficient of x^down in Π (1 + x^length).
    private static func fixedConfigurations(_ cycles: [Int], downCount: Int?) -> Double {
        guard let downCount else { return cycles.reduce(1.0) { count, _ in 2 * count } }
        // As many ways for the up spins.
        let few = min(downCount, cycles.reduce(0, +) - downCount)
        var coefficients = [Double](repeating: 0, count: few + 1)
        coefficients[0] = 1
        for length in cycles where length <= few {
            for power in stride(from: few, through: length, by: -1) {
                coefficients[power] += coefficients[power - length]
            }
        }
        return coefficients[few]
    }

    /// Configurations that alternate along every cycle: none if one is odd, otherwise two for each.
    private static func mirroredConfigurations(_ cycles: [Int], downCount: Int?) -> Double {
        guard cycles.allSatisfy({ $0 % 2 == 0 }) else { return 0 }
        if let downCount, 2 * downCount != cycles.reduce(0, +) { return 0 }
        return cycles.reduce(1.0) { count, _ in 2 * count }
    }
}

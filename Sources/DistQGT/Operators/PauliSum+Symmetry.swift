extension PauliSum {
    /// Whether H stays the same when every site r is replaced by `permutation[r]`, for each of some permutations.
    /// Coefficients may differ by rounding, 1e-12 of the largest.
    public func isInvariant(under permutations: [[Int]]) -> Bool {
        let known = Dictionary(uniqueKeysWithValues: zip(supports, elements))
        let tolerance = 1e-12 * (elements.map(\.length).max() ?? 0)
        let strings = supports.map { support in
            (flips: SpinWords.sites(support.flips), signs: SpinWords.sites(support.signs))
        }
        return permutations.allSatisfy { permutation in
            zip(strings, elements).allSatisfy { string, element in
                var image = PauliSupport(siteCount: siteCount)
                for site in string.flips { image.setX(permutation[site]) }
                for site in string.signs { image.setZ(permutation[site]) }
                return known[image].map { ($0 - element).length <= tolerance } ?? false
            }
        }
    }

    /// Whether H stays the same when all spins are flipped: every string has an even number of Y and Z.
    public var isInvariantUnderSpinFlip: Bool {
        supports.allSatisfy { support in
            support.signs.reduce(0) { $0 + $1.nonzeroBitCount } % 2 == 0
        }
    }
}

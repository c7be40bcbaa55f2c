import Numerics

/// Which signs the elements of a real H take where certain sites are flipped.
package struct OffDiagonalSigns: Sendable, Equatable {
    /// Ascending.
    package let flippedSites: [Int]
    package var hasPositive = false
    package var hasNegative = false
}

extension PauliSum {
    /// Up to so many sites every configuration of them is looked at.
    private static let enumeratedSites = 10

    /// The signs of the off-diagonal elements between states of a space, flip set by flip set. Exact where an element
    /// depends on at most 10 spins; beyond, a sign that occurs may be missed, and one that total_sz excludes be told.
    ///
    /// - Precondition: H is real.
    package func offDiagonalSigns(in space: HilbertSpace) -> [OffDiagonalSigns] {
        flipSets.indices.map { set in
            let strings = groupStart[set + 1]..<groupStart[set + 2]
            var signs = OffDiagonalSigns(flippedSites: flipSets[set])
            let spins = Set(strings.flatMap { SpinWords.sites(supports[$0].signs) }).sorted()
            let terms = strings.map { term in
                (coefficient: elements[term].real, sites: Set(SpinWords.sites(supports[term].signs)))
            }
            let scale = terms.reduce(0) { $0 + $1.coefficient.magnitude }
            // Flipped sites count where a sector bounds how many of them are up.
            let looked = space.magnetisation == nil ? spins : Set(spins + flipSets[set]).sorted()
            guard looked.count <= Self.enumeratedSites else {
                // f = c + g with a mean of c: max g ≥ V(g)/max |g| (Bhatia and Davis, Am. Math. Mon. 107, 353 (2000)), and
                // so for −g.
                let constant = terms.first { $0.sites.isEmpty }?.coefficient ?? 0
                let rest = terms.filter { !$0.sites.isEmpty }.map(\.coefficient)
                let excess =
                    rest.isEmpty ? 0 : rest.reduce(0) { $0 + $1 * $1 } / rest.reduce(0) { $0 + $1.magnitude }
                signs.hasPositive = constant + excess > 1e-12 * scale
                signs.hasNegative = constant - excess < -1e-12 * scale
                return signs
            }
            let masks = terms.map { term in
                looked.enumerated().reduce(0) { $0 | (term.sites.contains($1.element) ? 1 << $1.offset : 0) }
            }
            let flipMask = looked.enumerated().reduce(0) {
                $0 | (flipSets[set].contains($1.element) ? 1 << $1.offset : 0)
            }
            for down in 0..<1 << looked.count {
                guard Self.occurs(down, flipping: flipMask, of: looked.count, in: space) else { continue }
                let element = zip(terms, masks).reduce(0.0) {
                    $0 + ((down & $1.1).nonzeroBitCount % 2 == 0 ? 1 : -1) * $1.0.coefficient
                }
                if element > 1e-12 * scale { signs.hasPositive = true }
                if element < -1e-12 * scale { signs.hasNegative = true }
            }
            return signs
        }
    }

    /// Whether some sites can be down as `down` says, before and after a flip, with the others making up the sector.
    private static func occurs(_ down: Int, flipping: Int, of count: Int, in space: HilbertSpace) -> Bool {
        guard let downCount = space.downCount else { return true }
        let before = down.nonzeroBitCount
        return before == (down ^ flipping).nonzeroBitCount && before <= downCount
            && count - before <= space.siteCount - downCount
    }

    /// The sites on which σˣ and σʸ have to change their sign for every off-diagonal element to become negative or zero:
    /// a rotation of the basis, as Marshall's. Nil where there is none.
    ///
    /// Flipping the set F then brings Π_{i∈F} ε_i: a system of linear equations over two elements.
    package func signRotation(_ signs: [OffDiagonalSigns]) -> [Int]? {
        let words = SpinWords.count(siteCount: siteCount)
        /// Reduced equations by their first site: the sites, and whether their product is −1.
        var pivots: [Int: (sites: [UInt64], isOdd: Bool)] = [:]
        for sign in signs where sign.hasPositive || sign.hasNegative {
            guard !(sign.hasPositive && sign.hasNegative) else { return nil }
            var sites = [UInt64](repeating: 0, count: words)
            for site in sign.flippedSites { sites[SpinWords.word(site)] |= SpinWords.bit(site) }
            var isOdd = sign.hasPositive
            while let first = SpinWords.firstSite(sites), let pivot = pivots[first] {
                for word in 0..<words { sites[word] ^= pivot.sites[word] }
                isOdd = isOdd != pivot.isOdd
            }
            if let first = SpinWords.firstSite(sites) {
                pivots[first] = (sites, isOdd)
            } else if isOdd {
                return nil
            }
        }
        // From the last site on, sites that nothing decides keep their sign.
        var changed = [UInt64](repeating: 0, count: words)
        for site in pivots.keys.sorted(by: >) {
            guard let pivot = pivots[site] else { continue }
            let others = zip(pivot.sites, changed).reduce(0) { $0 + ($1.0 & $1.1).nonzeroBitCount }
            if (others % 2 == 1) != pivot.isOdd { changed[SpinWords.word(site)] |= SpinWords.bit(site) }
        }
        return SpinWords.sites(changed)
    }
}

extension SpinWords {
    fileprivate static func firstSite(_ words: [UInt64]) -> Int? {
        words.firstIndex { $0 != 0 }.map { 64 * $0 + words[$0].leadingZeroBitCount }
    }
}

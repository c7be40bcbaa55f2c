/// The random configuration a Markov chain starts from.
package enum InitialConfiguration {
    /// Whether Σ_i s_i = `magnetisation` has configurations of `siteCount` spins.
    package static func exists(magnetisation: Int, siteCount: Int) -> Bool {
        magnetisation.magnitude <= siteCount.magnitude && (siteCount - magnetisation) % 2 == 0
    }

    /// Writes a configuration drawn uniformly from the whole space, or from the sector
    /// Σ_i s_i = `magnetisation`; a function of (seed, chain) only.
    ///
    /// - Precondition: the sector exists.
    package static func draw(
        seed: UInt64, chain: Int, magnetisation: Int?, into spins: UnsafeMutableBufferPointer<Int8>
    ) {
        var stream = RandomStream(seed: seed, index: chain, purpose: .initialConfiguration)
        let siteCount = spins.count
        guard let magnetisation else {
            for site in 0..<siteCount { spins[site] = stream.next() >> 63 == 0 ? 1 : -1 }
            return
        }
        // Selection sampling: site after site, up with probability (up spins left)/(sites left).
        var upLeft = (siteCount + magnetisation) / 2
        for site in 0..<siteCount {
            let isUp = stream.integer(below: siteCount - site) < upLeft
            spins[site] = isUp ? 1 : -1
            if isUp { upLeft -= 1 }
        }
    }
}

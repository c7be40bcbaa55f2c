/// The random configurations of a space that Markov chains start from, uniformly distributed.
package struct InitialConfiguration: Sendable {
    private enum Method {
        case spins(magnetisation: Int?)
        case paths(PathWeights)
    }

    private let method: Method

    /// - Throws: `HilbertSpaceError` where the space has no configurations, or sums that take too many values to be
    ///   counted; never for spins 1/2.
    package init(in space: HilbertSpace) throws(HilbertSpaceError) {
        method =
            space.isOfSpinsHalf
            ? .spins(magnetisation: space.magnetisation)
            : .paths(PathWeights(try SectorGraph(space, order: Array(0..<space.siteCount))))
    }

    /// Writes a configuration, a function of (seed, chain) only.
    ///
    /// - Parameter codes: one per site of the space.
    package func draw(seed: UInt64, chain: Int, into codes: UnsafeMutableBufferPointer<Int8>) {
        var stream = RandomStream(seed: seed, index: chain, purpose: .initialConfiguration)
        switch method {
        case .paths(let paths): paths.draw({ stream.uniform() }, into: codes)
        case .spins(let magnetisation?): Self.drawSpins(magnetisation, &stream, into: codes)
        case .spins(nil): for site in 0..<codes.count { codes[site] = stream.next() >> 63 == 0 ? 1 : -1 }
        }
    }

    /// Selection sampling: site after site, up with probability (up spins left)/(sites left).
    private static func drawSpins(
        _ magnetisation: Int, _ stream: inout RandomStream, into spins: UnsafeMutableBufferPointer<Int8>
    ) {
        let siteCount = spins.count
        var upLeft = (siteCount + magnetisation) / 2
        for site in 0..<siteCount {
            let isUp = stream.integer(below: siteCount - site) < upLeft
            spins[site] = isUp ? 1 : -1
            if isUp { upLeft -= 1 }
        }
    }
}

extension SamplerParameters {
    /// The configurations of some chains at their start, one after the other.
    ///
    /// - Throws: `SamplerError.noConfigurations`.
    func initialConfigurations(of chains: Range<Int>, siteCount: Int) throws(SamplerError) -> [Int8] {
        let space = try space(siteCount: siteCount)
        let initial: InitialConfiguration
        do { initial = try InitialConfiguration(in: space) } catch { throw .noConfigurations(error) }
        var codes = [Int8](repeating: 0, count: chains.count * siteCount)
        codes.withUnsafeMutableBufferPointer { codes in
            for (row, chain) in chains.enumerated() {
                initial.draw(
                    seed: seed, chain: chain,
                    into: .init(rebasing: codes[row * siteCount..<(row + 1) * siteCount]))
            }
        }
        return codes
    }
}

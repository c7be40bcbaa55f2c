import DistQGT
import Foundation

/// A wave function given by a table of log ψ over all 2^N configurations.
package final class TabulatedAmplitudes: LogAmplitudes {
    package let siteCount: Int
    package let blockRows: Int
    package let isComplex = true
    /// Real and imaginary part of log ψ in turn, by `index(of:)`.
    package var logPsi: [Double]

    package init(siteCount: Int, logPsi: [Double], blockRows: Int = 16) {
        precondition(logPsi.count == 2 << siteCount)
        self.siteCount = siteCount
        self.logPsi = logPsi
        self.blockRows = blockRows
    }

    /// log |ψ| normal with the given width, phases uniform.
    package convenience init(
        siteCount: Int, seed: UInt64, width: Double = 0.7, blockRows: Int = 16
    ) {
        var stream = RandomStream(seed: seed, index: 0, purpose: .parameters)
        var logPsi: [Double] = []
        for _ in 0..<1 << siteCount {
            logPsi.append(width * stream.normal())
            logPsi.append(2 * Double.pi * stream.uniform())
        }
        self.init(
            siteCount: siteCount, logPsi: logPsi, blockRows: blockRows)
    }

    /// |ψ|^(2·power) of a state, not normalised.
    package func weight(of state: Int, power: Double = 1) -> Double {
        exp(2 * power * logPsi[2 * state])
    }

    /// Bit i is set where spin i is down.
    package static func index(of spins: some Collection<Int8>) -> Int {
        var index = 0
        for (site, spin) in spins.enumerated() where spin < 0 { index |= 1 << site }
        return index
    }

    package static func spins(of index: Int, siteCount: Int) -> [Int8] {
        (0..<siteCount).map { index >> $0 & 1 == 0 ? 1 : -1 }
    }

    /// The states of a range of indices.
    package static func configurations(_ indices: some Sequence<Int>, siteCount: Int) -> Configurations {
        Configurations(
            siteCount: siteCount, spins: indices.flatMap { spins(of: $0, siteCount: siteCount) })
    }

    package func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, into logPsi: UnsafeMutablePointer<Double>
    ) {
        for row in 0..<count {
            var index = 0
            for site in 0..<siteCount where spins[row * siteCount + site] < 0 { index |= 1 << site }
            logPsi[2 * row] = self.logPsi[2 * index]
            logPsi[2 * row + 1] = self.logPsi[2 * index + 1]
        }
    }
}

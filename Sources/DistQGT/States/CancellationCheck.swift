import Foundation

/// Whether a network that is a sum of terms with signs or phases, over the elements of a group, keeps anything of them:
/// its modulus against that of the same network with positive weights.
package enum CancellationCheck {
    /// So many basis states are looked at one after the other; in a larger basis, random ones.
    private static let enumerated = 1024
    private static let drawn = 256
    /// Looked at together.
    private static let blockRows = 8

    /// The largest |ψ|/Σ|terms| among configurations of the basis, or the first one that is more than rounding; nil for a
    /// network without such weights. Local; the same on every rank with the same CPU.
    ///
    /// - Returns: the share, and what rounding alone makes of it.
    package static func share(
        of state: NeuralQuantumState, in space: HilbertSpace, seed: UInt64
    ) throws -> (found: Double, rounding: Double)? {
        guard state.canCancel, let ansatz = state.ansatz.withPositiveWeights else { return nil }
        let positive = NeuralQuantumState(ansatz, reading: state.encoder)
        guard positive.layout.count == state.layout.count else { return nil }
        positive.parameters.assign(from: state.parameters)
        positive.parametersChanged()
        let numbering = try space.dimension.flatMap { try $0 <= enumerated ? BasisNumbering(space) : nil }
        let total = numbering?.dimension ?? drawn
        let (amplitudes, terms) = (state.amplitudes(blockRows: blockRows), positive.amplitudes(blockRows: blockRows))
        let epsilon = state.ansatz.dataType.isSingle ? Double(Float.ulpOfOne) : Double.ulpOfOne
        var (largest, rounding) = (0.0, 64 * epsilon)
        for first in stride(from: 0, to: total, by: blockRows) {
            let numbers = first..<min(total, first + blockRows)
            let configurations =
                try numbering?.configurations(in: numbers) ?? random(numbers, of: space, seed: seed)
            let (sums, moduli) = (amplitudes.logPsi(of: configurations), terms.logPsi(of: configurations))
            for row in 0..<configurations.count where moduli[2 * row] > -.infinity {
                // log ψ of a term is rounded, too.
                rounding = max(rounding, 64 * epsilon * abs(moduli[2 * row]))
                largest = max(largest, exp(sums[2 * row] - moduli[2 * row]))
            }
            if largest > rounding { break }
        }
        return (largest, rounding)
    }

    private static func random(_ numbers: Range<Int>, of space: HilbertSpace, seed: UInt64) throws -> Configurations {
        let initial = try InitialConfiguration(in: space)
        let sites = space.siteCount
        var spins = [Int8](repeating: 1, count: numbers.count * sites)
        spins.withUnsafeMutableBufferPointer { spins in
            for (row, number) in numbers.enumerated() {
                initial.draw(
                    seed: seed, chain: number, into: .init(rebasing: spins[row * sites..<(row + 1) * sites]))
            }
        }
        return Configurations(siteCount: sites, spins: spins)
    }
}

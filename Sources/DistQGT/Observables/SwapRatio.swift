import Foundation

/// The swap estimator of the purity Tr ρ_A², from which the Rényi-2 entropy is S₂ = −ln Tr ρ_A² (M. B. Hastings, I.
/// González, A. B. Kallin, R. G. Melko, Phys. Rev. Lett. 104, 157201 (2010)): for independent configurations σ and τ,
///
///     Tr ρ_A² = ⟨ψ(τ_A σ_B) ψ(σ_A τ_B) / (ψ(σ) ψ(τ))⟩,
///
/// one quantity for each subsystem A. Local: no communication.
public final class SwapRatio {
    private let amplitudes: any LogAmplitudes
    private let siteCount: Int
    private let keepsMagnetisation: Bool
    private let subsystems: [[Int]]
    private var spins: [Int8] = []
    private var logPsi: [Double] = []
    private var owners: [Int] = []

    public var quantityCount: Int { subsystems.count }

    /// - Parameters:
    ///   - subsystems: sites of each, distinct.
    ///   - space: what the state lives in; ψ is 0 outside it.
    public init(subsystems: [[Int]], in space: HilbertSpace, amplitudes: any LogAmplitudes) {
        self.subsystems = subsystems
        self.amplitudes = amplitudes
        siteCount = space.siteCount
        keepsMagnetisation = space.magnetisation != nil
    }

    /// Writes the real parts of the local values of all subsystems.
    ///
    /// - Parameters:
    ///   - first, second: σ and τ, `count × N` values each.
    ///   - logPsi: of both, real and imaginary part in turn.
    ///   - values: subsystem a of pair b goes to `values[b · stride + a]`.
    func evaluate(
        _ first: UnsafePointer<Int8>, _ second: UnsafePointer<Int8>, count: Int,
        logPsi firstLogPsi: UnsafePointer<Double>, _ secondLogPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>, stride: Int
    ) {
        for (number, sites) in subsystems.enumerated() {
            spins.removeAll(keepingCapacity: true)
            owners.removeAll(keepingCapacity: true)
            for pair in 0..<count {
                let (one, other) = (first + pair * siteCount, second + pair * siteCount)
                let magnetisation = sites.reduce(0) { $0 + Int(one[$1]) - Int(other[$1]) }
                values[pair * stride + number] = 0
                if sites.allSatisfy({ one[$0] == other[$0] }) {
                    values[pair * stride + number] = 1
                } else if !keepsMagnetisation || magnetisation == 0 {
                    appendSwapped(one, other, sites)
                    owners.append(pair)
                }
            }
            if logPsi.count < 4 * owners.count { logPsi = [Double](repeating: 0, count: 4 * owners.count) }
            spins.withUnsafeBufferPointer { spins in
                logPsi.withUnsafeMutableBufferPointer { logPsi in
                    guard let spins = spins.baseAddress, let swapped = logPsi.baseAddress, !owners.isEmpty else {
                        return
                    }
                    amplitudes.evaluate(spins, count: 2 * owners.count, into: swapped)
                    for (index, pair) in owners.enumerated() {
                        let modulus =
                            swapped[4 * index] + swapped[4 * index + 2] - firstLogPsi[2 * pair] - secondLogPsi[2 * pair]
                        // The phase of a node means nothing and need not be a number.
                        guard modulus > -.infinity else { continue }
                        let phase =
                            swapped[4 * index + 1] + swapped[4 * index + 3] - firstLogPsi[2 * pair + 1]
                            - secondLogPsi[2 * pair + 1]
                        values[pair * stride + number] = exp(modulus) * cos(phase)
                    }
                }
            }
        }
    }

    /// Appends τ_A σ_B and σ_A τ_B.
    private func appendSwapped(_ one: UnsafePointer<Int8>, _ other: UnsafePointer<Int8>, _ sites: [Int]) {
        let start = spins.count
        spins.append(contentsOf: UnsafeBufferPointer(start: one, count: siteCount))
        spins.append(contentsOf: UnsafeBufferPointer(start: other, count: siteCount))
        for site in sites {
            spins[start + site] = other[site]
            spins[start + siteCount + site] = one[site]
        }
    }
}

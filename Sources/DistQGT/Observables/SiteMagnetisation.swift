/// The expectation values of one Pauli matrix at every site, N quantities.
public final class SiteMagnetisation: LocalObservable {
    /// Which Pauli matrix.
    public enum Component: String, CaseIterable, Sendable {
        case x, y, z
    }

    private let component: Component
    private let siteCount: Int
    /// Whether a single flip leads out of the sector.
    private let keepsMagnetisation: Bool
    private let rotation: [Int]?
    private let ratios: (any AmplitudeRatios)?
    private let batch: ConnectedBatch

    public var quantityCount: Int { siteCount }
    public var isDiagonal: Bool { ratios == nil }

    /// - Parameters:
    ///   - space: what the state lives in; elements that lead out of it do not count.
    ///   - rotation: ε_i = ±1 for each site: σˣ_i and σʸ_i stand for ε_i σˣ_i and ε_i σʸ_i, those of a basis that is
    ///     rotated by a sign rule. Nil for no rotation.
    public init(_ component: Component, in space: HilbertSpace, rotation: [Int]?, amplitudes: any LogAmplitudes) {
        self.component = component
        siteCount = space.siteCount
        keepsMagnetisation = space.magnetisation != nil
        self.rotation = rotation
        let isDiagonal = component == .z || keepsMagnetisation
        ratios = isDiagonal ? nil : amplitudes.makeAmplitudeRatios()
        let flipSets = isDiagonal ? [] : (0..<space.siteCount).map { [$0] }
        batch = ConnectedBatch(
            siteCount: space.siteCount, flipSets: flipSets,
            capacity: LocalEnergies.samplesPerBatch(flipSetCount: flipSets.count))
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        guard let ratios else {
            for sample in 0..<count {
                for site in 0..<siteCount {
                    values[sample * stride + site] = component == .z ? Double(spins[sample * siteCount + site]) : 0
                }
            }
            return
        }
        for first in Swift.stride(from: 0, to: count, by: batch.capacity) {
            let samples = min(batch.capacity, count - first)
            batch.removeAll()
            for sample in first..<first + samples {
                let elements = batch.append(spins + sample * siteCount, logPsi: logPsi + 2 * sample)
                for site in 0..<siteCount {
                    elements[2 * site] = 1
                    elements[2 * site + 1] = 0
                }
            }
            batch.collectPairs()
            ratios.evaluate(batch)
            for site in 0..<siteCount {
                let sign = Double(rotation?[site] ?? 1)
                for pair in batch.pairStarts[site]..<batch.pairStarts[site + 1] {
                    let sample = Int(batch.pairSamples[pair])
                    let ratio = batch.ratios + 2 * pair
                    // ⟨σ|σˣ|σ′⟩ = 1, ⟨σ|σʸ|σ′⟩ = −i s; the real part of the element times the ratio.
                    let value = component == .x ? ratio[0] : Double(batch.spins[sample * siteCount + site]) * ratio[1]
                    values[(first + sample) * stride + site] = sign * value
                }
            }
        }
    }
}

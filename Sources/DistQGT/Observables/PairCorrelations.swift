import LatticeSymmetry

/// Two-point functions of the spins, averaged over classes of pairs or summed to structure factors.
///
/// All reductions share the amplitude ratios ψ(σ with i and j flipped)/ψ(σ), from which both σˣσˣ and
/// σʸσʸ follow: ⟨σ|σʸ_iσʸ_j|σ′⟩ = −s_i s_j.
public final class PairCorrelations: LocalObservable {
    /// A reduction with where its sums and its quantities lie.
    private struct Part {
        let reduction: PairReduction
        /// Of its first class among the sums of all parts, and its first quantity.
        let firstClass: Int
        let firstQuantity: Int
        /// The class of each of `pairs`; −1 for pairs that are not in it.
        let classOfPair: [Int32]
    }

    private let siteCount: Int
    private let pairs: [Edge]
    private let parts: [Part]
    private let ratios: (any AmplitudeRatios)?
    private let batch: ConnectedBatch
    /// Whether pairs of equal spins lead out of the sector.
    private let keepsMagnetisation: Bool
    /// ε_i ε_j of each pair.
    private let signs: [Double]
    private let classCount: Int
    /// Sums of xx, yy, zz: (sample of the batch, class).
    private var sums: [SIMD3<Double>]

    public let quantityCount: Int
    public var isDiagonal: Bool { ratios == nil }

    /// - Parameters:
    ///   - space: what the state lives in; elements that lead out of it do not count.
    ///   - rotation: ε_i = ±1 for each site: σˣ_i and σʸ_i stand for ε_i σˣ_i and ε_i σʸ_i, those of a basis that is
    ///     rotated by a sign rule. Nil for no rotation.
    public init(
        _ reductions: [PairReduction], in space: HilbertSpace, rotation: [Int]?, amplitudes: any LogAmplitudes
    ) {
        siteCount = space.siteCount
        keepsMagnetisation = space.magnetisation != nil
        pairs = Set(reductions.flatMap(\.classes.pairs)).sorted()
        var numbers: [Edge: Int] = [:]
        for (number, pair) in pairs.enumerated() { numbers[pair] = number }
        var parts: [Part] = []
        var (classCount, quantityCount) = (0, 0)
        for reduction in reductions {
            var classOfPair = [Int32](repeating: -1, count: pairs.count)
            for (index, pair) in reduction.classes.pairs.enumerated() {
                if let number = numbers[pair] { classOfPair[number] = Int32(reduction.classes.classOfPair[index]) }
            }
            parts.append(
                Part(
                    reduction: reduction, firstClass: classCount, firstQuantity: quantityCount, classOfPair: classOfPair
                ))
            classCount += reduction.classes.sizes.count
            quantityCount += reduction.quantityCount
        }
        self.parts = parts
        self.classCount = classCount
        self.quantityCount = quantityCount
        signs = pairs.map { pair in rotation.map { Double($0[pair.first] * $0[pair.second]) } ?? 1 }
        let isOffDiagonal = reductions.contains { $0.components.contains(where: \.isOffDiagonal) }
        let flipSets = isOffDiagonal ? pairs.map { [$0.first, $0.second] } : []
        ratios = isOffDiagonal ? amplitudes.makeAmplitudeRatios() : nil
        let capacity = LocalEnergies.samplesPerBatch(flipSetCount: max(flipSets.count, classCount))
        batch = ConnectedBatch(siteCount: space.siteCount, flipSets: flipSets, capacity: capacity)
        sums = [SIMD3<Double>](repeating: .zero, count: capacity * classCount)
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        sums.withUnsafeMutableBufferPointer { sums in
            pairs.withUnsafeBufferPointer { pairs in
                for first in Swift.stride(from: 0, to: count, by: batch.capacity) {
                    let samples = min(batch.capacity, count - first)
                    batch.removeAll()
                    sums.update(repeating: .zero)
                    for sample in first..<first + samples {
                        let configuration = spins + sample * siteCount
                        let elements = batch.append(configuration, logPsi: logPsi + 2 * sample)
                        if ratios != nil { markConnected(configuration, pairs, elements) }
                    }
                    for part in parts { addDiagonal(part, pairs, to: sums) }
                    if let ratios {
                        batch.collectPairs()
                        ratios.evaluate(batch)
                        for part in parts { addOffDiagonal(part, pairs, to: sums) }
                    }
                    for sample in 0..<samples {
                        for part in parts { reduce(part, sample, sums, into: values + (first + sample) * stride) }
                    }
                }
            }
        }
    }

    private func markConnected(
        _ configuration: UnsafePointer<Int8>, _ pairs: UnsafeBufferPointer<Edge>,
        _ elements: UnsafeMutablePointer<Double>
    ) {
        for number in 0..<pairs.count {
            let pair = pairs[number]
            let leadsOut = keepsMagnetisation && configuration[pair.first] == configuration[pair.second]
            elements[2 * number] = leadsOut ? 0 : 1
            elements[2 * number + 1] = 0
        }
    }

    private func addDiagonal(
        _ part: Part, _ pairs: UnsafeBufferPointer<Edge>, to sums: UnsafeMutableBufferPointer<SIMD3<Double>>
    ) {
        part.classOfPair.withUnsafeBufferPointer { classes in
            for sample in 0..<batch.count {
                let configuration = batch.spins + sample * siteCount
                let first = sample * classCount + part.firstClass
                for number in 0..<pairs.count where classes[number] >= 0 {
                    let pair = pairs[number]
                    sums[first + Int(classes[number])].z += Double(
                        configuration[pair.first] * configuration[pair.second])
                }
            }
        }
    }

    private func addOffDiagonal(
        _ part: Part, _ pairs: UnsafeBufferPointer<Edge>, to sums: UnsafeMutableBufferPointer<SIMD3<Double>>
    ) {
        part.classOfPair.withUnsafeBufferPointer { classes in
            signs.withUnsafeBufferPointer { signs in
                for number in 0..<pairs.count where classes[number] >= 0 {
                    let pair = pairs[number]
                    for place in batch.pairStarts[number]..<batch.pairStarts[number + 1] {
                        let sample = Int(batch.pairSamples[place])
                        let configuration = batch.spins + sample * siteCount
                        let ratio = signs[number] * batch.ratios[2 * place]
                        let product = Double(configuration[pair.first] * configuration[pair.second])
                        let index = sample * classCount + part.firstClass + Int(classes[number])
                        sums[index] += SIMD3(ratio, -product * ratio, 0)
                    }
                }
            }
        }
    }

    private func reduce(
        _ part: Part, _ sample: Int, _ sums: UnsafeMutableBufferPointer<SIMD3<Double>>,
        into values: UnsafeMutablePointer<Double>
    ) {
        var quantity = part.firstQuantity
        let first = sample * classCount + part.firstClass
        for component in part.reduction.components {
            let weights = component.weights
            for row in part.reduction.rows {
                var sum = part.reduction.includesOnSite ? component.onSite : 0
                for term in row { sum += term.weight * (sums[first + term.pairClass] * weights).sum() }
                values[quantity] = sum
                quantity += 1
            }
        }
    }
}

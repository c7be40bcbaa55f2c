import CKernels

/// How the point operations of a group with translations rotate the modes of kernels.
///
/// Between the channels (i, a) and (o, b), feature and point operation, a group convolution has the kernel
/// K[o, i, p_a⁻¹ τ_t p_b] = κ[o, i, p_a⁻¹p_b](p_a⁻¹ t): kernels for each operation, P instead of P² for each pair of
/// features, rotated. A rotation permutes wave numbers, and modes become others or their complex conjugates.
public struct ModeRotations: Sendable {
    package let points: Int
    /// By operation and slot: the slot whose mode, rotated, is that of this slot.
    private var sources: [Int32] = []
    /// By operation and complex mode: 1 where it is then conjugated.
    private var conjugates: [Int8] = []
    private let quotients: [Int32]

    /// - Parameters:
    ///   - translations: by operation p, the number of p⁻¹ t for each translation t, row-major in the extents of `waves`.
    ///     The identity comes first.
    ///   - quotients: by operation p, the number of p⁻¹ q for each operation q.
    /// - Precondition: they are a group of automorphisms of the translations.
    package init(_ waves: LatticeWaves, translations: [[Int]], quotients: [[Int]]) {
        points = translations.count
        self.quotients = quotients.flatMap { $0.map(Int32.init) }
        let modes = Dictionary(uniqueKeysWithValues: waves.waveNumbers.enumerated().map { ($1, $0) })
        for operation in translations {
            let rotation = WaveRotation(operation, extents: waves.extents)
            var realSources: [Int32] = []
            for (mode, waveNumbers) in waves.waveNumbers.enumerated() {
                let rotated = rotation.apply(waveNumbers)
                let negative = zip(rotated, waves.extents).map { ($1 - $0) % $1 }
                guard let source = modes[rotated] ?? modes[negative] else {
                    preconditionFailure("no mode of wave number \(rotated)")
                }
                if mode < waves.complexModes {
                    sources += [Int32(2 * source), Int32(2 * source + 1)]
                    conjugates.append(modes[rotated] == nil ? 1 : 0)
                } else {
                    realSources.append(Int32(source + waves.complexModes))
                }
            }
            sources += realSources
        }
    }

    /// The tables as the kernels take them.
    package func withKernelForm<Result>(_ body: (UnsafePointer<ck_mode_rotations>) -> Result) -> Result {
        sources.withUnsafeBufferPointer { sources in
            conjugates.withUnsafeBufferPointer { conjugates in
                quotients.withUnsafeBufferPointer { quotients in
                    var form = ck_mode_rotations(
                        points: points, sources: sources.baseAddress, conjugates: conjugates.baseAddress,
                        quotients: quotients.baseAddress)
                    return withUnsafePointer(to: &form, body)
                }
            }
        }
    }
}

/// What an automorphism t ↦ p⁻¹ t does to wave numbers: Σ_t exp(−ik·t) κ(p⁻¹ t) = Σ_t exp(−ik·(p t)) κ(t) is the mode of κ
/// whose wave number k′ has k′·t = k·(p t).
private struct WaveRotation {
    private let extents: [Int]
    /// By dimension d, the coordinates of p e_d.
    private let images: [[Int]]

    init(_ operation: [Int], extents: [Int]) {
        self.extents = extents
        let sites = extents.reduce(1, *)
        precondition(operation.count == sites, "rotation: \(operation.count) translations of \(sites)")
        func coordinates(_ site: Int) -> [Int] { LatticeWaves.coordinates(site, extents: extents) }
        var inverse = [Int](repeating: 0, count: sites)
        for (t, image) in operation.enumerated() { inverse[image] = t }
        let images = extents.indices.map { d in
            coordinates(inverse[extents[d] > 1 ? extents[(d + 1)...].reduce(1, *) : 0])
        }
        self.images = images
        precondition(
            (0..<sites).allSatisfy { t in
                let t = (t, coordinates(t))
                let image = extents.indices.map { e in
                    t.1.indices.reduce(0) { $0 + t.1[$1] * images[$1][e] } % extents[e]
                }
                return coordinates(inverse[t.0]) == image
            }, "rotation: not an automorphism")
    }

    func apply(_ waveNumbers: [Int]) -> [Int] {
        let turn = extents.reduce(1, *)
        return extents.indices.map { d in
            // In units of a turn / Π n.
            let phase = extents.indices.reduce(0) { $0 + waveNumbers[$1] * images[d][$1] * (turn / extents[$1]) } % turn
            return phase / (turn / extents[d])
        }
    }
}

/// Moments of the magnetisation m = Σ_i ε_i σᶻ_i/N: ⟨m⟩, ⟨m²⟩ and ⟨|m|⟩, three quantities.
public final class MagnetisationMoments: LocalObservable {
    private let siteCount: Int
    private let signs: [Int]

    public let quantityCount = 3

    /// - Parameter signs: ε_i = ±1 of each site, as for a staggered magnetisation; nil for 1.
    public init(siteCount: Int, signs: [Int]? = nil) {
        precondition(signs.map { $0.count == siteCount } ?? true, "one sign per site")
        self.siteCount = siteCount
        self.signs = signs ?? [Int](repeating: 1, count: siteCount)
    }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        for sample in 0..<count {
            var sum = 0
            for site in 0..<siteCount { sum += signs[site] * Int(spins[sample * siteCount + site]) }
            let m = Double(sum) / Double(siteCount)
            values[sample * stride] = m
            values[sample * stride + 1] = m * m
            values[sample * stride + 2] = abs(m)
        }
    }
}

/// Moments of the magnetisation m = Σ_i σᶻ_i/N: ⟨m⟩, ⟨m²⟩ and ⟨|m|⟩, three quantities.
public final class MagnetisationMoments: LocalObservable {
    private let siteCount: Int

    public let quantityCount = 3

    public init(siteCount: Int) { self.siteCount = siteCount }

    public func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int
    ) {
        for sample in 0..<count {
            var sum = 0
            for site in 0..<siteCount { sum += Int(spins[sample * siteCount + site]) }
            let m = Double(sum) / Double(siteCount)
            values[sample * stride] = m
            values[sample * stride + 1] = m * m
            values[sample * stride + 2] = abs(m)
        }
    }
}

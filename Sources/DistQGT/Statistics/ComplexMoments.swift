/// Σ y and Σ |y|² of complex values y.
struct ComplexMoments {
    var sum = SIMD2<Double>.zero
    var squares = 0.0

    mutating func add(_ value: SIMD2<Double>) {
        sum += value
        squares += (value * value).sum()
    }

    /// mean |y − mean y|² of `count` values; NaN without values.
    func variance(count: Int) -> Double {
        let mean = sum / Double(count)
        let variance = squares / Double(count) - (mean * mean).sum()
        // Rounding must not make it negative; a NaN stays.
        return variance < 0 ? 0 : variance
    }
}

/// A sum that carries its rounding error along (A. Neumaier, ZAMM 54, 39 (1974)).
struct CompensatedSum {
    private var sum = SIMD2<Double>.zero
    private var correction = SIMD2<Double>.zero
    var value: SIMD2<Double> { sum + correction }

    mutating func add(_ value: SIMD2<Double>) {
        let next = sum + value
        let larger = abs(sum) .>= abs(value)
        let lost = ((sum - next) + value).replacing(with: (value - next) + sum, where: .!larger)
        correction += lost
        sum = next
    }

    private func abs(_ value: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(value.x.magnitude, value.y.magnitude)
    }
}

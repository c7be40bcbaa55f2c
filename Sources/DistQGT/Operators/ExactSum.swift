/// A sum of finite numbers without rounding: what was added is kept as a non-overlapping expansion (Shewchuk, Discrete &
/// Computational Geometry 18, 305 (1997)). So it is decided whether operators are equal, whatever order their terms were
/// added in.
struct ExactSum: Sendable {
    /// Ascending in magnitude, none of them 0.
    private var parts: [Double] = []

    init() {}

    /// - Precondition: the numbers are finite.
    init(_ values: some Sequence<Double>) { for value in values { add(value) } }

    var isZero: Bool { parts.isEmpty }

    mutating func add(_ value: Double) {
        var carry = value
        var kept = 0
        for part in parts {
            let sum = carry + part
            let shadow = sum - carry
            let error = (carry - (sum - shadow)) + (part - shadow)
            if error != 0 {
                parts[kept] = error
                kept += 1
            }
            carry = sum
        }
        parts.removeSubrange(kept...)
        if carry != 0 { parts.append(carry) }
    }

    /// Adds a product, without rounding it.
    mutating func add(_ value: Double, times factor: Int) {
        let product = value * Double(factor)
        add(product)
        add((-product).addingProduct(value, Double(factor)))
    }

    /// The sum, rounded once.
    var value: Double {
        guard var high = parts.last else { return 0 }
        var (low, next) = (0.0, parts.count - 1)
        while next > 0 {
            next -= 1
            let before = high
            high = before + parts[next]
            low = parts[next] - (high - before)
            if low != 0 { break }
        }
        // Half-way cases go to the even neighbour unless what is left tells on which side the sum lies.
        if next > 0, (low < 0) == (parts[next - 1] < 0) {
            let twice = low * 2
            let other = high + twice
            if other - high == twice { high = other }
        }
        return high
    }
}

import Foundation

/// One axis of a chart: the interval it shows, where values lie on it, and its ticks.
struct ChartAxis {
    enum Form { case linear, logarithmic }

    let form: Form
    /// Ends of the interval, in the values' own units.
    let lower: Double
    let upper: Double
    let ticks: [(value: Double, label: String)]

    /// The place of a value, 0 at the lower and 1 at the upper end; nil where the axis has none for it.
    func position(of value: Double) -> Double? {
        switch form {
        case .linear:
            guard value.isFinite else { return nil }
            return (value - lower) / (upper - lower)
        case .logarithmic:
            guard value.isFinite, value > 0 else { return nil }
            return (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
        }
    }

    /// A linear axis over finite values, with a margin.
    ///
    /// - Parameters:
    ///   - includesZero: for quantities that are not negative: the axis starts there.
    ///   - margin: share of the range that is added at each end.
    ///   - tickCount: about as many ticks are made.
    static func linear(
        _ values: some Sequence<Double>, includesZero: Bool = false, margin: Double = 0.06, tickCount: Int = 5
    ) -> ChartAxis {
        var lower = Double.infinity
        var upper = -Double.infinity
        for value in values where value.isFinite {
            lower = min(lower, value)
            upper = max(upper, value)
        }
        if lower > upper { (lower, upper) = (0, 1) }
        if includesZero { lower = min(lower, 0) }
        let scale = max(abs(lower), abs(upper))
        // What differs in rounding only is one value.
        if upper - lower <= 1e-12 * scale || upper == lower {
            let half = scale > 0 ? 0.05 * scale : 1
            (lower, upper) = (lower - half, upper + half)
        } else {
            let added = margin * (upper - lower)
            if !(includesZero && lower == 0) { lower -= added }
            upper += added
        }
        return ChartAxis(form: .linear, lower: lower, upper: upper, ticks: linearTicks(lower, upper, count: tickCount))
    }

    /// A logarithmic axis over the positive values; nil where there are none.
    static func logarithmic(_ values: some Sequence<Double>, tickCount: Int = 5) -> ChartAxis? {
        var lower = Double.infinity
        var upper = 0.0
        for value in values where value.isFinite && value > 0 {
            lower = min(lower, value)
            upper = max(upper, value)
        }
        guard lower <= upper else { return nil }
        let added = max(pow(upper / lower, 0.05), 1.1)
        // Denormal numbers would leave the range of a double.
        lower = max(lower / added, 1e-300)
        upper = min(upper * added, 1e300)
        if !(lower < upper) { (lower, upper) = (1e-300, 1e-299) }
        return ChartAxis(
            form: .logarithmic, lower: lower, upper: upper, ticks: logarithmicTicks(lower, upper, count: tickCount))
    }

    private static func linearTicks(_ lower: Double, _ upper: Double, count: Int) -> [(value: Double, label: String)] {
        let rough = (upper - lower) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999 } ?? rough
        let decimals = max(0, Int(ceil(-log10(step) - 1e-9)))
        let first = (lower / step - 1e-9).rounded(.up)
        let last = (upper / step + 1e-9).rounded(.down)
        guard first <= last, last - first < 50 else { return [] }
        let largest = max(abs(lower), abs(upper))
        return stride(from: first, through: last, by: 1).map { number in
            let value = number * step
            let isPlain = largest < 1e6 && (largest >= 1e-3 || value == 0)
            return (value, isPlain ? PageNumber.decimal(value, decimals: decimals) : PageNumber.short(value))
        }
    }

    private static func logarithmicTicks(
        _ lower: Double, _ upper: Double, count: Int
    ) -> [(value: Double, label: String)] {
        let first = Int((log10(lower) - 1e-9).rounded(.up))
        let last = Int((log10(upper) + 1e-9).rounded(.down))
        if last - first >= 2 {
            let spacing = max(1, (last - first + count) / count)
            return (first...last).filter { $0 % spacing == 0 }.map { (pow(10, Double($0)), PageNumber.power($0)) }
        }
        // Less than three powers of ten: their multiples, or linear ticks where even those are too far apart.
        var ticks: [(value: Double, label: String)] = []
        for power in (first - 1)...max(first - 1, last) {
            for factor in [1.0, 2, 5] {
                let value = factor * pow(10, Double(power))
                if value >= lower * (1 - 1e-9), value <= upper * (1 + 1e-9) {
                    ticks.append((value, PageNumber.short(value)))
                }
            }
        }
        if ticks.count >= 3 { return ticks }
        return linearTicks(lower, upper, count: max(3, count - 1)).filter { $0.value > 0 }
    }
}

/// One curve of a chart: values over steps, with or without an error band.
struct ChartSeries {
    /// Number of the run among the report's, which decides the colour.
    let run: Int
    let name: String
    /// Ascending.
    let steps: [Double]
    /// As many; NaN where there is none.
    let values: [Double]
    /// Half the height of the band at each step; nil for no band.
    let errors: [Double]?

    init(run: Int, name: String, steps: [Double], values: [Double], errors: [Double]? = nil) {
        self.run = run
        self.name = name
        self.steps = steps
        self.values = values
        self.errors = errors
    }

    var hasValues: Bool { values.contains { $0.isFinite } }

    /// Values and ends of the band, for the range of an axis.
    var extent: [Double] {
        guard let errors else { return values }
        return values + zip(values, errors).flatMap { $1.isFinite ? [$0 - $1, $0 + $1] : [] }
    }

    /// The part with steps from `first` on.
    func from(step first: Double) -> ChartSeries {
        let start = steps.firstIndex { $0 >= first } ?? steps.count
        return ChartSeries(
            run: run, name: name, steps: Array(steps[start...]), values: Array(values[start...]),
            errors: errors.map { Array($0[start...]) })
    }

    struct Point {
        let step: Double
        let value: Double
    }

    /// The curve in at most 2·`groups` points: of each group of neighbouring steps the lowest and the highest value
    /// stay, in their order, so that no extreme is lost. A group without a value leaves a NaN, a gap.
    func points(groups: Int) -> [Point] {
        guard values.count > 2 * groups else {
            return zip(steps, values).map { Point(step: $0, value: $1) }
        }
        return Self.ranges(of: values.count, groups: groups).flatMap { range -> [Point] in
            let finite = range.filter { values[$0].isFinite }
            guard let lowest = finite.min(by: { values[$0] < values[$1] }),
                let highest = finite.max(by: { values[$0] < values[$1] })
            else { return [Point(step: steps[range.lowerBound], value: .nan)] }
            let kept = lowest == highest ? [lowest] : [min(lowest, highest), max(lowest, highest)]
            return kept.map { Point(step: steps[$0], value: values[$0]) }
        }
    }

    struct BandPoint {
        let step: Double
        let lower: Double
        let upper: Double
    }

    /// The band in at most `groups` points, each as wide as the widest of its group; NaN leaves a gap.
    func band(groups: Int) -> [BandPoint] {
        guard let errors else { return [] }
        let ranges =
            values.count > groups ? Self.ranges(of: values.count, groups: groups) : values.indices.map { $0..<$0 + 1 }
        return ranges.map { range in
            var lower = Double.infinity
            var upper = -Double.infinity
            for index in range where values[index].isFinite && errors[index].isFinite {
                lower = min(lower, values[index] - errors[index])
                upper = max(upper, values[index] + errors[index])
            }
            let middle = steps[range.lowerBound + range.count / 2]
            return lower <= upper
                ? BandPoint(step: middle, lower: lower, upper: upper)
                : BandPoint(step: middle, lower: .nan, upper: .nan)
        }
    }

    private static func ranges(of count: Int, groups: Int) -> [Range<Int>] {
        (0..<groups).map { $0 * count / groups..<($0 + 1) * count / groups }
    }
}

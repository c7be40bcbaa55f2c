import Foundation

/// A chart of curves over optimisation steps, as one element of a page.
struct LineChart {
    /// A horizontal line, such as an exact energy.
    struct Reference {
        let value: Double
        /// The run whose colour it has; nil for none.
        let run: Int?
    }

    /// An estimate made after a run's last step.
    struct Estimate {
        let run: Int
        let step: Double
        let value: Double
        /// NaN or 0 where there is no error bar to draw.
        let error: Double
    }

    let title: String
    /// What is shown, for people who ask what the title means.
    let explanation: String
    let series: [ChartSeries]
    let vertical: ChartAxis
    var references: [Reference] = []
    var estimates: [Estimate] = []

    struct Size {
        let width: Double
        let height: Double
        /// About as many ticks on the axis of steps.
        let stepTicks: Int
        /// Curves of more than twice as many steps are reduced to the extremes of as many groups.
        let groups: Int

        static let narrow = Size(width: 360, height: 232, stepTicks: 5, groups: 200)
        static let wide = Size(width: 960, height: 300, stepTicks: 10, groups: 400)
    }

    private static let fontSize = 11.0
    private static let characterWidth = 6.4

    func svg(_ size: Size) -> String {
        let horizontal = stepAxis(ticks: size.stepTicks)
        let longestLabel = vertical.ticks.map(\.label.count).max() ?? 1
        let left = 10 + Self.characterWidth * Double(max(longestLabel, 2))
        // The last label of the steps is centred under the end of the axis.
        let right = 6 + Self.characterWidth * 0.5 * Double(horizontal.ticks.last?.label.count ?? 1)
        let top = 8.0
        let frame = Frame(
            left: left, top: top, width: size.width - left - right, height: size.height - top - 36,
            horizontal: horizontal, vertical: vertical)

        var parts = [
            """
            <svg viewBox="0 0 \(Int(size.width)) \(Int(size.height))" role="img" aria-label="\(escapedForHTML(summary))" \
            data-plot="\(coordinates([frame.left, frame.top, frame.width, frame.height]))" \
            data-x="\(horizontal.lower),\(horizontal.upper)" \
            data-y="\(vertical.lower),\(vertical.upper),\(vertical.form == .linear ? "linear" : "log")">
            """
        ]
        parts.append(grid(frame, size))
        for reference in references { parts.append(line(reference, frame)) }
        for one in series where one.errors != nil { parts.append(band(one, frame, groups: size.groups)) }
        for one in series { parts.append(curve(one, frame, groups: size.groups)) }
        for estimate in estimates { parts.append(marker(estimate, frame)) }
        parts.append("</svg>")
        return parts.filter { !$0.isEmpty }.joined(separator: "\n")
    }

    /// The chart in words, for those who do not see it.
    private var summary: String {
        let curves = series.compactMap { one -> String? in
            let finite = one.values.indices.filter { one.values[$0].isFinite }
            guard let first = finite.first, let last = finite.last else { return nil }
            let name = one.name.isEmpty ? "" : "\(one.name): "
            func text(_ value: Double) -> String {
                abs(value) < 1e-3 ? PageNumber.short(value) : PageNumber.value(value, error: nil)
            }
            return "\(name)\(text(one.values[first])) at step \(Int(one.steps[first])), "
                + "\(text(one.values[last])) at step \(Int(one.steps[last]))"
        }
        return "\(title). " + curves.joined(separator: "; ")
    }

    private func stepAxis(ticks count: Int) -> ChartAxis {
        let steps = series.flatMap { [$0.steps.first, $0.steps.last].compactMap { $0 } } + estimates.map(\.step)
        let first = steps.min() ?? 0
        let last = steps.max() ?? 0
        if first == last {
            return ChartAxis(
                form: .linear, lower: first - 1, upper: first + 1, ticks: [(first, String(format: "%.0f", first))])
        }
        var spacing = 1.0
        var factors = [2.0, 2.5, 2.0].makeIterator()
        while (last - first) / spacing > Double(count) {
            if let factor = factors.next() { spacing *= factor } else { factors = [2.0, 2.5, 2.0].makeIterator() }
        }
        let ticks = stride(from: (first / spacing).rounded(.up), through: (last / spacing).rounded(.down), by: 1)
            .map { (value: $0 * spacing, label: String(format: "%.0f", $0 * spacing)) }
        return ChartAxis(form: .linear, lower: first, upper: last, ticks: ticks)
    }

    /// Where values lie in the picture.
    private struct Frame {
        let left: Double
        let top: Double
        let width: Double
        let height: Double
        let horizontal: ChartAxis
        let vertical: ChartAxis

        var right: Double { left + width }
        var bottom: Double { top + height }
        func x(_ step: Double) -> Double? { horizontal.position(of: step).map { left + width * $0 } }
        func y(_ value: Double) -> Double? { vertical.position(of: value).map { bottom - height * $0 } }
    }

    private func coordinates(_ values: [Double]) -> String {
        values.map { String(format: "%.2f", $0) }.joined(separator: ",")
    }

    private func grid(_ frame: Frame, _ size: Size) -> String {
        var parts = ["<g class=\"grid\">"]
        var labels = ["<g class=\"ticks\" font-size=\"\(Int(Self.fontSize))\">"]
        for tick in vertical.ticks {
            guard let y = frame.y(tick.value) else { continue }
            parts.append("<path d=\"M\(coordinates([frame.left, y]))H\(coordinates([frame.right]))\"/>")
            labels.append(
                "<text x=\"\(coordinates([frame.left - 6]))\" y=\"\(coordinates([y + 4]))\" text-anchor=\"end\">"
                    + "\(Self.raised(tick.label))</text>")
        }
        for tick in frame.horizontal.ticks {
            guard let x = frame.x(tick.value) else { continue }
            parts.append("<path d=\"M\(coordinates([x, frame.bottom]))v4\"/>")
            labels.append(
                "<text x=\"\(coordinates([x]))\" y=\"\(coordinates([frame.bottom + 16]))\" text-anchor=\"middle\">"
                    + "\(tick.label)</text>")
        }
        parts.append(
            "<path class=\"axis\" d=\"M\(coordinates([frame.left, frame.bottom]))H\(coordinates([frame.right]))\"/></g>"
        )
        labels.append(
            "<text x=\"\(coordinates([frame.left + frame.width / 2]))\" y=\"\(coordinates([frame.bottom + 31]))\" "
                + "text-anchor=\"middle\">step</text></g>")
        return (parts + labels).joined()
    }

    /// A label whose raised digits, which few fonts draw well in small sizes, are ordinary ones lifted up.
    private static func raised(_ label: String) -> String {
        let ordinary: [Character: Character] = [
            "⁻": "−", "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8",
            "⁹": "9",
        ]
        guard let start = label.firstIndex(where: { ordinary[$0] != nil }) else { return label }
        let exponent = String(label[start...].map { ordinary[$0] ?? $0 })
        return "\(label[..<start])<tspan dy=\"-4\" font-size=\"9\">\(exponent)</tspan>"
    }

    private func line(_ reference: Reference, _ frame: Frame) -> String {
        guard let y = frame.y(reference.value), y >= frame.top, y <= frame.bottom else { return "" }
        let colour = reference.run.map(RunColour.classes) ?? "neutral"
        return
            "<path class=\"reference \(colour)\" d=\"M\(coordinates([frame.left, y]))H\(coordinates([frame.right]))\"/>"
    }

    private func band(_ one: ChartSeries, _ frame: Frame, groups: Int) -> String {
        let points = one.band(groups: groups).map { point -> (x: Double, lower: Double, upper: Double)? in
            guard let x = frame.x(point.step), let upper = frame.y(point.upper) else { return nil }
            // On a logarithmic axis a band may reach below everything.
            return (x, min(frame.y(point.lower) ?? frame.bottom, frame.bottom), max(upper, frame.top))
        }
        let colour = RunColour.classes(one.run)
        return points.split(whereSeparator: { $0 == nil }).map { piece -> String in
            let piece = piece.compactMap { $0 }
            guard piece.count > 1 else {
                return piece.map {
                    "<path class=\"bar \(colour)\" d=\"M\(coordinates([$0.x, $0.lower]))V\(coordinates([$0.upper]))\"/>"
                }.joined()
            }
            let outline =
                piece.map { coordinates([$0.x, $0.upper]) } + piece.reversed().map { coordinates([$0.x, $0.lower]) }
            return "<path class=\"band \(colour)\" d=\"M\(outline.joined(separator: "L"))Z\"/>"
        }.joined()
    }

    private func curve(_ one: ChartSeries, _ frame: Frame, groups: Int) -> String {
        let points = one.points(groups: groups).map { point -> (x: Double, y: Double)? in
            guard let x = frame.x(point.step), let y = frame.y(point.value) else { return nil }
            return (x, y)
        }
        let colour = RunColour.classes(one.run)
        var path = ""
        var dots = ""
        for piece in points.split(whereSeparator: { $0 == nil }) {
            let piece = piece.compactMap { $0 }
            path += "M" + piece.map { coordinates([$0.x, $0.y]) }.joined(separator: "L")
            if piece.count == 1 {
                dots +=
                    "<circle class=\"dot \(colour)\" cx=\"\(coordinates([piece[0].x]))\" "
                    + "cy=\"\(coordinates([piece[0].y]))\" r=\"3.5\"/>"
            }
        }
        return path.isEmpty ? "" : "<path class=\"line \(colour)\" data-run=\"\(one.run)\" d=\"\(path)\"/>" + dots
    }

    private func marker(_ estimate: Estimate, _ frame: Frame) -> String {
        guard let x = frame.x(estimate.step), let y = frame.y(estimate.value), y >= frame.top, y <= frame.bottom
        else { return "" }
        let colour = RunColour.classes(estimate.run)
        var bar = ""
        if estimate.error > 0, let upper = frame.y(estimate.value + estimate.error) {
            let lower = frame.y(estimate.value - estimate.error) ?? frame.bottom
            bar =
                "<path class=\"bar \(colour)\" d=\"M\(coordinates([x, min(lower, frame.bottom)]))"
                + "V\(coordinates([max(upper, frame.top)]))\"/>"
        }
        return bar
            + "<path class=\"estimate \(colour)\" d=\"M\(coordinates([x, y - 4.5]))l4.5,4.5l-4.5,4.5l-4.5,-4.5Z\"/>"
    }
}

/// How curves of different runs are told apart: eight colours, then the same with dashes, then with dots.
enum RunColour {
    static let count = 8
    private static let patterns = ["", " dashed", " dotted"]

    static func classes(_ run: Int) -> String { "c\(run % count)" + patterns[run / count % patterns.count] }
}

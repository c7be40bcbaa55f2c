import Communication
import Numerics

/// Local energies for the forces alone, with the rare ones that are far off moved nearer: real and imaginary parts
/// deviate from their medians by at most so many times their mean absolute deviation from these. Near a node of ψ local energies
/// diverge; a few such samples then decide a step that the others know nothing of. Forces of clipped energies are a little
/// biased, energies that are reported are not clipped (Pfau et al., Phys. Rev. Research 2, 033429 (2020), section III.C;
/// Hermann, Schätzle and Noé, Nature Chemistry 12, 891 (2020)).
public struct ClippedEnergies: Sendable {
    /// Of the local samples, real and imaginary part in turn.
    public let energies: [Double]
    /// Over all ranks.
    public let mean: Complex<Double>
    /// Samples over all ranks that were moved.
    public let count: Int

    /// Bins that a median is sought in, and how often the one that has it is divided again.
    private static let (bins, rounds) = (128, 3)

    /// What making them sends: histograms, mean absolute deviations, and the new mean with the number of clipped samples.
    package static func messages(components: Int) -> [CollectiveRecord] {
        [CollectiveRecord](repeating: .reals(components * (bins + 2)), count: rounds) + [.reals(components), .reals(3)]
    }

    /// The energies once more, and whether they were moved.
    package static let bytesPerSample: Int = .bytes(ofReals: 2) + MemoryLayout<Bool>.stride

    /// Collective: five allreduces of few numbers. No sample is sent, and counts do not depend on the ranks.
    ///
    /// - Parameters:
    ///   - energies: of the local samples, real and imaginary part in turn, all of one weight.
    ///   - statistics: theirs over all ranks. No median is further from the mean than the standard deviation.
    ///   - components: 1 where only the real parts count.
    ///   - limit: mean absolute deviations.
    ///   - sums: over the local samples.
    ///   - total: samples over all ranks.
    package init(
        _ energies: [Double], _ statistics: EnergyStatistics, components: Int, limit: Double, sums: ShardedSum,
        total: Int
    ) throws {
        let width = statistics.variance.squareRoot()
        var windows = [statistics.mean.real, statistics.mean.imaginary].prefix(components).map {
            Window(lower: $0 - width, upper: $0 + width)
        }
        for _ in 0..<Self.rounds {
            var counts = [Double](repeating: 0, count: components * (Self.bins + 2))
            for (component, window) in windows.enumerated() {
                let first = component * (Self.bins + 2)
                for index in stride(from: component, to: energies.count, by: 2) {
                    counts[first + window.bin(of: energies[index], of: Self.bins)] += 1
                }
            }
            // Sums of ones are exact, in any order.
            try sums.communicator.allReduce(&counts)
            for component in 0..<components {
                let found = counts[component * (Self.bins + 2)..<(component + 1) * (Self.bins + 2)]
                windows[component] = windows[component].part(holding: total, counts: Array(found))
            }
        }
        let medians = windows.map(\.centre)
        let deviations = try sums.sum(count: components) { _, samples, sum in
            for component in 0..<components {
                sum[component] = 0
                for sample in samples { sum[component] += abs(energies[2 * sample + component] - medians[component]) }
            }
        }
        var clipped = energies
        var moved = [Bool](repeating: false, count: energies.count / 2)
        for component in 0..<components {
            let reach = limit * deviations[component] / Double(max(1, total))
            let (least, most) = (medians[component] - reach, medians[component] + reach)
            for index in stride(from: component, to: energies.count, by: 2)
            where energies[index] < least || energies[index] > most {
                clipped[index] = min(most, max(least, energies[index]))
                moved[index / 2] = true
            }
        }
        let whole = try sums.sum(count: 3) { _, samples, sum in
            (sum[0], sum[1], sum[2]) = (0, 0, 0)
            for sample in samples {
                sum[0] += clipped[2 * sample]
                sum[1] += clipped[2 * sample + 1]
                if moved[sample] { sum[2] += 1 }
            }
        }
        self.energies = clipped
        mean = Complex(whole[0] / Double(max(1, total)), whole[1] / Double(max(1, total)))
        count = Int(whole[2])
    }

    /// Where a median is, cut into bins of one width.
    private struct Window {
        let lower: Double
        let upper: Double

        var centre: Double { lower + (upper - lower) / 2 }

        /// 0 for what lies below, `count` + 1 for what lies above.
        func bin(of value: Double, of count: Int) -> Int {
            guard value >= lower else { return 0 }
            guard value < upper else { return count + 1 }
            return 1 + min(count - 1, Int((value - lower) / (upper - lower) * Double(count)))
        }

        /// The bin that the middle one of `total` values is in; an end where it is outside.
        func part(holding total: Int, counts: [Double]) -> Window {
            let bins = counts.count - 2
            let middle = Double((total - 1) / 2)
            var before = 0.0
            for (bin, count) in counts.enumerated() {
                before += count
                guard before > middle else { continue }
                if bin == 0 { return Window(lower: lower, upper: lower) }
                if bin > bins { break }
                let step = (upper - lower) / Double(bins)
                return Window(lower: lower + Double(bin - 1) * step, upper: lower + Double(bin) * step)
            }
            return Window(lower: upper, upper: upper)
        }
    }
}

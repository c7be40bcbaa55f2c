/// Chooses how many samples each step draws, from the share s of a step's slope that is no noise (`StepControl`): few as long as
/// they decide, more as the forces sink into noise.
///
/// With N samples, of which the noise of the slope has the part 1/N, s = T/(T + n/N): T is the slope that is meant, n what a single
/// sample would add. A step gains T s in the mean, at the best rate. Where a step costs what its samples cost, the gain of a time is
/// proportional to 1/(N + n/T): more than n/T samples, for which s = 1/2, are lost, and fewer win little while steps multiply; where
/// the cost of its equation grows faster than N, fewer win more. N is therefore doubled where s is below `few` and halved where it is
/// above `many`.
public struct SampleControl: Sendable {
    /// A number of samples, and how a step of so many is made.
    public struct Level: Sendable {
        /// L, samples of each chain.
        public let length: Int
        public let reconfiguration: StochasticReconfiguration

        public init(length: Int, reconfiguration: StochasticReconfiguration) {
            self.length = length
            self.reconfiguration = reconfiguration
        }
    }

    /// In ascending order.
    public let levels: [Level]
    /// That of the next step.
    public private(set) var index = 0
    /// Steps that were made at this level.
    private var steps = 0

    /// s below which there are too few samples, and above which too many. A level up and s is 2s/(1 + s), a level down
    /// s/(2 − s), so that neither leads back.
    private static let (few, many) = (0.25, 0.55)
    /// Steps at a level before it is left: s is a mean over some.
    private static let patience = 6
    /// Samples of all chains that a step has at least.
    public static let leastSamples = 256

    /// - Precondition: there is a level, and lengths ascend.
    public init(_ levels: [Level]) {
        precondition(!levels.isEmpty, "no number of samples")
        precondition(zip(levels, levels.dropFirst()).allSatisfy { $0.length < $1.length }, "lengths ascend")
        self.levels = levels
    }

    /// The lengths of chains that a step may have: halves of the largest, for as long as a chain has two samples and all chains
    /// have `leastSamples`. In ascending order.
    public static func lengths(chains: Int, largest: Int) -> [Int] {
        var lengths = [largest]
        while let last = lengths.last, last >= 4 {
            let half = (last + 1) / 2
            guard half * chains >= leastSamples else { break }
            lengths.append(half)
        }
        return lengths.reversed()
    }

    public var level: Level { levels[index] }

    /// Takes in a step that was made, and chooses the level of the next one.
    ///
    /// - Parameters:
    ///   - control: as the step left it; it is told where the number of samples changes.
    ///   - wasLost: whether the step took back the one before.
    public mutating func choose(_ control: inout StepControl, wasLost: Bool) {
        steps += 1
        let before = level.length
        if wasLost {
            raise()
        } else if steps >= Self.patience, let signal = control.signal {
            if signal < Self.few { raise() } else if signal > Self.many { lower() }
        }
        if level.length != before { control.changeSamples(by: Double(level.length) / Double(before)) }
    }

    private mutating func raise() {
        guard index + 1 < levels.count else { return }
        (index, steps) = (index + 1, 0)
    }

    private mutating func lower() {
        guard index > 0 else { return }
        (index, steps) = (index - 1, 0)
    }

    /// All that changes, as a checkpoint takes it.
    package var words: [Double] { [Double(level.length), Double(steps)] }

    /// Goes on as `words` say; where they say nothing, as in a run that had all samples from the first step on, with the most.
    package mutating func restore(_ words: [Double]) {
        guard words.count == 2 else {
            (index, steps) = (levels.count - 1, 0)
            return
        }
        index = levels.lastIndex { Double($0.length) <= words[0] } ?? 0
        steps = Int(words[1])
    }
}

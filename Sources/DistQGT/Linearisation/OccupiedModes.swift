/// How the occupied modes of a configuration are read off the features that a tape begins with (`Recorder.spins`): a
/// list of modes, in the order in which their rows come in a matrix, and how many of them are to be occupied.
public struct OccupiedModes: Sendable, Hashable {
    /// Mode m is occupied where a feature has one of its two signs; 0 is neither.
    public struct ModeReading: Sendable, Hashable {
        public let feature: Int
        public let isPositive: Bool

        public init(feature: Int, isPositive: Bool) {
            self.feature = feature
            self.isPositive = isPositive
        }
    }

    public let readings: [ModeReading]
    /// n. A configuration with another number of occupied modes gives matrices of zeros.
    public let count: Int
    /// By mode the row of a matrix that belongs to it.
    public let rows: [Int]

    /// - Parameter rows: by mode the row that is taken where the mode is occupied; by default the number of the mode.
    public init(_ readings: [ModeReading], count: Int, rows: [Int]? = nil) {
        precondition(0...readings.count ~= count, "OccupiedModes: \(count) occupied of \(readings.count) modes")
        precondition(readings.allSatisfy { $0.feature >= 0 }, "OccupiedModes: a negative feature")
        let rows = rows ?? Array(readings.indices)
        precondition(
            rows.count == readings.count && Set(rows).count == rows.count && rows.allSatisfy { $0 >= 0 },
            "OccupiedModes: \(readings.count) modes need as many rows, each once")
        self.readings = readings
        self.count = count
        self.rows = rows
    }

    /// Fermions: mode m of the range is feature m, occupied where it is positive.
    public static func fermions(_ modes: Range<Int>, count: Int) -> OccupiedModes {
        OccupiedModes(modes.map { ModeReading(feature: $0, isPositive: true) }, count: count)
    }

    /// Spins 1/2 as one fermion on each of N sites: mode i is occupied where s_i = 1, mode N + i where s_i = −1.
    public static func spins(sites: Int) -> OccupiedModes {
        OccupiedModes(
            [true, false].flatMap { up in (0..<sites).map { ModeReading(feature: $0, isPositive: up) } }, count: sites)
    }

    /// The sites of the up spins, or of the down spins, of spins 1/2.
    public static func sites(_ sites: Int, up: Bool, count: Int) -> OccupiedModes {
        OccupiedModes((0..<sites).map { ModeReading(feature: $0, isPositive: up) }, count: count)
    }

    /// As `TapeScalar.occupiedModes` takes them.
    var codes: [Int32] { readings.map { Int32($0.isPositive ? $0.feature : ~$0.feature) } }
}

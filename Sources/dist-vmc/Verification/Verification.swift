import Communication
import DistQGT

/// The comparison of one reference file, of any format. Whoever makes one has read everything that it
/// needs from the file, so that what is wrong with a file is known before anything is computed.
protocol Verification {
    /// What the file says and this version does not compare, as paths.
    var notChecked: [String] { get }
    /// Recomputes every quantity, in the order of the report. Collective; the same result on every rank.
    ///
    /// - Throws: a `CollectiveError` for what every rank finds wrong with the file.
    func compare(on world: Communicator) throws -> [Comparison]
}

/// One quantity of a reference file beside what was computed.
struct Comparison {
    enum Kind {
        /// Follows from the samples by arithmetic.
        case evaluated
        /// Follows from the solution of a linear system, and carries its condition number.
        case solved
        /// The end of many steps, in which rounding grows.
        case evolved

        var tolerance: Double {
            switch self {
            case .evaluated: 1e-10
            case .solved: 1e-9
            case .evolved: 1e-8
            }
        }
    }

    /// Its place in the file, `qgt.vectors[0].Sv`.
    let path: String
    let kind: Kind
    /// The largest error; NaN where one of the two is not a number and the other is.
    let error: Double

    init(_ path: String, _ error: Double, kind: Kind = .evaluated) {
        self.path = path
        self.kind = kind
        self.error = error
    }
}

extension Comparison {
    /// A list (or tree, or single number) that every rank has whole: the largest difference over the
    /// largest entry of the reference, or the largest difference itself where the reference is all zero.
    ///
    /// - Parameter unit: of which sums have been taken: a reference that has no entry above 1e-12 of it is zero up to their
    ///   rounding. Nil where only zero is.
    static func relativeError(_ found: [Double], _ expected: [Double], unit: Double? = nil) -> Double {
        let isZero = unit.map { unit in expected.allSatisfy { abs($0) <= 1e-12 * unit } } ?? false
        var deviation = isZero ? Deviation() : Deviation(scale: expected)
        deviation.add(found, expected[...])
        return deviation.error
    }

    /// The largest difference itself.
    static func absoluteError(_ found: Double, _ expected: Double) -> Double {
        var deviation = Deviation()
        deviation.add([found], [expected])
        return deviation.error
    }
}

/// The largest difference between computed and expected numbers. What is not finite was written as null, is
/// read as NaN, and equals nothing else.
struct Deviation {
    private var largest = 0.0
    private var scale: Double
    private var isMismatched = false

    /// Differences count as they are.
    init() { scale = 1 }

    /// Differences count relative to the largest entry of `reference`.
    init(scale reference: [Double]) {
        let size = reference.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
        scale = size > 0 ? size : 1
    }

    /// - Parameter period: of the numbers; infinite where they have none.
    mutating func add(_ found: Double, _ expected: Double, period: Double = .infinity) {
        guard found.isFinite && expected.isFinite else {
            if found.isFinite != expected.isFinite { isMismatched = true }
            return
        }
        let difference = found - expected
        largest = max(largest, abs(period.isFinite ? difference.remainder(dividingBy: period) : difference))
    }

    mutating func add(_ found: [Double], _ expected: ArraySlice<Double>) {
        guard found.count == expected.count else {
            isMismatched = true
            return
        }
        for (found, expected) in zip(found, expected) { add(found, expected) }
    }

    /// The same on every rank: each brings its own part of the numbers. Collective: one allreduce.
    mutating func reduce(over world: Communicator) throws {
        var packed = [largest, isMismatched ? 1 : 0]
        try world.allReduce(&packed, .maximum)
        largest = packed[0]
        isMismatched = packed[1] > 0
    }

    var error: Double { isMismatched ? .nan : largest / scale }
}

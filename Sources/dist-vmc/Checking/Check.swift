import Communication
import DistQGT
import RunFiles

/// One property of the ansatz, tested.
struct Check {
    let name: String
    /// The largest error found, relative as the property says; infinite where a number is not finite.
    let error: Double
    /// Rounding in the ansatz's precision must stay below this.
    let tolerance: Double

    var holds: Bool { error <= tolerance }

    var json: JSONValue {
        ["name": .string(name), "error": .number(error), "tolerance": .number(tolerance), "passed": .bool(holds)]
    }
}

extension Communicator {
    /// The largest of the ranks' errors; infinite if one of them is not a number. Collective.
    func largestError(_ error: Double) throws -> Double {
        // The maximum of NaN is undefined in MPI.
        try allReduce(error.isNaN ? .infinity : error, .maximum)
    }
}

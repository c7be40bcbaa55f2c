import Communication
import DistQGT
import Foundation

/// Seconds of collective operations: of the slowest rank, over several runs after one that does not count.
package struct Stopwatch {
    private let world: Communicator
    private let repeats: Int
    private let clock: clockid_t

    /// - Parameter countsProcessorTime: instead of wall time, for a machine that does other things as well.
    package init(_ world: Communicator, repeats: Int, countsProcessorTime: Bool = false) {
        precondition(repeats >= 1)
        self.world = world
        self.repeats = repeats
        clock = countsProcessorTime ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
    }

    /// The median. Collective.
    ///
    /// - Parameter prepare: done before each run, not timed.
    package func seconds<Input>(
        preparing prepare: () throws -> Input, _ body: (Input) throws -> Void
    ) throws -> Double {
        Self.median(try runs(preparing: prepare, body))
    }

    /// The median. Collective.
    package func seconds(_ body: () throws -> Void) throws -> Double {
        try seconds(preparing: {}) { try body() }
    }

    /// The shortest run: what the machine can do. Collective.
    package func shortest(_ body: () throws -> Void) throws -> Double {
        try runs(preparing: {}) { try body() }.min() ?? 0
    }

    private func runs<Input>(
        preparing prepare: () throws -> Input, _ body: (Input) throws -> Void
    ) throws -> [Double] {
        var runs: [Double] = []
        for run in 0...repeats {
            let input = try prepare()
            try world.barrier()
            let start = now
            try body(input)
            let elapsed = try world.allReduce(now - start, .maximum)
            if run > 0 { runs.append(elapsed) }
        }
        return runs
    }

    /// 0 for no values.
    package static func median(_ values: [Double]) -> Double {
        let sorted = values.sorted()
        guard !sorted.isEmpty else { return 0 }
        return 0.5 * (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2])
    }

    private var now: Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}

import DistQGT
import Foundation

/// Seconds of collective operations: the slowest rank's, median of several runs after one that does not count.
struct Stopwatch {
    private let world: Communicator
    private let repeats: Int
    private let clock: clockid_t

    init(_ world: Communicator, repeats: Int, countsProcessorTime: Bool) {
        self.world = world
        self.repeats = repeats
        clock = countsProcessorTime ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC
    }

    /// Collective.
    ///
    /// - Parameter prepare: done before each run, not timed.
    func seconds<Input>(
        preparing prepare: () throws -> Input, _ body: (Input) throws -> Void
    ) throws -> Double {
        var runs: [Double] = []
        for run in 0 ... repeats {
            let input = try prepare()
            try world.barrier()
            let start = now
            try body(input)
            let elapsed = try world.allReduce(now - start, .maximum)
            if run > 0 { runs.append(elapsed) }
        }
        runs.sort()
        return 0.5 * (runs[(runs.count - 1) / 2] + runs[runs.count / 2])
    }

    func seconds(_ body: () throws -> Void) throws -> Double {
        try seconds(preparing: {}) { try body() }
    }

    private var now: Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + 1e-9 * Double(time.tv_nsec)
    }
}

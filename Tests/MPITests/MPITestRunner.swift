import Communication
import DistQGT
import Foundation

/// Runs tests on all ranks of the world and reports from rank 0.
struct MPITestRunner {
    let world: Communicator
    /// Seconds after which a test that hangs takes the job down.
    private static let timeLimit: UInt32 = 300

    /// Runs the tests in order. One line each, `ok NAME`, `skipped NAME: …` or `FAILED NAME: …`,
    /// then the counts. Collective.
    ///
    /// - Returns: the exit status, the same on every rank: 0 if no test failed.
    func run(_ tests: [MPITest]) throws -> Int32 {
        var passed = 0
        var failed = 0
        var skipped = 0
        for test in tests {
            if world.size < test.minimumSize {
                skipped += 1
                report("skipped \(test.name): needs \(test.minimumSize) ranks")
                continue
            }
            let failures = try failures(of: test)
            if failures.isEmpty {
                passed += 1
                report("ok \(test.name)")
            } else {
                failed += 1
                report("FAILED \(test.name): " + failures.joined(separator: "\n    "))
            }
        }
        let skippedText = skipped == 0 ? "" : ", \(skipped) skipped"
        report("\(passed) passed, \(failed) failed\(skippedText) on \(world.size) ranks")
        if passed + failed + skipped == 0 {
            report("no test has that name")
            return 1
        }
        return failed == 0 ? 0 : 1
    }

    /// Every rank's failed checks, on every rank. Collective.
    private func failures(of test: MPITest) throws -> [String] {
        alarm(Self.timeLimit)
        let communicator = try world.duplicate(sharingMemory: test.sharesMemory)
        if test.sharesMemory { _ = try communicator.shareReplicatedMemory { _ in 1 << 24 } }
        do {
            try test.body(communicator)
        } catch let error as any CollectiveError {
            // Every rank is here: the tests can go on.
            FailedChecks.record("threw '\(error)'")
        } catch {
            throw MPITestError(test: test.name, messages: FailedChecks.take() + ["\(error)"])
        }
        let messages = FailedChecks.take().map { "rank \(world.rank): \($0)" }
        let all = try world.allGather(Array(messages.joined(separator: "\n").utf8 + [0x0A]))
        try communicator.free()
        alarm(0)
        return String(decoding: all, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private func report(_ line: String) {
        guard world.rank == 0 else { return }
        print(line)
        fflush(nil)
    }
}

/// A test body that threw on this rank, with the checks that had failed before.
struct MPITestError: Error, CustomStringConvertible {
    let test: String
    let messages: [String]

    var description: String { "FAILED \(test): " + messages.joined(separator: "; ") }
}

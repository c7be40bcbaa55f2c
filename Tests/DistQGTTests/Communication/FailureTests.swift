import Foundation
import Testing

/// How a job ends when it fails, on two and more ranks and without a launcher.
@Suite(.serialized) struct FailureTests {
    private func scenario(_ name: String, ranks: Int?) throws -> MPIJob {
        let job = try MPIJob.run("mpi-tests", ["--scenario", name], ranks: ranks, timeLimit: 30)
        #expect(!job.timedOut)
        #expect(job.seconds < 10)
        return job
    }

    private func occurrences(of text: String, in job: MPIJob) -> Int {
        job.errors.components(separatedBy: text).count - 1
    }

    @Test("Failure: one rank's error ends the job, with its rank and host", arguments: [1, 2, 4])
    func failureOnOneRank(ranks: Int) throws {
        let job = try scenario("throw-on-last-rank", ranks: ranks)
        #expect(job.exitStatus == 1)
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first ?? ""
        #expect(job.errors.contains("mpi-tests: rank \(ranks - 1) on \(host)"))
        #expect(occurrences(of: ": injected failure\n", in: job) == 1)
    }

    @Test("Failure: the error decides the exit status", arguments: [nil, 2] as [Int?])
    func failureStatus(ranks: Int?) throws {
        let job = try scenario("throw-status-on-last-rank", ranks: ranks)
        #expect(job.exitStatus == 2)
        #expect(occurrences(of: "injected failure with a status", in: job) == 1)
    }

    @Test(
        "Failure: an error of all ranks is reported once and aborts nothing",
        arguments: ["throw-on-every-rank", "read-fails"], [nil, 1, 3] as [Int?])
    func failureOnEveryRank(name: String, ranks: Int?) throws {
        let job = try scenario(name, ranks: ranks)
        #expect(job.exitStatus == 2)
        #expect(occurrences(of: "mpi-tests: ", in: job) == 1)
        #expect(!job.errors.contains("MPI_ABORT"))
    }

    @Test("Failure: an MPI error carries MPI's text and ends the job")
    func failureOfMPI() throws {
        let job = try scenario("mpi-error", ranks: 2)
        #expect(job.exitStatus == 1)
        #expect(job.errors.contains("MPI_Bcast: MPI_ERR_ROOT: invalid root"))
    }

    @Test("Failure: abort ends ranks that wait", arguments: [nil, 3] as [Int?])
    func failureAbort(ranks: Int?) throws {
        #expect(try scenario("abort", ranks: ranks).exitStatus == 7)
    }

    @Test("Failure: a status that is no failure is passed on", arguments: [nil, 2] as [Int?])
    func failureExitStatus(ranks: Int?) throws {
        let job = try scenario("exit-status", ranks: ranks)
        #expect(job.exitStatus == 75)
        #expect(!job.errors.contains("mpi-tests: "))
    }

    @Test("MPI test harness: a check that fails on one rank fails its test only")
    func harnessFailedCheck() throws {
        let job = try scenario("failed-check", ranks: 3)
        #expect(job.exitStatus == 1)
        #expect(job.output.contains("FAILED must fail on the last rank: rank 2: "))
        #expect(job.output.contains("ok runs nevertheless"))
        #expect(job.output.contains("1 passed, 1 failed"))
    }

    @Test("MPI test harness: a body that throws on one rank ends the job")
    func harnessThrow() throws {
        let job = try scenario("test-throws", ranks: 3)
        #expect(job.exitStatus == 1)
        #expect(job.errors.contains("FAILED must throw on the last rank: injected failure"))
    }

    @Test("MPI test harness: a filter that matches nothing fails")
    func harnessEmptyFilter() throws {
        let job = try MPIJob.run("mpi-tests", ["no such test"], ranks: 2)
        #expect(job.exitStatus == 1)
        #expect(job.output.contains("0 passed, 0 failed"))
    }

    @Test("Launcher: what is printed before MPI starts comes from one rank")
    func launcherPrintsOnce() throws {
        let job = try MPIJob.run("mpi-tests", ["--list"], ranks: 3)
        #expect(job.exitStatus == 0)
        let lines = job.output.split(separator: "\n")
        #expect(!lines.isEmpty)
        #expect(Set(lines).count == lines.count)
    }
}

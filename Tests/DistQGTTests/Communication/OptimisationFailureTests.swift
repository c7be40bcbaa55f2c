import Foundation
import Testing

/// How a job ends when one rank of an optimisation fails while the others wait for it.
@Suite(.serialized) struct OptimisationFailureTests {
    @Test(
        "Optimisation: a rank that fails alone ends the job with its reason",
        arguments: ["optimisation-fails-in-sampling", "optimisation-fails-in-solve"], [2, 3, 4])
    func optimisationFailsOnOneRank(scenario: String, ranks: Int) throws {
        let job = try MPIJob.run("mpi-tests", ["--scenario", scenario], ranks: ranks, timeLimit: 30)
        #expect(!job.timedOut)
        #expect(job.seconds < 10)
        #expect(job.exitStatus == 1)
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first ?? ""
        #expect(job.errors.contains("mpi-tests: rank 1 on \(host)"))
        #expect(job.errors.components(separatedBy: ": injected failure\n").count == 2)
    }

    @Test("Optimisation: the scenario without the failing rank succeeds")
    func optimisationWithoutTheFailingRank() throws {
        let job = try MPIJob.run("mpi-tests", ["--scenario", "optimisation-fails-in-solve"], ranks: 1, timeLimit: 30)
        #expect(job.exitStatus == 0)
        #expect(job.errors.isEmpty)
    }
}

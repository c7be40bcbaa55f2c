import Communication
import DistQGT
import DistQGTTestSupport

/// Programs that must fail, for the tests that watch how they end.
enum FailureScenario {
    private struct Injected: Error, CustomStringConvertible {
        let description = "injected failure"
    }

    private struct InjectedStatus: Error, ExitStatusProviding, CustomStringConvertible {
        let exitStatus: Int32 = 2
        let description = "injected failure with a status"
    }

    private struct EveryRank: CollectiveError, ExitStatusProviding, CustomStringConvertible {
        let exitStatus: Int32 = 2
        let description = "the same failure on every rank"
    }

    static func run(named name: String) -> Never {
        MPIEnvironment.run { world in
            switch name {
            case "throw-on-last-rank":
                if world.rank == world.size - 1 { throw Injected() }
                // The other ranks wait for the one that fails.
                _ = try world.allReduce(1.0)
            case "throw-status-on-last-rank":
                if world.rank == world.size - 1 { throw InjectedStatus() }
                _ = try world.allReduce(1.0)
            case "throw-on-every-rank":
                throw EveryRank()
            case "read-fails":
                _ = try world.broadcast { throw InjectedStatus() }
            case "mpi-error":
                _ = try world.broadcast(1.0, from: world.size)
            case "abort":
                if world.rank == world.size - 1 { MPIEnvironment.abort(code: 7) }
                try world.barrier()
            case "failed-check":
                return try MPITestRunner(world: world).run([
                    MPITest("must fail on the last rank") { world in
                        check(world.rank < world.size - 1, "must fail")
                    },
                    MPITest("runs nevertheless") { try $0.barrier() },
                ])
            case "test-throws":
                return try MPITestRunner(world: world).run([
                    MPITest("must throw on the last rank") { world in
                        if world.rank == world.size - 1 { throw Injected() }
                        try world.barrier()
                    }
                ])
            case "optimisation-fails-in-sampling":
                try optimise(on: world, failingIn: .sample)
            case "optimisation-fails-in-solve":
                try optimise(on: world, failingIn: .solve)
            case "exit-status":
                return 75
            default:
                throw CollectiveFailure(message: "no scenario '\(name)'", exitStatus: 2)
            }
            return 0
        }
    }

    /// An optimisation in which rank 1 alone fails in the third step, where it is about to begin a phase.
    private static func optimise(on world: Communicator, failingIn phase: PhaseClock.Phase) throws {
        let vmc = try SmallProblem.ising(sites: 6).metropolis(
            RestrictedBoltzmannMachine(siteCount: 6, alpha: 1), chains: 8, samples: 80, on: world)
        vmc.willBegin = { [unowned vmc] beginning in
            if world.rank == 1, vmc.step == 2, beginning == phase { throw Injected() }
        }
        for _ in 0..<5 { _ = try vmc.advance() }
    }
}

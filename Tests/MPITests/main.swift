// The tests that need more than one process:
//
//     mpirun -n R mpi-tests [--list] [FILTER]
//
// runs the tests whose names contain FILTER. Exit status 0 if all passed.

import Communication
import DistQGT

/// One array per file. To add a file of tests, define its array there and name it here.
let tests: [MPITest] = [
    shardTests,
    communicatorTests,
    collectiveTests,
    messageSplittingTests,
    nodeMemoryTests,
    commonVectorTests,
    collectiveCounterTests,
    collectiveFailureTests,
    exactDiagonalisationTests,
    samplingTests,
    statisticsTests,
    geometryTests,
    conjugateGradientTests,
    distributedSymmetricMatrixTests,
    onTheFlyKernelMapTests,
    storedJacobianTests,
    iterativeRefinementTests,
    collectiveContractTests,
    steadyStateTests,
    rankInvarianceTests,
    shardedSumTests,
    reconfigurationEquationTests,
    marchTests,
    blockTests,
    evolutionTests,
    steepestDescentTests,
    lostStateTests,
    sampleControlTests,
    observableTests,
    projectionTests,
].flatMap { $0 }

let arguments = Array(CommandLine.arguments.dropFirst())
switch arguments.first {
case "--list":
    if LauncherEnvironment.isFirstRank { tests.forEach { print($0.name) } }
case "--scenario":
    FailureScenario.run(named: arguments.dropFirst().first ?? "")
case "--time-dense-solve":
    MPIEnvironment.run { world in
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        return try DenseSolveTiming.run(size: numbers.first ?? 4096, repeats: numbers.dropFirst().first ?? 3, on: world)
    }
default:
    // Parts of names: every test that has one of them.
    MPIEnvironment.run { world in
        try MPITestRunner(world: world).run(
            tests.filter { test in arguments.isEmpty || arguments.contains { test.name.contains($0) } })
    }
}

// Seconds of the parts of stochastic reconfiguration at 100 sites, on the ranks it is started with:
//
//     mpirun -n R reconfiguration-benchmark [--samples N] [--repeat K] [--cpu-time]
//
// prints Markdown tables. Arguments are parsed before MPI is initialised.

import ArgumentParser
import COpenBLAS
import Communication
import DistQGT
import Measurement

struct Options: ParsableArguments {
    @Option(help: "Samples over all ranks.")
    var samples = 1024
    @Option(name: .customLong("repeat"), help: "Runs of which the median counts.")
    var repeats = 5
    @Option(name: .customLong("dense"), help: "Largest number of rows of the dense solves on several ranks.")
    var denseSize = 4096
    @Flag(help: "Processor time instead of wall time, for a machine that does other things as well.")
    var cpuTime = false

    func validate() throws {
        guard samples >= 1, repeats >= 1, denseSize >= 1 else { throw ValidationError("accepted: integers >= 1") }
    }
}

let options = Options.parseOrExit()

MPIEnvironment.run { world in
    openblas_set_num_threads(1)
    let stopwatch = Stopwatch(world, repeats: options.repeats, countsProcessorTime: options.cpuTime)
    let print: (String) -> Void = { text in
        if world.rank == 0 { Swift.print(text) }
    }
    let rate = try MachineLimits.matrixProductRate(stopwatch)
    print(
        "\(world.size) \(world.size == 1 ? "rank" : "ranks"), \(options.samples) samples, "
            + "\(options.cpuTime ? "processor" : "wall") time, median of \(options.repeats); "
            + "dgemm of 1024 rows: \(Figures.short(rate)) Gflop/s per rank\n")
    let columns = try BenchmarkNetwork.all.map { network in
        try StepTimings(network, samples: options.samples, on: world, stopwatch)
    }
    print(StepTimings.table(columns))
    if world.size > 1 { print(try DenseSolveTimings.table(upTo: options.denseSize, on: world, stopwatch)) }
    return 0
}

import Foundation

/// A program of this package, run by `mpirun`, and how it ended.
struct MPIJob {
    let exitStatus: Int32
    let output: String
    let errors: String
    let seconds: Double
    /// True if the time limit ended it.
    let timedOut: Bool

    /// Runs an executable product of this package on a number of ranks, or without `mpirun`.
    static func run(
        _ product: String, _ arguments: [String], ranks: Int?, timeLimit: Double = 60
    ) throws -> MPIJob {
        let executable = productsDirectory.appendingPathComponent(product)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        let launcher = ranks.map {
            ["mpirun", "--oversubscribe", "--bind-to", "none", "-n", "\($0)"]
        }
        process.arguments = (launcher ?? []) + [executable.path] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging([
            "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        ]) { $1 }

        // Files, not pipes: a pipe that nobody empties stops the program.
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("mpi-job-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        let outputFile = directory.appendingPathComponent("out")
        let errorFile = directory.appendingPathComponent("err")
        try Data().write(to: outputFile)
        try Data().write(to: errorFile)
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        process.standardInput = FileHandle.nullDevice

        let start = Date()
        try process.run()
        var timedOut = false
        while process.isRunning {
            if Date().timeIntervalSince(start) > timeLimit {
                timedOut = true
                process.terminate()
                break
            }
            Thread.sleep(forTimeInterval: 0.01)
        }
        process.waitUntilExit()
        return MPIJob(
            exitStatus: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self),
            seconds: Date().timeIntervalSince(start), timedOut: timedOut)
    }

    /// The executables are built into the directory of the test program.
    private static var productsDirectory: URL {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    }
}

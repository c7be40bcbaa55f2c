import Foundation

/// A command of the batch system, found on the PATH and given some seconds.
struct SystemCommand {
    let status: Int32
    let output: String
    /// What went wrong, in one line; empty if nothing did.
    let problem: String

    /// What `timeout` exits with.
    private static let (timedOut, notFound): (Int32, Int32) = (124, 127)

    var succeeded: Bool { problem.isEmpty }

    /// Runs it to its end. Local; not under MPI, where starting processes is not safe.
    init(_ arguments: [String], seconds: Int = 10) {
        let name = arguments.first ?? ""
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["timeout", "\(seconds)"] + arguments
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        do { try process.run() } catch {
            (status, self.output, problem) = (Self.notFound, "", "\(name) could not be started")
            return
        }
        // The commands that are run say little: neither pipe fills up while the other is read.
        self.output = Self.text(output)
        let complaint = Self.text(errors)
        process.waitUntilExit()
        status = process.terminationStatus
        switch status {
        case 0: problem = ""
        case Self.timedOut: problem = "\(name) did not answer within \(seconds) s"
        case Self.notFound: problem = "there is no \(name) here"
        default: problem = complaint.isEmpty ? "\(name) ended with status \(status)" : oneLine(complaint)
        }
    }

    private static func text(_ pipe: Pipe) -> String {
        String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

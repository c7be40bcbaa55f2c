import CKernels
import COpenBLAS
import Communication
import DistQGT
import Foundation
import RunFiles

/// What a wrong start of the program looks like from inside.
enum LaunchChecks {
    /// What is wrong, in words.
    struct Problem {
        let text: String
        /// Whether results would be wrong or lost, not only slow.
        let isFatal: Bool
    }

    /// A launcher that started several processes of which MPI makes no group: each would run by itself, and all would
    /// write to the same files. Local; each of the processes finds it.
    static func separateProcesses(_ launcher: LauncherEnvironment, worldSize: Int) -> Problem? {
        guard worldSize == 1, let size = launcher.size, size > 1 else { return nil }
        return Problem(
            text:
                "the launcher started \(size) processes, but MPI sees each of them alone: \(size) separate runs. Start "
                + "them with the mpirun of the MPI that dist-vmc was built with (\(library)), or with srun --mpi=pmix or "
                + "--mpi=pmi2, as that MPI needs it",
            isFatal: true)
    }

    private static var library: String {
        let words = oneLine(MPIEnvironment.libraryVersion).split(separator: ",")
        return words.first.map(String.init) ?? "unknown"
    }

    /// What differs between the ranks and must not, or had better not. The same on every rank. Collective: one
    /// allgather, and two broadcasts for each problem.
    static func differences(on world: Communicator, arguments: [String] = CommandLine.arguments) throws -> [Problem] {
        guard world.size > 1 else { return [] }
        let cpu = processor
        let words = arguments.dropFirst().joined(separator: " ")
        let own = [
            programChecksum, CRC64.checksum(of: arguments.dropFirst().joined(separator: "\0")), CRC64.checksum(of: cpu),
        ]
        let all = try world.allGather(own)
        /// The first rank that differs from rank 0.
        func stranger(_ field: Int) -> Int? {
            (1..<world.size).first { all[$0 * own.count + field] != all[field] }
        }
        var problems: [Problem] = []
        if let rank = stranger(0) {
            let host = try world.broadcast(MPIEnvironment.processorName, from: rank)
            problems.append(
                Problem(
                    text:
                        "the ranks run different programs: rank \(rank) on \(host) has another dist-vmc than rank 0 on "
                        + "\(try world.broadcast(MPIEnvironment.processorName))", isFatal: true))
        }
        if let rank = stranger(1) {
            problems.append(
                Problem(
                    text: "the ranks were started with different arguments: rank \(rank) with "
                        + "'\(try world.broadcast(words, from: rank))', rank 0 with '\(try world.broadcast(words))'",
                    isFatal: true))
        }
        if let rank = stranger(2) {
            problems.append(
                Problem(
                    text:
                        "the ranks run on CPUs of different types: rank \(rank) on \(try world.broadcast(cpu, from: rank)), "
                        + "rank 0 on \(try world.broadcast(cpu)): the slowest decides, and with run.deterministic bits "
                        + "depend on which rank computes what", isFatal: false))
        }
        return problems
    }

    /// Of this process's executable; 0 where it cannot be read.
    private static var programChecksum: UInt64 {
        guard let program = try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/exe"), options: .alwaysMapped) else {
            return 0
        }
        return CRC64.checksum(of: [UInt8](program)[...])
    }

    /// The CPU, and what was chosen for it.
    private static var processor: String {
        let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        let model = information.split(separator: "\n").first { $0.hasPrefix("model name") }
            .flatMap { $0.split(separator: ":").last }.map { $0.trimmingCharacters(in: .whitespaces) }
        func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "unknown" }
        return "\(model ?? "an unknown CPU") (BLAS kernels for \(text(openblas_get_corename())), vector units: "
            + "\(text(ck_vector_units())))"
    }
}

/// Why a job that was started wrongly does not run.
struct LaunchError: CollectiveError, ExitStatusProviding, CustomStringConvertible {
    let description: String
    var exitStatus: Int32 { ExitStatus.badInput.rawValue }
}

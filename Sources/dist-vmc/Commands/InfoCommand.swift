import ArgumentParser
import CHDF5
import CKernels
import COpenBLAS
import Communication
import DistQGT
import Foundation
import RunFiles

/// `dist-vmc info`
struct InfoCommand: ParsableCommand, SessionCommand {
    static let configuration = CommandConfiguration(
        commandName: "info",
        abstract: "Print versions, ranks and hosts, threads and vector units.",
        discussion: """
            Fields of the JSON object: version, mpi, mpi_thread_level, blas {configuration, core, replacement (null, or which kernels \
            were chosen in place of OpenBLAS's choice)}, hdf5, ranks, \
            threads_per_rank, hosts [{host, ranks, cores, vector_units}].
            """)

    @Flag(help: "Print one JSON object on standard output and nothing else.")
    var json = false

    /// The ranks of one host.
    private struct Host {
        let name: String
        var ranks: Int
        let cores: Int
        let vectorUnits: String
    }

    var runsWhereverStarted: Bool { true }

    func execute(in session: Session) throws -> ExitStatus {
        try session.setThreads(nil)
        try session.reportSlowKernels()
        let hosts = try Self.hosts(on: session.world)
        let threads = Int(openblas_get_num_threads())
        let mpi = oneLine(MPIEnvironment.libraryVersion)
        let level = MPIEnvironment.threadLevel.map { "\($0)" } ?? "none"
        let blas = Self.text(openblas_get_config())
        let core = Self.text(openblas_get_corename())
        let hdf5 = Self.hdf5Version
        if json {
            let object: JSONValue = [
                "version": .string(programVersion),
                "mpi": .string(mpi),
                "mpi_thread_level": .string(level),
                "blas": [
                    "configuration": .string(blas), "core": .string(core),
                    "replacement": BLASKernels.replacement.map { .string($0) } ?? .null,
                ],
                "hdf5": .string(hdf5),
                "ranks": .integer(session.world.size),
                "threads_per_rank": .integer(threads),
                "hosts": .array(
                    hosts.map { host in
                        [
                            "host": .string(host.name), "ranks": .integer(host.ranks), "cores": .integer(host.cores),
                            "vector_units": .string(host.vectorUnits),
                        ]
                    }),
            ]
            session.results.write(object.description + "\n")
        } else {
            var lines = [
                "dist-vmc \(programVersion)", "MPI       \(mpi) (thread level: \(level))",
                "BLAS      \(blas), kernels for \(BLASKernels.replacement ?? core)", "HDF5      \(hdf5)",
                "ranks     \(session.world.size), \(threads) BLAS \(threads == 1 ? "thread" : "threads") each",
            ]
            for host in hosts {
                lines.append(
                    "host      \(host.name): \(host.ranks) \(host.ranks == 1 ? "rank" : "ranks"), "
                        + "\(host.cores) cores, vector units: \(host.vectorUnits)")
            }
            session.results.write(lines.joined(separator: "\n") + "\n")
        }
        return .done
    }

    /// The hosts of the job, in the order of their lowest ranks. Collective.
    private static func hosts(on world: Communicator) throws -> [Host] {
        // One record per rank; no field contains the separator.
        let fields = [
            MPIEnvironment.processorName, "\(ProcessInfo.processInfo.activeProcessorCount)", text(ck_vector_units()),
        ]
        let records = try world.allGather(Array((fields.joined(separator: "\t") + "\n").utf8))
        var hosts: [Host] = []
        for record in String(decoding: records, as: UTF8.self).split(separator: "\n") {
            let fields = record.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 3 else { continue }
            if let index = hosts.firstIndex(where: { $0.name == fields[0] && $0.vectorUnits == fields[2] }) {
                hosts[index].ranks += 1
            } else {
                hosts.append(Host(name: fields[0], ranks: 1, cores: Int(fields[1]) ?? 0, vectorUnits: fields[2]))
            }
        }
        return hosts
    }

    private static var hdf5Version: String {
        var major: UInt32 = 0
        var minor: UInt32 = 0
        var release: UInt32 = 0
        guard chdf5_library_version(&major, &minor, &release) == 0 else { return "unknown" }
        return "\(major).\(minor).\(release)"
    }

    private static func text(_ pointer: UnsafePointer<CChar>?) -> String {
        pointer.map { String(cString: $0).trimmingCharacters(in: .whitespaces) } ?? "unknown"
    }
}

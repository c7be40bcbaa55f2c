import Communication
import DistQGT
import Foundation

/// The cores that processes may run on.
enum AllowedCores {
    /// Numbers of those of this process: what the launcher or the batch system bound it to. Local.
    static var ofProcess: Set<Int> {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let prefix = "Cpus_allowed_list:"
        let line = status.split(separator: "\n").first { $0.hasPrefix(prefix) }
        let cores = numbers(in: line.map { $0.dropFirst(prefix.count) } ?? "")
        return cores.isEmpty ? Set(0..<ProcessInfo.processInfo.activeProcessorCount) : cores
    }

    /// Those of a list such as `0-3,8`.
    static func numbers(in list: some StringProtocol) -> Set<Int> {
        var cores: Set<Int> = []
        for part in list.split(separator: ",") {
            let bounds = part.split(separator: "-").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
            // No machine has more; a list that says so is not one.
            guard let first = bounds.first, let last = bounds.last, first <= last, last < 1 << 20 else { continue }
            cores.formUnion(first...last)
        }
        return cores
    }

    /// The number of cores that the ranks of a node may run on together. Collective over the node.
    static func count(on node: Communicator) throws -> Int { Set(try node.allGather(Array(ofProcess))).count }
}

import Communication
import DistQGT
import Foundation

/// How much memory this process and its node may use, as far as the system tells: not what is free at the moment, but
/// what can never be exceeded.
struct MemoryLimits {
    struct Limit {
        let bytes: Int
        /// In words.
        let source: String
    }

    /// Of this process, less what it uses already; nil where there is none.
    let process: Limit?
    /// Of all processes of the job on this node together; nil where it is not known.
    let node: Limit?

    /// Those of the system. Local.
    static var current: MemoryLimits {
        MemoryLimits(
            process: lowest([addressSpace]),
            node: lowest([machine, slurm(ProcessInfo.processInfo.environment)] + controlGroups))
    }

    private static func lowest(_ limits: [Limit?]) -> Limit? { limits.compactMap { $0 }.min { $0.bytes < $1.bytes } }

    /// `ulimit -v`.
    private static var addressSpace: Limit? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < UInt64(Int.max) else {
            return nil
        }
        let pages = text("/proc/self/statm").split(separator: " ").first.flatMap { Int($0) } ?? 0
        return Limit(bytes: max(0, Int(limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE))), source: "ulimit -v")
    }

    private static var machine: Limit? {
        let line = text("/proc/meminfo").split(separator: "\n").first { $0.hasPrefix("MemTotal:") }
        let kilobytes = line?.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        return kilobytes.map { Limit(bytes: $0 << 10, source: "the machine's memory") }
    }

    /// What Slurm gives the job on a node, in megabytes; 0 stands for all of it.
    static func slurm(_ environment: [String: String]) -> Limit? {
        func number(_ name: String) -> Int? { environment[name].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
        let perCore = number("SLURM_MEM_PER_CPU").flatMap { memory in
            number("SLURM_CPUS_ON_NODE").map { memory.multipliedReportingOverflow(by: $0) }
        }
        let megabytes = number("SLURM_MEM_PER_NODE") ?? perCore.flatMap { $0.overflow ? nil : $0.partialValue }
        return megabytes.flatMap { $0 < 1 << 40 ? Limit(bytes: $0 << 20, source: "what Slurm gives the job") : nil }
    }

    /// Of the control groups that this process is in: version 2 and 1.
    private static var controlGroups: [Limit?] {
        text("/proc/self/cgroup").split(separator: "\n").flatMap { line -> [Limit?] in
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { return [] }
            let isSecond = fields[1].isEmpty
            guard isSecond || fields[1].split(separator: ",").contains("memory") else { return [] }
            let root = isSecond ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let file = isSecond ? "memory.max" : "memory.limit_in_bytes"
            var parts = fields[2].split(separator: "/")
            var limits: [Limit?] = []
            // A group's limit holds for those in it; within a container its path may not be seen.
            while true {
                let path = ([root] + parts.map(String.init) + [file]).joined(separator: "/")
                let bytes = Int(text(path).trimmingCharacters(in: .whitespacesAndNewlines))
                limits.append(bytes.map { Limit(bytes: $0, source: "the limit of its control group") })
                if parts.isEmpty { return limits }
                parts.removeLast()
            }
        }
    }

    private static func text(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
}

extension RunPlan {
    /// Says why a step cannot fit into the memory there is; nil where it may. The same on every rank. Collective.
    func memoryProblem(on world: Communicator) throws -> String? {
        let node = try world.splitByNode()
        let ranksOnNode = node.size
        try node.free()
        let limits = MemoryLimits.current
        // What only one rank holds counts once.
        let onNode =
            Double(ranksOnNode) * Double(leastMemory.total - leastMemory.firstRank) + Double(leastMemory.firstRank)
        // Limits, how much of them a step takes, and the ranks that they are for.
        var shares: [(limit: MemoryLimits.Limit, share: Double, ranks: Int)] = []
        if let limit = limits.process {
            shares.append((limit, Double(leastMemory.total) / Double(max(1, limit.bytes)), 1))
        }
        if let limit = limits.node { shares.append((limit, onNode / Double(max(1, limit.bytes)), ranksOnNode)) }
        let exceeded = shares.filter { $0.share > 1 }.max { $0.share < $1.share }
        let first = try world.allReduce(exceeded == nil ? world.size : world.rank, .minimum)
        guard first < world.size else { return nil }
        var words = ""
        if let exceeded {
            func gigabytes(_ bytes: Int) -> String { String(format: "%.3g GB", Double(bytes) / 1e9) }
            words =
                "a step takes \(gigabytes(leastMemory.total)) on the rank with most samples, and "
                + "\(exceeded.limit.source) is \(gigabytes(exceeded.limit.bytes)) for \(exceeded.ranks) "
                + (exceeded.ranks == 1 ? "rank" : "ranks")
        }
        return try world.broadcast(words, from: first)
    }

    /// - Throws: `ConfigurationError`, on every rank, if a step cannot fit into the memory there is. Collective.
    func requireMemory(on world: Communicator) throws {
        guard let problem = try memoryProblem(on: world) else { return }
        let parts = leastMemory.matrices + leastMemory.jacobian
        let (block, key) = 2 * parts > leastMemory.total ? ("sr", "solver") : ("sampler", "samples")
        throw (configuration.resolved[block]?[key] ?? configuration.resolved).error(
            "\(problem); accepted: \(key == "solver" ? "a solver that stores no such matrix, or " : "")fewer samples")
    }
}

import Foundation

/// What the launcher's environment variables say about this process before MPI is initialised, so
/// that for instance `--help` comes from one process only, and needs no MPI on a login node.
public struct LauncherEnvironment: Sendable, Equatable {
    /// This process's rank; nil if no known launcher started it.
    public let rank: Int?
    /// The number of processes; nil if no known launcher started this one or says so.
    public let size: Int?

    /// True on rank 0, and on a process that no known launcher started.
    public var isFirstRank: Bool { (rank ?? 0) == 0 }

    /// The environment of this process.
    public static let current = LauncherEnvironment(
        variables: ProcessInfo.processInfo.environment)
    public static var rank: Int? { current.rank }
    public static var size: Int? { current.size }
    public static var isFirstRank: Bool { current.isFirstRank }

    /// Reads the variables of Open MPI, of PMI (MPICH, Intel MPI), of PMIx and of Slurm's `srun`,
    /// in this order: a launcher that runs inside a Slurm step inherits the step's variables, and
    /// its own are the ones that count.
    public init(variables: [String: String]) {
        func number(_ name: String) -> Int? {
            variables[name].flatMap { Int($0) }.flatMap { $0 >= 0 ? $0 : nil }
        }
        let step = Self.isParallelSlurmStep(variables)
        let slurmSize = step ? number("SLURM_STEP_NUM_TASKS") ?? number("SLURM_NTASKS") : nil
        if let rank = number("OMPI_COMM_WORLD_RANK") {
            self.init(rank: rank, size: number("OMPI_COMM_WORLD_SIZE"))
        } else if let rank = number("PMI_RANK") {
            self.init(rank: rank, size: number("PMI_SIZE") ?? slurmSize)
        } else if let rank = number("PMIX_RANK") {
            self.init(rank: rank, size: slurmSize)  // PMIx names no size
        } else if step, let rank = number("SLURM_PROCID") {
            self.init(rank: rank, size: slurmSize)
        } else {
            self.init(rank: nil, size: nil)
        }
    }

    private init(rank: Int?, size: Int?) {
        self.rank = rank
        self.size = size
    }

    /// A batch script and an interactive allocation see SLURM_PROCID too (as 0), but are no step of
    /// `srun`: they have no step number, or one of Slurm's reserved numbers.
    private static func isParallelSlurmStep(_ variables: [String: String]) -> Bool {
        guard let step = variables["SLURM_STEP_ID"].flatMap({ UInt32($0) }) else { return false }
        return step < 0xffff_fff0  // SLURM_MAX_NORMAL_STEP_ID
    }
}

import LinearAlgebra

internal import CMPI

/// A group of ranks that communicate with each other.
///
/// Every method marked *collective* must be called by all ranks of the communicator, in the same
/// order. A communicator belongs to the thread that initialised MPI (the main thread); it is not
/// `Sendable`. All errors that MPI reports are thrown as ``MPIError``; after one of them the other
/// ranks may be waiting, so the only safe end is ``MPIEnvironment/abort(code:)``, which
/// ``MPIEnvironment/run(threadLevel:programName:_:)`` sees to.
public final class Communicator {
    /// This process's number, 0 ≤ rank < size.
    public let rank: Int
    /// The number of processes.
    public let size: Int
    /// The collectives that went through this communicator. A communicator made from another one
    /// starts from zero.
    public let counters = CollectiveCounters()

    /// The largest number of elements in one MPI message; longer ones travel in pieces. The same
    /// on every rank. An MPI count holds 2³¹ − 1; at 2²⁷ elements a message also has at most 2³⁰
    /// bytes, which matters to MPI libraries that keep byte counts in an int.
    package var pieceLimit = 1 << 27

    /// Whether the ranks of a node exchange numbers through memory that they share.
    private let sharesMemory: Bool
    private enum SharedState {
        case unknown
        case known(NodeMemory?)
    }
    private var sharedState = SharedState.unknown

    private enum Binding {
        case alone
        case mpi(cmpi_communicator)
        case freed
    }
    private var binding: Binding

    private init(alone: Void) {
        rank = 0
        size = 1
        binding = .alone
        sharesMemory = false
    }

    /// Takes over an MPI communicator.
    ///
    /// - Parameter sharesMemory: whether the ranks of a node exchange numbers through memory that they share, which is
    ///   made at the first exchange.
    init(adopting handle: cmpi_communicator, sharesMemory: Bool = false) throws(MPIError) {
        var rank: Int32 = 0
        var size: Int32 = 0
        try MPIError.check(cmpi_rank(handle, &rank), "MPI_Comm_rank")
        try MPIError.check(cmpi_size(handle, &size), "MPI_Comm_size")
        self.rank = Int(rank)
        self.size = Int(size)
        binding = .mpi(handle)
        self.sharesMemory = sharesMemory && size > 1
    }

    /// Memory that the ranks of a node share; nil where there is none, on every rank alike. Collective at the first call.
    package func nodeMemory() throws(MPIError) -> NodeMemory? {
        guard sharesMemory else { return nil }
        if case .known(let memory) = sharedState { return memory }
        let memory = try NodeMemory.make(for: self)
        sharedState = .known(memory)
        return memory
    }

    /// Whether all ranks are on one node and share memory. Collective at the first call.
    public func sharesAllMemory() throws(MPIError) -> Bool { try nodeMemory()?.isWhole ?? false }

    /// Ranks of the smallest node, where those of a node share memory; 1 where they do not. Collective at the first call.
    public func ranksPerNode() throws(MPIError) -> Int { try nodeMemory()?.laneCount ?? 1 }

    /// Makes vectors possible that the ranks of a node have in common; whether it could, on every rank alike. Collective.
    ///
    /// - Parameter byteCount: what such vectors are expected to take on a node of so many ranks.
    public func shareReplicatedMemory(byteCount: (_ ranks: Int) -> Int) throws(MPIError) -> Bool {
        guard let memory = try nodeMemory() else { return false }
        return try memory.makeArrays(byteCount, over: self)
    }

    /// Where vectors lie that the ranks of a node have in common; nil where each rank has its own. Local.
    package var replicatedMemory: (any ReplicatedMemory)? { nodeArrays }
    var nodeArrays: NodeArrays? {
        if case .known(let memory) = sharedState { memory?.arrays } else { nil }
    }

    /// Gives the memory back that ranks of a node share. Collective.
    func freeNodeMemory() throws(MPIError) {
        guard case .known(let memory?) = sharedState else { return }
        sharedState = .known(nil)
        try memory.free()
    }

    /// One process that talks to nobody: MPI is neither needed nor initialised. Every collective
    /// gives what it gives on a communicator of size 1, and is counted. Local.
    public static func alone() -> Communicator { Communicator(alone: ()) }

    /// MPI's handle, or nil for a communicator without MPI.
    package func handle(for call: StaticString) throws(MPIError) -> Int64? {
        switch binding {
        case .alone: return nil
        case .mpi(let handle): return handle
        case .freed: throw MPIError.freedCommunicator(call)
        }
    }

    /// Throws what MPI would, where MPI is not called.
    func checkRoot(_ root: Int, _ call: StaticString) throws(MPIError) -> Int32 {
        guard let converted = Int32(exactly: root) else {
            throw MPIError.invalidRoot(call, root: root, size: size)
        }
        if case .alone = binding, root != 0 {
            throw MPIError.invalidRoot(call, root: root, size: size)
        }
        return converted
    }

    /// Waits until all ranks have come here. Collective.
    public func barrier() throws(MPIError) {
        counters.count(.barrier, elements: 0, bytes: 0)
        guard let handle = try handle(for: "MPI_Barrier") else { return }
        counters.countMessage()
        try MPIError.check(cmpi_barrier(handle), "MPI_Barrier")
    }

    /// A communicator of the ranks that gave the same colour, ordered by key, then by rank.
    /// Collective.
    ///
    /// - Parameter colour: at least 0.
    public func split(colour: Int, key: Int) throws(MPIError) -> Communicator {
        let call: StaticString = "MPI_Comm_split"
        guard let mpiColour = Int32(exactly: colour), mpiColour >= 0 else {
            throw MPIError.invalidArgument(call, "the colour is \(colour), not in 0…\(Int32.max)")
        }
        guard let mpiKey = Int32(exactly: key) else {
            throw MPIError.invalidArgument(call, "the key \(key) does not fit 32 bits")
        }
        guard let handle = try handle(for: call) else { return .alone() }
        var created: cmpi_communicator = 0
        try MPIError.check(cmpi_split(handle, mpiColour, mpiKey, &created), call)
        return try Communicator(adopting: created)
    }

    /// A communicator of the ranks on this rank's node (ranks that can share memory), in the order
    /// of their ranks here. Collective.
    public func splitByNode() throws(MPIError) -> Communicator {
        guard let handle = try handle(for: "MPI_Comm_split_type") else { return .alone() }
        var created: cmpi_communicator = 0
        // Equal keys keep the order of the ranks.
        try MPIError.check(cmpi_split_shared_memory(handle, 0, &created), "MPI_Comm_split_type")
        return try Communicator(adopting: created)
    }

    /// A communicator of the same ranks whose messages never mix with this one's. Collective.
    ///
    /// - Parameter sharingMemory: whether its ranks exchange numbers through memory of their node.
    public func duplicate(sharingMemory: Bool = false) throws(MPIError) -> Communicator {
        guard let handle = try handle(for: "MPI_Comm_dup") else { return .alone() }
        var created: cmpi_communicator = 0
        try MPIError.check(cmpi_duplicate(handle, &created), "MPI_Comm_dup")
        return try Communicator(adopting: created, sharesMemory: sharingMemory)
    }

    /// Gives back MPI's resources of a communicator made by ``split(colour:key:)``,
    /// ``splitByNode()`` or ``duplicate()``; every later call on it throws. Collective, and therefore
    /// not left to `deinit`. What is never freed lasts until MPI is finalised.
    public func free() throws(MPIError) {
        guard var handle = try handle(for: "MPI_Comm_free") else { return }
        try freeNodeMemory()
        try MPIError.check(cmpi_free(&handle), "MPI_Comm_free")
        binding = .freed
    }
}

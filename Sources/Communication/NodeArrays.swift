import LinearAlgebra

/// Arrays that the ranks of a node have in common. One that all have let go of is handed out again, so that steps of the
/// same kind open no window.
package final class NodeArrays: ReplicatedMemory {
    unowned let memory: NodeMemory
    private var windows: [SharedMemory] = []
    /// In turn, so that a rank may still read one while another fills the next.
    private var exchanges: [RealBuffer] = []
    private var turn = 0

    init(_ memory: NodeMemory) { self.memory = memory }

    /// Lets go of a window with the last reference to an array in it.
    private final class Holder {
        private let window: SharedMemory
        init(_ window: SharedMemory) { self.window = window }
        deinit { window.release() }
    }

    package func makeBuffer(count: Int) -> RealBuffer {
        let buffer = takeBuffer(count: count)
        // By the rank that will work on it: its pages are then near that rank.
        let share = share(of: count)
        (buffer.pointer + share.lowerBound).update(repeating: 0, count: share.count)
        barrier()
        return buffer
    }

    /// For what is written before it is read.
    func makeUninitialisedBuffer(count: Int) -> RealBuffer {
        let buffer = takeBuffer(count: count)
        barrier()
        return buffer
    }

    /// To be followed by a barrier before anybody can let go of it.
    private func takeBuffer(count: Int) -> RealBuffer {
        let window = takeWindow(count: max(1, count))
        return RealBuffer(window.pointer, count: count, owner: Holder(window))
    }

    /// One that nobody holds and that is not much too large, the first rank's choice; otherwise a new one.
    private func takeWindow(count: Int) -> SharedMemory {
        var choice = -1
        if memory.ranks.rank == 0 {
            for (index, window) in windows.enumerated()
            where window.count >= count && window.count <= 4 * count && window.holders == 0 {
                if choice < 0 || window.count < windows[choice].count { choice = index }
            }
        }
        choice = memory.valueOfFirstRank(choice)
        if choice < 0 {
            do {
                guard let window = try SharedMemory(memory, count: count) else {
                    MemoryExhaustion.failShared(byteCount: count * MemoryLayout<Double>.stride)
                }
                windows.append(window)
            } catch {
                MemoryExhaustion.end("memory that the ranks of a node share: \(error)")
            }
            choice = windows.count - 1
        }
        // Nobody lets go of it before a barrier.
        if memory.ranks.rank == 0 { windows[choice].holders = memory.ranks.size }
        return windows[choice]
    }

    package func share(of count: Int) -> Range<Int> {
        Shard.block(of: count, rank: memory.ranks.rank, size: memory.ranks.size).range
    }

    package func exchange(count: Int) -> UnsafeMutablePointer<Double> {
        if exchanges.first.map({ $0.count < count }) ?? true {
            exchanges = []
            exchanges = (0..<2).map { _ in makeBuffer(count: max(count, 64)) }
        }
        turn = 1 - turn
        return exchanges[turn].pointer
    }

    package func barrier() { memory.barrier() }

    func free() throws(MPIError) {
        exchanges = []
        for window in windows { try window.free() }
        windows = []
    }
}

import Communication
import DistQGT

let communicatorTests: [MPITest] = [
    MPITest("communicator: ranks are numbered 0 to size - 1") { world in
        check(world.rank >= 0 && world.rank < world.size)
        try checkEqual(world.allGather([world.rank]), Array(0..<world.size))
        if let launched = LauncherEnvironment.rank { checkEqual(world.rank, launched) }
        if let launched = LauncherEnvironment.size { checkEqual(world.size, launched) }
    },
    MPITest("communicator: MPI is up on the main thread") { world in
        check(MPIEnvironment.isInitialised)
        check(!MPIEnvironment.isFinalised)
        check((MPIEnvironment.threadLevel ?? .single) >= .funneled)
        check(!MPIEnvironment.libraryVersion.isEmpty)
        check(!MPIEnvironment.libraryVersion.contains { $0.isNewline }, "a version of several lines")
        check(!MPIEnvironment.processorName.isEmpty)
        let start = MPIEnvironment.wallClock
        try world.barrier()
        check(MPIEnvironment.wallClock >= start)
    },
    MPITest("communicator: initialising again gives the world") { world in
        let again = try MPIEnvironment.initialise()
        checkEqual(again.rank, world.rank)
        checkEqual(again.size, world.size)
    },
    MPITest("communicator: Swift types have the size of their MPI datatypes") { _ in
        func checkSize<T: MPIScalar>(of type: T.Type) throws {
            try checkEqual(type.mpiDatatype.size(), MemoryLayout<T>.size, "\(type)")
            checkEqual(MemoryLayout<T>.stride, MemoryLayout<T>.size, "\(type)")
        }
        try checkSize(of: Int8.self)
        try checkSize(of: UInt8.self)
        try checkSize(of: Int32.self)
        try checkSize(of: UInt32.self)
        try checkSize(of: Int64.self)
        try checkSize(of: UInt64.self)
        try checkSize(of: Int.self)
        try checkSize(of: Float.self)
        try checkSize(of: Double.self)
    },
    MPITest("communicator: split by parity, in reverse order") { world in
        let half = try world.split(colour: world.rank % 2, key: -world.rank)
        let members = (0..<world.size).filter { $0 % 2 == world.rank % 2 }
        checkEqual(half.size, members.count)
        try checkEqual(half.allGather([world.rank]), Array(members.reversed()))
        try checkEqual(half.allReduce(world.rank), members.reduce(0, +))
        checkEqual(half.counters.snapshot.calls, 2, "a new communicator counts from zero")
        checkEqual(world.counters.snapshot.calls, 0, "the parent does not count them")
        try half.free()
        checkThrows(MPIError.self, "a freed communicator") { try half.barrier() }
    },
    MPITest("communicator: split by node holds the ranks of one host") { world in
        let node = try world.splitByNode()
        check(node.size >= 1 && node.size <= world.size)
        let name = MPIEnvironment.processorName
        try checkEqual(node.broadcast(name), name)
        try node.free()
    },
    MPITest("communicator: a duplicate has the same ranks") { world in
        let duplicate = try world.duplicate()
        checkEqual(duplicate.rank, world.rank)
        checkEqual(duplicate.size, world.size)
        try duplicate.free()
    },
    MPITest("communicator: errors carry MPI's text") { world in
        // Checked by MPI before anything is sent, so no rank waits for another.
        let error = checkThrows(MPIError.self) {
            _ = try world.broadcast(1.0, from: world.size)
        }
        checkEqual(error?.call, "MPI_Bcast")
        check(error?.message.lowercased().contains("root") ?? false, "\(String(describing: error))")
        check(error.map { $0.code != 0 } ?? false)
        checkThrows(MPIError.self, "a root that no Int32 holds") {
            _ = try world.broadcast(1.0, from: 1 << 40)
        }
        checkThrows(MPIError.self, "a negative colour") {
            _ = try world.split(colour: -5, key: 0)
        }
        checkThrows(MPIError.self, "an array too few") {
            _ = try world.allToAll([[Double]](repeating: [], count: world.size - 1))
        }
        // The communicator is still in order.
        try checkEqual(world.allReduce(1), world.size)
    },
    MPITest("communicator: the world cannot be freed") { _ in
        let world = try MPIEnvironment.initialise()
        let error = checkThrows(MPIError.self) { try world.free() }
        checkEqual(error?.call, "MPI_Comm_free")
    },
]

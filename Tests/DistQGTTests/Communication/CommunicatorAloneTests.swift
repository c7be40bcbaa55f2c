import Communication
import DistQGT
import Testing

@Suite struct CommunicatorAloneTests {
    @Test("Communicator alone: every collective is the identity, without MPI")
    func communicatorAloneIdentity() throws {
        let alone = Communicator.alone()
        #expect(alone.rank == 0)
        #expect(alone.size == 1)
        try alone.barrier()
        var buffer = [1.5, -2, .infinity]
        try buffer.withUnsafeMutableBufferPointer { try alone.broadcast($0) }
        try alone.allReduce(&buffer)
        try alone.allReduce(&buffer, .minimum)
        #expect(buffer == [1.5, -2, .infinity])
        #expect(try alone.broadcast([Int8]()) == [])
        #expect(try alone.broadcast("ln cosh θ") == "ln cosh θ")
        #expect(try alone.allReduce(Float(3), .maximum) == 3)
        #expect(try alone.gather([1, 2]) == [1, 2])
        #expect(try alone.allGather([UInt64.max]) == [.max])
        #expect(try alone.allToAll([[1, 2, 3]]) == [[1, 2, 3]])
        #expect(!MPIEnvironment.isInitialised)
        #expect(MPIEnvironment.threadLevel == nil)
    }

    @Test("Communicator alone: split, duplicate and free")
    func communicatorAloneSplit() throws {
        let alone = Communicator.alone()
        for other in [
            try alone.split(colour: 3, key: -1), try alone.splitByNode(), try alone.duplicate(),
        ] {
            #expect(other.size == 1)
            try other.barrier()
            try other.free()
        }
        #expect(alone.counters.snapshot.calls == 0)
    }

    @Test("Communicator alone: wrong arguments throw as they do with MPI")
    func communicatorAloneErrors() {
        let alone = Communicator.alone()
        #expect(throws: MPIError.self) { try alone.broadcast([1.0], from: 1) }
        #expect(throws: MPIError.self) { try alone.broadcast(1.0, from: -1) }
        #expect(throws: MPIError.self) { try alone.gather([1.0], to: 1) }
        #expect(throws: MPIError.self) { try alone.allToAll([[1.0], [2.0]]) }
        #expect(throws: MPIError.self) { try alone.split(colour: -1, key: 0) }
        let error = #expect(throws: MPIError.self) { try alone.gather([1.0], to: 7) }
        #expect(
            error?.description
                == "MPI_Gatherv: rank 7 is not one of the 1 ranks of the communicator")
    }

    @Test("Communicator alone: a failure is a collective failure of one rank")
    func communicatorAloneFailure() throws {
        struct Refused: Error, ExitStatusProviding, CustomStringConvertible {
            let exitStatus: Int32
            let description = "refused"
        }
        let alone = Communicator.alone()
        let expected = CollectiveFailure(message: "refused", exitStatus: 2)
        #expect(throws: expected) {
            try alone.broadcast { throw Refused(exitStatus: 2) }
        }
        #expect(throws: expected) {
            try alone.collectively { throw Refused(exitStatus: 2) }
        }
        // An error is never a success.
        #expect(throws: CollectiveFailure(message: "refused", exitStatus: 1)) {
            try alone.collectively { throw Refused(exitStatus: 0) }
        }
        #expect(try alone.broadcast { [1, 2] } == [1, 2])
        #expect(try alone.collectively { "done" } == "done")
    }

    @Test("Communicator: MPI refuses to start off the main thread")
    func communicatorMainThread() async {
        let refused = await Task.detached {
            do {
                _ = try MPIEnvironment.initialise()
                return false
            } catch {
                return error as? MPIEnvironment.InitialisationError == .notOnMainThread
            }
        }.value
        #expect(refused)
    }
}

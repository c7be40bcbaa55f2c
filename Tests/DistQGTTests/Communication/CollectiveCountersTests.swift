import Communication
import DistQGT
import Testing

@Suite struct CollectiveCountersTests {
    @Test("Counters: calls and bytes by kind, and differences")
    func countersByKind() throws {
        let alone = Communicator.alone()
        var parameters = [Float](repeating: 0, count: 50)
        try alone.allReduce(&parameters)
        let before = alone.counters.snapshot
        #expect(before.allReduce.calls == 1)
        #expect(before.allReduce.bytes == 200)

        try alone.barrier()
        _ = try alone.allReduce(1.0)
        _ = try alone.broadcast([Int32](repeating: 0, count: 3))
        _ = try alone.gather([1.0, 2.0])
        _ = try alone.allGather([Int8(1)])
        _ = try alone.allToAll([[1.0, 2.0, 3.0]])
        let difference = alone.counters.snapshot - before
        for kind in CollectiveKind.allCases { #expect(difference[kind].calls == 1) }
        #expect(difference.calls == 6)
        #expect(difference.barrier.bytes == 0)
        #expect(difference.allReduce.bytes == 8)
        #expect(difference.broadcast.bytes == 12)
        #expect(difference.gather.bytes == 16)
        #expect(difference.allGather.bytes == 1)
        #expect(difference.allToAll.bytes == 24)
        #expect(difference.bytes == 61)
        #expect(difference.messages == 0)
    }

    @Test("Counters: counting and recording a piece of work")
    func countersRecording() throws {
        let alone = Communicator.alone()
        let counted = try alone.counters.counting { try alone.allReduce(2.0) }
        #expect(counted.result == 2)
        #expect(counted.counts.allReduce.calls == 1)

        var vector = [Double](repeating: 1, count: 10)
        let recorded = try alone.counters.recording {
            _ = try alone.allReduce(1.0)
            try alone.allReduce(&vector)
        }
        #expect(
            recorded.records == [
                CollectiveRecord(kind: .allReduce, elements: 1, bytes: 8),
                CollectiveRecord(kind: .allReduce, elements: 10, bytes: 80),
            ])
        // Outside, nothing is recorded; counting goes on.
        try alone.barrier()
        #expect(alone.counters.recording {}.records.isEmpty)
        #expect(alone.counters.snapshot.calls == 4)
    }
}

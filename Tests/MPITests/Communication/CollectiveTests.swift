import Communication
import DistQGT
import Foundation

/// Uneven messages: rank r holds `lengths(size)[r]` elements, of which some are empty.
private let unevenLengths: [@Sendable (Int) -> [Int]] = [
    { size in (0..<size).map { $0 + 1 } },
    { size in (0..<size).map { ($0 * 5 + 3) % 4 } },  // 3, 0, 1, 2
    { size in (0..<size).map { $0 == size - 1 ? 6 : 0 } },
    { size in (0..<size).map { $0 == 0 ? 6 : 0 } },
    { size in [Int](repeating: 0, count: size) },
    { size in (0..<size).map { Shard.block(of: 2, rank: $0, size: size).count } },
]

/// A value that tells its rank and index.
private func element(_ rank: Int, _ index: Int) -> Int { 1000 * (rank + 1) + index }

private func part(_ rank: Int, _ length: Int) -> [Int] { (0..<length).map { element(rank, $0) } }

/// The parts of all ranks, gathered into memory whose size is known. Collective.
func allGathered<T: MPIScalar>(_ own: [T], lengths: [Int], on world: Communicator) throws -> [T] {
    // One more, so that there is memory where all parts are empty.
    var all = [T](repeating: .zero, count: lengths.reduce(0, +) + 1)
    try own.withUnsafeBufferPointer { own in
        try all.withUnsafeMutableBufferPointer { all in
            guard let base = all.baseAddress else { return }
            try world.allGather(own, lengths: lengths, into: base)
        }
    }
    return all.dropLast()
}

private func checkReductions<T: MPIScalar & Comparable>(
    _ world: Communicator, _ convert: (Int) -> T
) throws {
    let values = (0..<world.size).map { rank in (0..<5).map { convert((rank * 3 + $0) % 7) } }
    func expected(_ combine: (T, T) -> T) -> [T] {
        (0..<5).map { index in
            values.dropFirst().reduce(values[0][index]) { combine($0, $1[index]) }
        }
    }
    var sum = values[world.rank]
    try world.allReduce(&sum)
    checkEqual(sum, expected(+), "sum of \(T.self)")
    var maximum = values[world.rank]
    try world.allReduce(&maximum, .maximum)
    checkEqual(maximum, expected { max($0, $1) }, "maximum of \(T.self)")
    var minimum = values[world.rank]
    try world.allReduce(&minimum, .minimum)
    checkEqual(minimum, expected { min($0, $1) }, "minimum of \(T.self)")
    var none: [T] = []
    try world.allReduce(&none)
    check(none.isEmpty)
}

let collectiveTests: [MPITest] = [
    MPITest("collectives: no rank leaves a barrier before the last one enters") { world in
        let node = try world.splitByNode()  // whose ranks read one clock
        for late in 0..<node.size {
            if node.rank == late { usleep(20_000) }
            let entered = DispatchTime.now().uptimeNanoseconds
            try node.barrier()
            let left = DispatchTime.now().uptimeNanoseconds
            let lastEntered = try node.allReduce(entered, .maximum)
            check(left >= lastEntered, "late rank \(late)")
        }
        try node.free()
    },
    MPITest("collectives: broadcast from every root, in place and of unknown length") { world in
        for root in 0..<world.size {
            var buffer = part(world.rank, 4)
            try buffer.withUnsafeMutableBufferPointer { try world.broadcast($0, from: root) }
            checkEqual(buffer, part(root, 4))
            for length in [0, 1, 17] {
                let own = world.rank == root ? part(root, length) : [-1, -2]
                try checkEqual(world.broadcast(own, from: root), part(root, length))
            }
            try checkEqual(world.broadcast(world.rank, from: root), root)
            try checkEqual(
                world.broadcast("ψ of rank \(world.rank)", from: root), "ψ of rank \(root)")
        }
    },
    MPITest("collectives: sum, maximum and minimum of every type") { world in
        try checkReductions(world) { Int8($0) - 3 }
        try checkReductions(world) { UInt8($0) }
        try checkReductions(world) { Int32($0) - 3 }
        try checkReductions(world) { UInt32($0) }
        try checkReductions(world) { Int64($0) - 3 + (1 << 40) }
        try checkReductions(world) { UInt64($0) + (1 << 50) }
        try checkReductions(world) { $0 - 3 }
        try checkReductions(world) { Float($0) - 2.5 }
        try checkReductions(world) { Double($0) - 2.5 }
    },
    MPITest("collectives: allreduce of one value") { world in
        let size = Double(world.size)
        try checkEqual(world.allReduce(Double(world.rank) + 0.5), size * size / 2)
        try checkEqual(world.allReduce(world.rank, .maximum), world.size - 1)
        try checkEqual(world.allReduce(Float(world.rank), .minimum), 0)
    },
    MPITest("collectives: gather of uneven and empty parts to every root") { world in
        for lengths in unevenLengths.map({ $0(world.size) }) {
            let expected = lengths.enumerated().flatMap { part($0.offset, $0.element) }
            for root in 0..<world.size {
                let gathered = try world.gather(part(world.rank, lengths[world.rank]), to: root)
                checkEqual(gathered, world.rank == root ? expected : nil, "\(lengths) to \(root)")
            }
        }
    },
    MPITest("collectives: allgather of uneven and empty parts") { world in
        for lengths in unevenLengths.map({ $0(world.size) }) {
            let expected = lengths.enumerated().flatMap { part($0.offset, $0.element) }
            let own = part(world.rank, lengths[world.rank])
            try checkEqual(world.allGather(own), expected, "\(lengths)")
            try checkEqual(world.allGather(own.map(Float.init)), expected.map(Float.init))
            try checkEqual(
                world.allGather(own.map { UInt8($0 % 251) }), expected.map { UInt8($0 % 251) })
            try checkEqual(allGathered(own, lengths: lengths, on: world), expected, "\(lengths)")
        }
    },
    MPITest("collectives: all-to-all of uneven and empty parts") { world in
        // Rank s sends (s + 2r) mod 4 elements to rank r.
        func message(from source: Int, to target: Int) -> [Double] {
            (0..<((source + 2 * target) % 4)).map {
                Double(10_000 * source + 100 * target + $0)
            }
        }
        let received = try world.allToAll(
            (0..<world.size).map { message(from: world.rank, to: $0) })
        checkEqual(received, (0..<world.size).map { message(from: $0, to: world.rank) })

        let nothing = [[Int8]](repeating: [], count: world.size)
        try checkEqual(world.allToAll(nothing), nothing)
    },
    MPITest("collectives: an exchange between some ranks, in pieces") { world in
        // Rank s has (s + 2r) mod 4 elements for rank r; where that is none, they have nothing to do with each other.
        func count(from source: Int, to target: Int) -> Int { source == target ? 0 : (source + 2 * target) % 4 }
        func part(from source: Int, to target: Int) -> [Double] {
            (0..<count(from: source, to: target)).map { Double(10_000 * source + 100 * target + $0) }
        }
        let others = (0..<world.size).filter { $0 != world.rank }
        let sends = others.map { ExchangedPart(rank: $0, count: count(from: world.rank, to: $0)) }.filter {
            $0.count > 0
        }
        let receives = others.map { ExchangedPart(rank: $0, count: count(from: $0, to: world.rank)) }
            .filter { $0.count > 0 }
        let data = sends.flatMap { part(from: world.rank, to: $0.rank) }
        let expected = receives.flatMap { part(from: $0.rank, to: world.rank) }
        let limit = world.pieceLimit
        defer { world.pieceLimit = limit }
        for pieceLimit in [limit, 2] {
            world.pieceLimit = pieceLimit
            try checkEqual(world.exchange(data, to: sends, from: receives), expected)
        }
        try checkEqual(world.exchange([Int8](), to: [], from: []), [])
        checkThrows(MPIError.self) { _ = try world.exchange([1.0], to: [], from: []) }
        checkThrows(MPIError.self) {
            _ = try world.exchange([1.0], to: [ExchangedPart(rank: world.rank, count: 1)], from: [])
        }
    },
    MPITest("collectives: alone gives what one rank gives") { world in
        let alone = Communicator.alone()
        let own = try world.split(colour: world.rank, key: 0)
        for communicator in [alone, own] {
            checkEqual(communicator.rank, 0)
            checkEqual(communicator.size, 1)
            try communicator.barrier()
            try checkEqual(communicator.broadcast([1, 2, 3]), [1, 2, 3])
            try checkEqual(communicator.allReduce(2.5), 2.5)
            try checkEqual(communicator.gather([4, 5]), [4, 5])
            try checkEqual(communicator.allGather([6]), [6])
            try checkEqual(allGathered([7, 8], lengths: [2], on: communicator), [7, 8])
            try checkEqual(communicator.allToAll([[7, 8]]), [[7, 8]])
            checkThrows(MPIError.self) { _ = try communicator.broadcast(1, from: 1) }
        }
        for kind in CollectiveKind.allCases {
            checkEqual(alone.counters.snapshot[kind], own.counters.snapshot[kind], "\(kind)")
        }
        checkEqual(alone.counters.snapshot.messages, 0)
        try own.free()
    },
]

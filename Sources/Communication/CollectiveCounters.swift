/// The kinds of collective communication.
public enum CollectiveKind: String, Sendable, CaseIterable, Codable {
    case barrier, broadcast, allReduce, gather, allGather, allToAll
}

/// Calls of one kind of collective and the bytes that this rank put into them.
public struct CollectiveTally: Sendable, Equatable, Codable {
    public internal(set) var calls = 0
    /// Payload of this rank: the buffer of a broadcast or allreduce, the local part of a gather or
    /// allgather, what is sent to all ranks (itself included) of an all-to-all.
    public internal(set) var bytes = 0

    static func - (left: CollectiveTally, right: CollectiveTally) -> CollectiveTally {
        CollectiveTally(calls: left.calls - right.calls, bytes: left.bytes - right.bytes)
    }
}

/// The collectives of one rank on one communicator, up to a moment or between two moments.
///
/// A collective counts once, however many MPI calls carry it.
public struct CollectiveCounts: Sendable, Equatable, Codable {
    public internal(set) var barrier = CollectiveTally()
    public internal(set) var broadcast = CollectiveTally()
    public internal(set) var allReduce = CollectiveTally()
    public internal(set) var gather = CollectiveTally()
    public internal(set) var allGather = CollectiveTally()
    public internal(set) var allToAll = CollectiveTally()
    /// MPI calls underneath: the pieces of long messages, and the counts that uneven collectives
    /// exchange first. Zero without MPI.
    public internal(set) var messages = 0

    public subscript(kind: CollectiveKind) -> CollectiveTally {
        switch kind {
        case .barrier: barrier
        case .broadcast: broadcast
        case .allReduce: allReduce
        case .gather: gather
        case .allGather: allGather
        case .allToAll: allToAll
        }
    }

    /// Calls of every kind.
    public var calls: Int { CollectiveKind.allCases.reduce(0) { $0 + self[$1].calls } }
    /// Bytes of every kind.
    public var bytes: Int { CollectiveKind.allCases.reduce(0) { $0 + self[$1].bytes } }

    /// What happened between the snapshots `right` (earlier) and `left` (later).
    public static func - (left: CollectiveCounts, right: CollectiveCounts) -> CollectiveCounts {
        CollectiveCounts(
            barrier: left.barrier - right.barrier,
            broadcast: left.broadcast - right.broadcast,
            allReduce: left.allReduce - right.allReduce,
            gather: left.gather - right.gather,
            allGather: left.allGather - right.allGather,
            allToAll: left.allToAll - right.allToAll,
            messages: left.messages - right.messages)
    }
}

/// One collective, as a recording lists it.
public struct CollectiveRecord: Sendable, Equatable {
    public let kind: CollectiveKind
    /// Elements of this rank's payload; see ``CollectiveTally/bytes``.
    public let elements: Int
    public let bytes: Int

    public init(kind: CollectiveKind, elements: Int, bytes: Int) {
        self.kind = kind
        self.elements = elements
        self.bytes = bytes
    }

    /// A message of real numbers, or of integers of the same width.
    public static func reals(_ count: Int, _ kind: CollectiveKind = .allReduce) -> CollectiveRecord {
        CollectiveRecord(kind: kind, elements: count, bytes: count * MemoryLayout<Double>.stride)
    }
}

/// Counts the collectives that go through one communicator.
///
/// Counting is a few additions per collective; a recording also lists every one of them, so that a
/// reader can tell messages of scalar size from messages of parameter size.
public final class CollectiveCounters {
    /// Everything counted so far.
    public private(set) var snapshot = CollectiveCounts()
    private var records: [CollectiveRecord]?

    public init() {}

    /// The collectives that `body` makes, counted.
    public func counting<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> (result: Result, counts: CollectiveCounts) {
        let before = snapshot
        let result = try body()
        return (result, snapshot - before)
    }

    /// The collectives that `body` makes, in order. An inner recording hides its collectives from
    /// an outer one.
    public func recording<Result, Failure: Error>(
        _ body: () throws(Failure) -> Result
    ) throws(Failure) -> (result: Result, records: [CollectiveRecord]) {
        let outer = records
        records = []
        defer { records = outer }
        let result = try body()
        return (result, records ?? [])
    }

    package func count(_ kind: CollectiveKind, elements: Int, bytes: Int) {
        switch kind {
        case .barrier: snapshot.barrier.add(bytes)
        case .broadcast: snapshot.broadcast.add(bytes)
        case .allReduce: snapshot.allReduce.add(bytes)
        case .gather: snapshot.gather.add(bytes)
        case .allGather: snapshot.allGather.add(bytes)
        case .allToAll: snapshot.allToAll.add(bytes)
        }
        records?.append(CollectiveRecord(kind: kind, elements: elements, bytes: bytes))
    }

    func countMessage() { countMessages(1) }
    func countMessages(_ count: Int) { snapshot.messages += count }
}

extension CollectiveTally {
    fileprivate mutating func add(_ bytes: Int) {
        calls += 1
        self.bytes += bytes
    }
}

/// What amplitude ratios cannot do without, if they go about it in the plain way: what an estimate of the least time is made of.
public struct RatioFloor: Sendable, Equatable {
    public struct Work: Sendable, Equatable {
        /// Floating-point operations of products.
        public var operations: Double
        /// Bytes of kept arrays that are read or written.
        public var bytes: Double

        public init(operations: Double = 0, bytes: Double = 0) {
            self.operations = operations
            self.bytes = bytes
        }

        public static func + (left: Work, right: Work) -> Work {
            Work(operations: left.operations + right.operations, bytes: left.bytes + right.bytes)
        }

        public static func * (count: Double, work: Work) -> Work {
            Work(operations: count * work.operations, bytes: count * work.bytes)
        }
    }

    /// Of a ratio.
    public var asked: Work
    /// Of following a change that was accepted.
    public var followed: Work
    /// Of taking over a configuration.
    public var loaded: Work

    public init(asked: Work, followed: Work = Work(), loaded: Work = Work()) {
        self.asked = asked
        self.followed = followed
        self.loaded = loaded
    }

    /// Whole evaluations of a tape.
    init(evaluating tape: Tape) { self.init(asked: Work(operations: 2 * Double(tape.multiplications))) }

    static func + (left: RatioFloor, right: RatioFloor) -> RatioFloor {
        RatioFloor(
            asked: left.asked + right.asked, followed: left.followed + right.followed,
            loaded: left.loaded + right.loaded)
    }
}

extension MatrixScalar {
    /// Of so many multiplications with an addition each.
    static func products(_ count: Int) -> RatioFloor.Work {
        let reals = Double(MemoryLayout<Self>.stride / MemoryLayout<Double>.stride)
        return RatioFloor.Work(operations: 2 * reals * reals * Double(count))
    }

    /// Of so many numbers that are read or written.
    static func traffic(_ count: Int) -> RatioFloor.Work {
        RatioFloor.Work(bytes: Double(count * MemoryLayout<Self>.stride))
    }

    /// A change of rank one of so many numbers: a multiplication, a read and a write of each.
    static func update(_ count: Int) -> RatioFloor.Work { products(count) + traffic(2 * count) }
}

extension FermionSector {
    /// Hops of a proposal: on spins 1/2 an exchange moves one fermion up and one down.
    var hopsPerProposal: Int { kind == .spinsHalf ? 2 : 1 }
}

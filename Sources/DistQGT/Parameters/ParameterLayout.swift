/// One array of parameters of a network: its name in the tree, its shape, its field.
public struct Leaf: Sendable, Hashable {
    /// Path in the parameter tree, for instance `Dense/kernel`.
    public let name: String
    /// Row-major shape, last index fastest.
    public let shape: [Int]
    public let isComplex: Bool
    /// Whether an optimisation changes it; what is not trained is a constant that nothing is differentiated by.
    public let isTrained: Bool

    public init(name: String, shape: [Int], isComplex: Bool, isTrained: Bool = true) {
        self.name = name
        self.shape = shape
        self.isComplex = isComplex
        self.isTrained = isTrained
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// Number of real numbers: a complex element counts twice.
    public var realCount: Int { isComplex ? 2 * count : count }
}

/// How a tree of parameters lies in one flat vector of reals: leaf after leaf, a complex element
/// as two neighbouring reals (re, im).
public struct ParameterLayout: Sendable, Hashable {
    public let leaves: [Leaf]
    /// Position of each leaf's first real number.
    public let offsets: [Int]
    /// Number of real parameters P.
    public let count: Int
    /// By leaf: where it begins in a vector of the trained leaves alone; −1 where it is not trained.
    package let trainedOffsets: [Int]
    /// The real numbers that are trained, in runs without a gap.
    package let trainedRuns: [TrainedRun]

    /// Trained numbers that follow each other: where they begin among all parameters, where among the trained ones.
    package struct TrainedRun: Sendable, Hashable {
        package let whole: Int
        package let trained: Int
        package var count: Int
    }

    public init(leaves: [Leaf]) {
        self.leaves = leaves
        var offsets: [Int] = []
        var next = 0
        for leaf in leaves {
            offsets.append(next)
            next += leaf.realCount
        }
        self.offsets = offsets
        self.count = next
        var (runs, trainedOffsets, trained) = ([TrainedRun](), [Int](), 0)
        for (leaf, offset) in zip(leaves, offsets) {
            trainedOffsets.append(leaf.isTrained ? trained : -1)
            guard leaf.isTrained else { continue }
            if let last = runs.last, last.whole + last.count == offset {
                runs[runs.count - 1].count += leaf.realCount
            } else {
                runs.append(TrainedRun(whole: offset, trained: trained, count: leaf.realCount))
            }
            trained += leaf.realCount
        }
        self.trainedOffsets = trainedOffsets
        trainedRuns = runs
    }

    /// The leaves that are trained, in the same order: how directions, forces and tangents lie.
    public var trained: ParameterLayout { ParameterLayout(leaves: leaves.filter(\.isTrained)) }

    public var allComplex: Bool { leaves.allSatisfy(\.isComplex) }

    public func index(of name: String) -> Int? {
        leaves.firstIndex { $0.name == name }
    }

    /// The permutation to the *real-split* order [Re of all leaves; Im of the complex leaves]:
    /// entry k is the flat position of real-split component k.
    public var realSplitOrder: [Int] {
        var order: [Int] = []
        order.reserveCapacity(count)
        for (leaf, offset) in zip(leaves, offsets) {
            let stride = leaf.isComplex ? 2 : 1
            for element in 0..<leaf.count { order.append(offset + stride * element) }
        }
        for (leaf, offset) in zip(leaves, offsets) where leaf.isComplex {
            for element in 0..<leaf.count { order.append(offset + 2 * element + 1) }
        }
        return order
    }
}

/// One array of parameters of a network: its name in the tree, its shape, its field.
public struct Leaf: Sendable, Hashable {
    /// Path in the parameter tree, for instance `Dense/kernel`.
    public let name: String
    /// Row-major shape, last index fastest.
    public let shape: [Int]
    public let isComplex: Bool

    public init(name: String, shape: [Int], isComplex: Bool) {
        self.name = name
        self.shape = shape
        self.isComplex = isComplex
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
    }

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

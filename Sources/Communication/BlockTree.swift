/// The binary tree in which the sums of numbered blocks are added: neighbours 2j and 2j + 1 first, then pairs of
/// neighbours, and so on; what has no neighbour at the end joins what lies before it. It depends on the number of
/// blocks alone. A rank adds up the subtrees that it holds whole: at most two of each size.
struct BlockTree {
    /// Blocks index·2^level ..< (index + 1)·2^level.
    struct Node: Equatable {
        let level: Int
        let index: Int

        func isLeftSibling(of other: Node) -> Bool {
            level == other.level && index % 2 == 0 && other.index == index + 1
        }
        var parent: Node { Node(level: level + 1, index: index / 2) }
    }

    /// The blocks of each rank.
    let shards: [Shard]
    /// The largest subtrees that each rank holds whole, in order.
    let nodes: [[Node]]
    /// Sums that a rank holds at the same time while it adds up its own, at most.
    let depth: Int

    init(shards: [Shard]) {
        self.shards = shards
        var deepest = 1
        nodes = shards.map { shard in
            var stack: [Node] = []
            for block in shard.range {
                deepest = max(deepest, stack.count + 1)
                Self.push(Node(level: 0, index: block), on: &stack) { _ in }
            }
            return stack
        }
        depth = deepest
    }

    /// Puts a node on the stack of those before it and joins siblings.
    ///
    /// - Parameter join: adds the sum in place i + 1 of the stack to the one in place i.
    static func push(_ node: Node, on stack: inout [Node], join: (Int) -> Void) {
        stack.append(node)
        while stack.count > 1, stack[stack.count - 2].isLeftSibling(of: stack[stack.count - 1]) {
            let parent = stack[stack.count - 2].parent
            join(stack.count - 2)
            stack.removeLast(2)
            stack.append(parent)
        }
    }

    /// The whole from the nodes of all ranks, each a sum of `count` numbers, one after the other: left in the first
    /// one's place.
    func fold(_ sums: UnsafeMutablePointer<Double>, count: Int) {
        var stack: [Node] = []
        var places: [UnsafeMutablePointer<Double>] = []
        var next = sums
        for node in nodes.joined() {
            places.append(next)
            next += count
            Self.push(node, on: &stack) { place in
                Self.add(places[place + 1], to: places[place], count: count)
                places.removeLast()
            }
        }
        while places.count > 1 {
            let last = places.removeLast()
            Self.add(last, to: places[places.count - 1], count: count)
        }
    }

    static func add(_ sum: UnsafeMutablePointer<Double>, to other: UnsafeMutablePointer<Double>, count: Int) {
        for index in 0..<count { other[index] += sum[index] }
    }
}

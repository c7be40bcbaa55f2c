/// Places in the basis of any space: those of the paths through its graph.
///
/// A path's place is the sum of what precedes each of its edges: the numbers of paths through the edges of the same
/// node before it.
struct PathNumbering: Sendable {
    let graph: SectorGraph
    let dimension: Int
    /// By edge, as `graph.targets`: the number of paths from its node through earlier edges.
    private let preceding: [Int]

    /// - Throws: `HilbertSpaceError.tooManyStatesToNumber`.
    init(_ graph: SectorGraph) throws(HilbertSpaceError) {
        let end = graph.layerStart[graph.siteCount]
        var counts = [Int](repeating: 0, count: end + 1)
        counts[end] = 1
        var preceding = [Int](repeating: 0, count: graph.targets.count)
        // All nodes are reached from the first, so that none has more paths than it.
        for node in (0..<end).reversed() {
            for edge in node * graph.branching..<(node + 1) * graph.branching {
                preceding[edge] = counts[node]
                guard graph.targets[edge] >= 0 else { continue }
                let (sum, overflow) = counts[node].addingReportingOverflow(counts[Int(graph.targets[edge])])
                guard !overflow else { throw .tooManyStatesToNumber(siteCount: graph.siteCount) }
                counts[node] = sum
            }
        }
        self.graph = graph
        self.preceding = preceding
        dimension = counts[0]
    }

    /// The place of N codes; nil if they are not in the space.
    func rank(of codes: UnsafePointer<Int8>) -> Int? {
        var (node, place) = (0, 0)
        for site in graph.order {
            guard let index = graph.localSpaces[site].index(of: codes[site]) else { return nil }
            let edge = node * graph.branching + index
            guard graph.targets[edge] >= 0 else { return nil }
            place += preceding[edge]
            node = Int(graph.targets[edge])
        }
        return place
    }

    /// Writes the configurations of a range of the basis, row-major.
    ///
    /// - Precondition: the range is not empty and lies in the basis.
    func write(_ range: Range<Int>, into codes: UnsafeMutableBufferPointer<Int8>) {
        var path = Path(at: range.lowerBound, in: self)
        for row in 0..<range.count {
            for (layer, site) in graph.order.enumerated() {
                codes[row * graph.siteCount + site] = graph.localSpaces[site].code(at: path.states[layer])
            }
            if row + 1 < range.count { path.advance(in: graph) }
        }
    }

    /// A path, with the nodes it passes.
    private struct Path {
        /// By layer.
        private var nodes: [Int]
        private(set) var states: [Int]

        init(at place: Int, in numbering: PathNumbering) {
            let graph = numbering.graph
            nodes = [0]
            states = []
            var rest = place
            for _ in graph.order {
                let first = nodes[nodes.count - 1] * graph.branching
                // The last edge that is not preceded by more paths than are left.
                let state = (0..<graph.branching).last { state in
                    graph.targets[first + state] >= 0 && numbering.preceding[first + state] <= rest
                }
                guard let state else { preconditionFailure("every node has an edge without predecessors") }
                rest -= numbering.preceding[first + state]
                states.append(state)
                nodes.append(Int(graph.targets[first + state]))
            }
        }

        /// Goes on to the next path; the last one has none.
        mutating func advance(in graph: SectorGraph) {
            var layer = graph.siteCount - 1
            while layer >= 0, !step(layer, from: states[layer] + 1, in: graph) { layer -= 1 }
            precondition(layer >= 0, "there is no path after the last")
            for later in layer + 1..<graph.siteCount { _ = step(later, from: 0, in: graph) }
        }

        /// Takes the first edge from local state `least` on; returns whether there is one.
        private mutating func step(_ layer: Int, from least: Int, in graph: SectorGraph) -> Bool {
            for state in least..<max(least, graph.branching) {
                let target = graph.targets[nodes[layer] * graph.branching + state]
                guard target >= 0 else { continue }
                states[layer] = state
                nodes[layer + 1] = Int(target)
                return true
            }
            return false
        }
    }
}

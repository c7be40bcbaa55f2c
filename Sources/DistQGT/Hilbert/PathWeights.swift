import Foundation

/// Uniformly distributed configurations of any space: paths through its graph, an edge being taken with the share of
/// the paths from its node that go through it.
///
/// The numbers of paths are kept as logarithms, so that they may be larger than any number type holds.
struct PathWeights: Sendable {
    private let graph: SectorGraph
    /// By edge: the probability of the edges of its node up to this one.
    private let cumulative: [Double]

    init(_ graph: SectorGraph) {
        let end = graph.layerStart[graph.siteCount]
        var logCounts = [Double](repeating: -.infinity, count: end + 1)
        logCounts[end] = 0
        var cumulative = [Double](repeating: 0, count: graph.targets.count)
        for node in (0..<end).reversed() {
            let edges = node * graph.branching..<(node + 1) * graph.branching
            let logs = edges.map { graph.targets[$0] >= 0 ? logCounts[Int(graph.targets[$0])] : -.infinity }
            let largest = logs.max() ?? -.infinity
            guard largest > -.infinity else { continue }
            let shares = logs.map { exp($0 - largest) }
            let sum = shares.reduce(0, +)
            logCounts[node] = largest + log(sum)
            var below = 0.0
            for (edge, share) in zip(edges, shares) {
                below += share / sum
                cumulative[edge] = below
            }
        }
        self.graph = graph
        self.cumulative = cumulative
    }

    /// Writes the codes of a configuration, from one uniform number in [0, 1) per site.
    func draw(_ uniform: () -> Double, into codes: UnsafeMutableBufferPointer<Int8>) {
        var node = 0
        for site in graph.order {
            let u = uniform()
            let first = node * graph.branching
            var chosen = 0
            for state in 0..<graph.branching where graph.targets[first + state] >= 0 {
                chosen = state
                if u < cumulative[first + state] { break }
            }
            codes[site] = graph.localSpaces[site].code(at: chosen)
            node = Int(graph.targets[first + chosen])
        }
    }
}

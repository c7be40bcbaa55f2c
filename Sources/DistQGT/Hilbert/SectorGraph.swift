/// The configurations of a space as the paths through a graph with one layer of nodes for each site.
///
/// A node of layer l is what the conserved sums still lack when l sites are set; its edges are the local states of the
/// next site, from which the totals can still be reached. All paths end in the one node that lacks nothing. Counting
/// paths from the end on (dynamic programming over sites) gives places in the basis and uniform random configurations
/// without a list of the states.
struct SectorGraph: Sendable {
    /// Nodes that are stored at most: about 0.5 GB with the counts of two local states.
    static let maximumNodes = 1 << 24

    let localSpaces: [LocalSpace]
    /// The site of each layer, the slowest first.
    let order: [Int]
    /// The largest number of local states of a site.
    let branching: Int
    /// The nodes of layer l are `layerStart[l] ..< layerStart[l + 1]`; the first is node 0.
    let layerStart: [Int]
    /// The node that local state c leads to from a node is `targets[node · branching + c]`; −1 where no path goes on.
    private(set) var targets: [Int32]

    var siteCount: Int { order.count }
    var nodeCount: Int { targets.count / branching }

    /// - Parameter order: all sites, the slowest first.
    /// - Throws: `HilbertSpaceError.noStates`, `.tooManyPartialSums`.
    init(_ space: HilbertSpace, order: [Int]) throws(HilbertSpaceError) {
        let layers = Layers(space, order: order)
        localSpaces = space.localSpaces
        self.order = order
        let branching = space.localSpaces.reduce(0) { max($0, $1.dimension) }
        self.branching = branching
        guard let strides = layers.strides else { throw .tooManyPartialSums(siteCount: order.count) }
        guard layers.allows(layers.totals, at: 0) else { throw .noStates }
        var start = [0, 1]
        var targets: [Int32] = []
        let width = layers.totals.count
        var remaining = layers.totals
        for layer in order.indices {
            let nodes = start[layer + 1] - start[layer]
            var numbers: [Int: Int32] = [:]
            var following: [Int] = []
            for node in 0..<nodes {
                for index in 0..<branching {
                    guard index < layers.values[layer].count else {
                        targets.append(-1)
                        continue
                    }
                    let rest = (0..<width).map { remaining[node * width + $0] - layers.values[layer][index][$0] }
                    guard layers.allows(rest, at: layer + 1) else {
                        targets.append(-1)
                        continue
                    }
                    let key = layers.key(rest, at: layer + 1, strides)
                    if let known = numbers[key] {
                        targets.append(known)
                    } else {
                        guard start[layer + 1] + numbers.count < Self.maximumNodes else {
                            throw .tooManyPartialSums(siteCount: order.count)
                        }
                        let number = Int32(truncatingIfNeeded: start[layer + 1] + numbers.count)
                        numbers[key] = number
                        following += rest
                        targets.append(number)
                    }
                }
            }
            start.append(start[layer + 1] + numbers.count)
            remaining = following
        }
        layerStart = start
        self.targets = targets
        try removeDeadEnds(endExists: start[order.count + 1] > start[order.count])
    }

    /// Cuts the edges to nodes from which the end cannot be reached.
    private mutating func removeDeadEnds(endExists: Bool) throws(HilbertSpaceError) {
        let last = layerStart[siteCount]
        var isAlive = [Bool](repeating: false, count: last + 1)
        if endExists { isAlive[last] = true }
        for node in (0..<last).reversed() {
            for edge in node * branching..<(node + 1) * branching where targets[edge] >= 0 {
                if isAlive[Int(targets[edge])] { isAlive[node] = true } else { targets[edge] = -1 }
            }
        }
        guard isAlive[0] else { throw .noStates }
    }

    /// What is left of the conserved sums at each layer, and between which bounds it can be.
    private struct Layers {
        let totals: [Int]
        /// By layer and local state of its site: what each sum gains.
        let values: [[[Int]]]
        /// By layer: the least and the most that the sites from there on can add to each sum.
        private let least: [[Int]]
        private let most: [[Int]]

        init(_ space: HilbertSpace, order: [Int]) {
            totals = space.conservedSums.map(\.total)
            var bySite = space.localSpaces.map { local in
                [[Int]](repeating: [Int](repeating: 0, count: space.conservedSums.count), count: local.dimension)
            }
            for (number, sum) in space.conservedSums.enumerated() {
                for (site, values) in zip(sum.sites, sum.values) {
                    for (index, value) in values.enumerated() { bySite[site][index][number] = value }
                }
            }
            values = order.map { bySite[$0] }
            var least = [[Int](repeating: 0, count: totals.count)]
            var most = least
            for states in values.reversed() {
                var (low, high) = (least[least.count - 1], most[most.count - 1])
                for number in totals.indices {
                    let choices = states.map { $0[number] }
                    low[number] += choices.min() ?? 0
                    high[number] += choices.max() ?? 0
                }
                least.append(low)
                most.append(high)
            }
            self.least = least.reversed()
            self.most = most.reversed()
        }

        func allows(_ rest: [Int], at layer: Int) -> Bool {
            rest.indices.allSatisfy { least[layer][$0] <= rest[$0] && rest[$0] <= most[layer][$0] }
        }

        /// Of the numbers that tell what is left apart; nil where they do not fit an `Int`.
        var strides: [Int]? {
            var (strides, next) = ([Int](), 1)
            for number in totals.indices {
                strides.append(next)
                let (product, overflow) = next.multipliedReportingOverflow(by: most[0][number] - least[0][number] + 1)
                guard !overflow else { return nil }
                next = product
            }
            return strides
        }

        func key(_ rest: [Int], at layer: Int, _ strides: [Int]) -> Int {
            rest.indices.reduce(0) { $0 + (rest[$1] - least[layer][$1]) * strides[$1] }
        }
    }
}

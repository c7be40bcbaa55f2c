import LinearAlgebra
import Numerics

/// Features of the sites of one configuration, with the sums that enter their first activation: hops change those of the cells
/// within reach.
///
/// Local: no communication.
final class KeptSiteFeatures<S: MatrixScalar> {
    /// Where the parameters of the convolution and of the layers behind it lie, and which cells a cell reaches. Shared by all
    /// walkers of a factor.
    final class Network {
        let cells: Int
        let sitesPerCell: Int
        /// Of a site, and of a cell.
        let features: Int
        let width: Int
        let siteCount: Int
        private let sector: FermionSector
        private let activation: Activation
        private let factor: RecordedFactor
        private let convolution: (bias: Int, kernel: Int)
        private let layers: [(bias: Int, kernel: Int)]
        /// By cell the cells that have it in their window, and where there; the last end is the number of all.
        private let starts: [Int]
        private let reached: [(cell: Int32, element: Int32)]

        /// - Parameters:
        ///   - windows: by cell the cells in its window, as many for all; nil beyond an open boundary.
        ///   - features: of a site.
        ///   - depth: layers, the convolution among them; leaves `Conv_0/…`, `Dense_1/…`, ….
        init(
            _ sector: FermionSector, _ factor: RecordedFactor, windows: [[Int?]], features: Int, depth: Int,
            activation: Activation
        ) {
            cells = windows.count
            sitesPerCell = sector.siteCount / windows.count
            self.features = features
            width = features * sitesPerCell
            siteCount = sector.siteCount
            self.sector = sector
            self.activation = activation
            self.factor = factor
            convolution = (factor.offset(of: "Conv_0/bias"), factor.offset(of: "Conv_0/kernel"))
            layers = (1..<depth).map {
                (factor.offset(of: "Dense_\($0)/bias"), factor.offset(of: "Dense_\($0)/kernel"))
            }
            var lists = [[(cell: Int32, element: Int32)]](repeating: [], count: windows.count)
            for (own, window) in windows.enumerated() {
                for (element, cell) in window.enumerated() {
                    guard let cell else { continue }
                    lists[cell].append((Int32(own), Int32(element)))
                }
            }
            starts = lists.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count) }
            reached = lists.flatMap { $0 }
        }

        /// Cells that a hop between neighbours reaches at most.
        var reach: Int {
            let ends = (0..<min(2, cells)).map { cell in Set(reached[starts[cell]..<starts[cell + 1]].map(\.cell)) }
            return ends.reduce(Set()) { $0.union($1) }.count
        }

        @inline(__always)
        private func parameters(_ offset: Int) -> UnsafePointer<S> { S.numbers(factor.parameters.pointer + offset) }

        @inline(__always)
        func site(of mode: Int) -> Int { mode >= siteCount ? mode - siteCount : mode }

        @inline(__always)
        func forEachReached(by mode: Int, _ body: (Int) -> Void) {
            let cell = site(of: mode) / sitesPerCell
            for place in starts[cell]..<starts[cell + 1] { body(Int(reached[place].cell)) }
        }

        func setToBias(_ sums: UnsafeMutablePointer<S>) {
            let bias = parameters(convolution.bias)
            for cell in 0..<cells { (sums + cell * width).update(from: bias, count: width) }
        }

        /// Adds what an occupied mode contributes, times a sign, to the sums of the cells that it reaches.
        ///
        /// - Parameter place: by cell, where its sums are.
        @inline(__always)
        func add(_ mode: Int, sign: Double, _ place: (Int) -> UnsafeMutablePointer<S>) {
            let site = site(of: mode)
            let isDown = mode >= siteCount
            // A spin down is −1; of spinful fermions those down come behind those up of the cell.
            let factor = sector.kind == .spinsHalf && isDown ? -sign : sign
            let plane = sector.kind == .spinful && isDown ? 1 : 0
            let (cell, input) = (site / sitesPerCell, plane * sitesPerCell + site % sitesPerCell)
            let kernel = parameters(convolution.kernel)
            for entry in reached[starts[cell]..<starts[cell + 1]] {
                let row = kernel + (Int(entry.element) * sector.numbersPerSite * sitesPerCell + input) * width
                let sums = place(Int(entry.cell))
                for feature in 0..<width { sums[feature] = sums[feature] + row[feature].scaled(by: factor) }
            }
        }

        /// Features from sums, of so many cells.
        ///
        /// - Parameter work: as large as `values`.
        func evaluate(
            _ sums: UnsafePointer<S>, _ values: UnsafeMutablePointer<S>, work: UnsafeMutablePointer<S>, cells: Int
        ) {
            S.activate(activation, sums, values, count: cells * width)
            for layer in layers {
                S.multiply(
                    values, parameters(layer.kernel), transposed: false, work, m: cells, n: width, k: width)
                let bias = parameters(layer.bias)
                for cell in 0..<cells {
                    for feature in 0..<width {
                        work[cell * width + feature] = work[cell * width + feature] + bias[feature]
                    }
                }
                S.activate(activation, work, values, count: cells * width)
            }
        }
    }

    private let network: Network
    private let sums: UnsafeMutablePointer<S>
    /// F for each site.
    let values: UnsafeMutablePointer<S>
    /// Cells whose features the last change changes, one behind the other.
    let changed: UnsafeMutablePointer<Int32>
    private(set) var changedCount = 0
    private let changedSums: UnsafeMutablePointer<S>
    let changedValues: UnsafeMutablePointer<S>
    private let work: UnsafeMutablePointer<S>
    /// By cell its place in `changed`, or −1.
    private let place: UnsafeMutablePointer<Int32>
    private let memory = BufferSet()

    init(_ network: Network) {
        self.network = network
        let count = network.cells * network.width
        sums = memory.filled(with: .zero, count: count)
        values = memory.filled(with: .zero, count: count)
        changedSums = memory.filled(with: .zero, count: count)
        changedValues = memory.filled(with: .zero, count: count)
        work = memory.filled(with: .zero, count: count)
        changed = memory.filled(with: 0, count: network.cells)
        place = memory.filled(with: -1, count: network.cells)
    }

    static func byteCount(_ network: Network) -> Int {
        network.cells * (5 * network.width * MemoryLayout<S>.stride + 2 * MemoryLayout<Int32>.stride)
    }

    func load(_ modes: UnsafePointer<Int32>, count: Int) {
        network.setToBias(sums)
        for fermion in 0..<count { network.add(Int(modes[fermion]), sign: 1) { sums + $0 * network.width } }
        network.evaluate(sums, values, work: work, cells: network.cells)
    }

    /// Computes the features after hops, which are not followed yet.
    func change(_ hops: Int, emptied: SIMD2<Int>, filled: SIMD2<Int>) {
        let width = network.width
        for index in 0..<changedCount { place[Int(changed[index])] = -1 }
        var count = 0
        func include(_ cell: Int) {
            guard place[cell] < 0 else { return }
            place[cell] = Int32(truncatingIfNeeded: count)
            changed[count] = Int32(truncatingIfNeeded: cell)
            (changedSums + count * width).update(from: sums + cell * width, count: width)
            count += 1
        }
        for hop in 0..<hops {
            network.forEachReached(by: emptied[hop], include)
            network.forEachReached(by: filled[hop], include)
        }
        changedCount = count
        for hop in 0..<hops {
            network.add(emptied[hop], sign: -1) { changedSums + Int(place[$0]) * width }
            network.add(filled[hop], sign: 1) { changedSums + Int(place[$0]) * width }
        }
        network.evaluate(changedSums, changedValues, work: work, cells: count)
    }

    /// Takes the last change over.
    func follow() {
        let width = network.width
        for index in 0..<changedCount {
            let cell = Int(changed[index])
            (sums + cell * width).update(from: changedSums + index * width, count: width)
            (values + cell * width).update(from: changedValues + index * width, count: width)
        }
    }
}

import CKernels
import LinearAlgebra

/// Connected ratios of a network that sees the spins through dense layers: each connected configuration starts
/// from its sample's values of these layers, and the rest of the network is evaluated for many at a time.
final class FirstLayerRatios<R: TapeScalar>: AmplitudeRatios {
    let siteCount: Int
    private let walkers: FirstLayerWalkers<R>
    private let isComplex: Bool
    private let blockRows: Int
    private let logPsi: Region<Double>
    /// The flip set of each row of a block.
    private let sets: Region<Int>

    /// - Parameter blockRows: connected configurations that are evaluated together, at most.
    init(_ walkers: FirstLayerWalkers<R>, blockRows limit: Int) {
        self.walkers = walkers
        blockRows = Self.rows(walkers.machine.tape, atMost: limit)
        siteCount = walkers.siteCount
        isComplex = walkers.machine.tape.hasPhases
        logPsi = Region(capacity: 2 * blockRows)
        sets = Region(capacity: blockRows)
        walkers.machine.reserve(rows: blockRows)
    }

    /// OpenBLAS multiplies real matrices of m·n·k up to 10⁶ with AVX-512 without copying them first: some 15%
    /// faster, as long as there are 24 rows or more.
    static func rows(_ tape: Tape, atMost limit: Int) -> Int {
        let products = tape.sampleOperations.compactMap { $0 as? Dense }
            .filter { $0.input.part == .sample && $0.input.index != tape.nodes[0].index }
        guard String(cString: ck_vector_units()) == "avx512", products.allSatisfy({ !$0.output.isComplex }),
            let largest = products.map({ $0.input.rows * $0.kernel.elements }).max()
        else { return limit }
        let uncopied = 1_000_000 / max(1, largest) / 8 * 8
        return uncopied < 24 ? limit : min(limit, uncopied)
    }

    func evaluate(_ batch: ConnectedBatch) {
        walkers.reserve(batch.capacity)
        walkers.load(batch.spins, first: 0, count: batch.count)
        let (walkers, siteCount, sets) = (self.walkers, self.siteCount, self.sets.pointer)
        var set = 0
        for first in stride(from: 0, to: batch.pairCount, by: blockRows) {
            let count = min(blockRows, batch.pairCount - first)
            for row in 0..<count {
                while batch.pairStarts[set + 1] <= first + row { set += 1 }
                sets[row] = set
            }
            walkers.machine.evaluate(
                count: count,
                firstLayer: { layer, target in
                    let columns = walkers.columns(layer: layer)
                    for row in 0..<count {
                        let sample = Int(batch.pairSamples[first + row])
                        let start = batch.siteStarts[sets[row]]
                        walkers.write(
                            sample, layer: layer, spins: batch.spins + sample * siteCount, sites: batch.sites + start,
                            flips: batch.siteStarts[sets[row] + 1] - start, into: target + row * columns)
                    }
                }, into: logPsi.pointer)
            batch.setRatios(of: first..<first + count, logPsi: logPsi.pointer, isComplex: isComplex)
        }
    }
}

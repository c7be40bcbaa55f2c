import Communication
import LinearAlgebra

/// A sum of Pauli strings on vectors whose rows (basis states of spins that fit a word) are spread over the ranks in
/// blocks.
///
/// Nothing but the diagonal is stored: every row is evaluated from the flip sets with operations on
/// words. A product needs the whole input, which is gathered.
struct DistributedHamiltonian: HermitianBlockMap {
    private let space: SpinWordNumbering
    private let communicator: Communicator
    /// The rows of this rank.
    let shard: Shard
    let isComplex: Bool
    private let bitRows: PauliBitRows
    private let diagonal: [Double]
    private let ranking: Ranking

    private enum Ranking {
        case whole(WholeSpaceRanking)
        case table(TableRanking)
        case combinatorial(CombinatorialRanking)
    }

    /// - Precondition: H is Hermitian and keeps the space invariant.
    init(_ hamiltonian: PauliSum, space: SpinWordNumbering, shard: Shard, communicator: Communicator) {
        self.space = space
        self.communicator = communicator
        self.shard = shard
        isComplex = !hamiltonian.isReal
        bitRows = hamiltonian.bitRows
        if space.downCount == nil {
            ranking = .whole(WholeSpaceRanking())
        } else if let table = TableRanking(space) {
            ranking = .table(table)
        } else {
            ranking = .combinatorial(CombinatorialRanking(space: space))
        }
        let rows = bitRows
        MemoryExhaustion.requireRoom(.bytes(ofReals: shard.count))
        diagonal = [Double](unsafeUninitializedCapacity: shard.count) { buffer, count in
            rows.terms.withUnsafeBufferPointer { terms in
                guard shard.count > 0 else { return }
                var state = space.state(at: shard.offset)
                for row in 0..<shard.count {
                    buffer[row] =
                        terms.baseAddress.map {
                            PauliBitRows.realElement(rows.groups[0], $0, state)
                        } ?? 0
                    if row + 1 < shard.count { state = space.next(after: state) }
                }
            }
            count = shard.count
        }
    }

    var dimension: Int { space.dimension }
    var rows: Range<Int> { shard.range }

    /// y ← H·x. Collective: one allgather of the block.
    func apply(_ x: TallMatrix, into y: TallMatrix) throws {
        let lanes = x.columns * x.width
        let whole = try communicator.allGather(Array(x.storage.prefix(x.rows * lanes)))
        whole.withUnsafeBufferPointer { whole in
            if let whole = whole.baseAddress, let target = y.storage.baseAddress {
                multiply(whole, lanes: lanes, into: target)
            }
        }
    }

    /// This rank's rows of H·x for several vectors.
    ///
    /// - Parameters:
    ///   - x: `dimension × lanes` values, row-major: the vectors of a block side by side (real and
    ///     imaginary part in turn where H is complex).
    ///   - lanes: doubles per row, a multiple of 4.
    ///   - y: `shard.count × lanes` values.
    private func multiply(
        _ x: UnsafePointer<Double>, lanes: Int, into y: UnsafeMutablePointer<Double>
    ) {
        precondition(lanes % 4 == 0)
        switch ranking {
        case .whole(let ranking): multiply(x, lanes, y, ranking)
        case .table(let ranking): multiply(x, lanes, y, ranking)
        case .combinatorial(let ranking): multiply(x, lanes, y, ranking)
        }
    }

    @inline(__always)
    private func multiply(
        _ x: UnsafePointer<Double>, _ lanes: Int, _ y: UnsafeMutablePointer<Double>,
        _ ranking: some StateRanking
    ) {
        guard shard.count > 0 else { return }
        let input = UnsafeRawPointer(x)
        let output = UnsafeMutableRawPointer(y)
        let rowBytes = lanes * MemoryLayout<Double>.stride
        let step = MemoryLayout<SIMD4<Double>>.stride
        let isComplex = isComplex
        diagonal.withUnsafeBufferPointer { diagonal in
            bitRows.groups.withUnsafeBufferPointer { groups in
                bitRows.terms.withUnsafeBufferPointer { terms in
                    var state = space.state(at: shard.offset)
                    for row in 0..<shard.count {
                        let own = input + (shard.offset + row) * rowBytes
                        let target = output + row * rowBytes
                        for byte in stride(from: 0, to: rowBytes, by: step) {
                            let value = own.loadUnaligned(
                                fromByteOffset: byte, as: SIMD4<Double>.self)
                            (target + byte).storeBytes(
                                of: diagonal[row] * value, as: SIMD4<Double>.self)
                        }
                        if let terms = terms.baseAddress {
                            for g in 1..<groups.count {
                                let group = groups[g]
                                if isComplex {
                                    let element = PauliBitRows.element(group, terms, state)
                                    if element.real == 0 && element.imaginary == 0 { continue }
                                    let source =
                                        input + ranking.rank(state ^ group.flips) * rowBytes
                                    for byte in stride(from: 0, to: rowBytes, by: step) {
                                        DistributedHamiltonian.addComplex(
                                            element, source + byte, target + byte)
                                    }
                                } else {
                                    let element = PauliBitRows.realElement(group, terms, state)
                                    if element == 0 { continue }
                                    let source =
                                        input + ranking.rank(state ^ group.flips) * rowBytes
                                    for byte in stride(from: 0, to: rowBytes, by: step) {
                                        DistributedHamiltonian.addReal(
                                            element, source + byte, target + byte)
                                    }
                                }
                            }
                        }
                        if row + 1 < shard.count { state = space.next(after: state) }
                    }
                }
            }
        }
    }

    @inline(__always)
    private static func addReal(
        _ element: Double, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer
    ) {
        let value = source.loadUnaligned(as: SIMD4<Double>.self)
        let sum = target.loadUnaligned(as: SIMD4<Double>.self) + element * value
        target.storeBytes(of: sum, as: SIMD4<Double>.self)
    }

    /// Two complex numbers at a time.
    @inline(__always)
    private static func addComplex(
        _ element: (real: Double, imaginary: Double), _ source: UnsafeRawPointer,
        _ target: UnsafeMutableRawPointer
    ) {
        let value = source.loadUnaligned(as: SIMD4<Double>.self)
        let timesI = SIMD4(-value[1], value[0], -value[3], value[2])
        let sum =
            target.loadUnaligned(as: SIMD4<Double>.self)
            + (element.real * value + element.imaginary * timesI)
        target.storeBytes(of: sum, as: SIMD4<Double>.self)
    }
}

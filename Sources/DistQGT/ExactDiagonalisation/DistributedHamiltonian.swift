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
    ///   - lanes: doubles per row, a multiple of 4, or 2.
    ///   - y: `shard.count × lanes` values.
    private func multiply(
        _ x: UnsafePointer<Double>, lanes: Int, into y: UnsafeMutablePointer<Double>
    ) {
        precondition(lanes == 2 || lanes % 4 == 0)
        // A single complex vector has two numbers in a row.
        switch (ranking, lanes == 2) {
        case (.whole(let ranking), false): multiply(x, lanes, y, ranking, SIMD4<Double>.self)
        case (.table(let ranking), false): multiply(x, lanes, y, ranking, SIMD4<Double>.self)
        case (.combinatorial(let ranking), false): multiply(x, lanes, y, ranking, SIMD4<Double>.self)
        case (.whole(let ranking), true): multiply(x, lanes, y, ranking, SIMD2<Double>.self)
        case (.table(let ranking), true): multiply(x, lanes, y, ranking, SIMD2<Double>.self)
        case (.combinatorial(let ranking), true): multiply(x, lanes, y, ranking, SIMD2<Double>.self)
        }
    }

    @inline(__always)
    private func multiply<Vector: SIMD<Double>>(
        _ x: UnsafePointer<Double>, _ lanes: Int, _ y: UnsafeMutablePointer<Double>,
        _ ranking: some StateRanking, _ vector: Vector.Type
    ) {
        guard shard.count > 0 else { return }
        let input = UnsafeRawPointer(x)
        let output = UnsafeMutableRawPointer(y)
        let rowBytes = lanes * MemoryLayout<Double>.stride
        let step = MemoryLayout<Vector>.stride
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
                                fromByteOffset: byte, as: Vector.self)
                            (target + byte).storeBytes(
                                of: diagonal[row] * value, as: Vector.self)
                        }
                        if let terms = terms.baseAddress {
                            for g in 1..<groups.count {
                                let group = groups[g]
                                if isComplex {
                                    let element = PauliBitRows.element(group, terms, state)
                                    if element.real == 0 && element.imaginary == 0 { continue }
                                    let source =
                                        input + ranking.rank(state ^ group.flips) * rowBytes
                                    BlockRow.addComplex(
                                        element, source, to: target, byteCount: rowBytes, vector)
                                } else {
                                    let element = PauliBitRows.realElement(group, terms, state)
                                    if element == 0 { continue }
                                    let source =
                                        input + ranking.rank(state ^ group.flips) * rowBytes
                                    BlockRow.add(element, source, to: target, byteCount: rowBytes, vector)
                                }
                            }
                        }
                        if row + 1 < shard.count { state = space.next(after: state) }
                    }
                }
            }
        }
    }
}

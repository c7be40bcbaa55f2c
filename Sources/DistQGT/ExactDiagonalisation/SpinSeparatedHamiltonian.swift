import Communication
import LinearAlgebra

/// What an operator on electrons of conserved numbers of each spin consists of, where it is H = D + A ⊗ 1 + 1 ⊗ B; nothing is
/// stored yet.
struct SpinSeparation {
    fileprivate let parts: FermionSum.OfEachSpin
    fileprivate let modes: FermionModes
    fileprivate let isComplex: Bool
    fileprivate let numbering: BasisNumbering
    fileprivate let ups: BasisNumbering
    fileprivate let downs: BasisNumbering
    private let ranks: Int

    /// Local.
    ///
    /// - Returns: nil where H does not have this form, the space conserves anything else, or there are fewer up
    ///   configurations than ranks.
    init?(_ hamiltonian: any Operator, numbering: BasisNumbering, ranks: Int) throws(HilbertSpaceError) {
        guard let hamiltonian = hamiltonian as? FermionSum, hamiltonian.modes.siteCount <= 64,
            hamiltonian.modes.localSpaces == numbering.space.localSpaces,
            let (upCount, downCount) = numbering.space.electronNumbers, let parts = hamiltonian.ofEachSpin
        else { return nil }
        ups = try BasisNumbering(.spinlessFermions(siteCount: hamiltonian.siteCount, count: upCount))
        downs = try BasisNumbering(.spinlessFermions(siteCount: hamiltonian.siteCount, count: downCount))
        guard ups.dimension >= ranks else { return nil }
        (self.parts, modes, isComplex) = (parts, hamiltonian.modes, !hamiltonian.isReal)
        (self.numbering, self.ranks) = (numbering, ranks)
    }

    /// Rows of rank 0, which has the most.
    var largestShard: Int { Shard.block(of: ups.dimension, rank: 0, size: ranks).count * downs.dimension }

    /// Bytes of A and B, at most, which every rank has.
    var elementBytes: Int {
        func bytes(_ part: FermionSum, _ rows: Int) -> Double {
            let width = isComplex ? 2.0 : 1
            return Double(rows) * (8 + 8 * width + Double(part.transitions.count) * (4 + 8 * width))
        }
        return Int(min(9e18, bytes(parts.up, ups.dimension) + bytes(parts.down, downs.dimension)))
    }
}

/// H = D + A ⊗ 1 + 1 ⊗ B on electrons of conserved numbers of each spin, as of Hubbard models: A moves the up electrons, B
/// the down electrons, and D is diagonal.
///
/// Vectors are matrices of the up by the down configurations, spread over the ranks by whole rows; their order is not that
/// of `BasisNumbering` (`inOrderOfBasis`). B acts within a row. For A some columns after the other go to the rank that has
/// them to do, and their products come back: a rank receives its share of a vector twice for each product, and keeps D and
/// the two small matrices only.
struct SpinSeparatedHamiltonian: HermitianBlockMap {
    let isComplex: Bool
    let rows: Range<Int>
    private let numbering: BasisNumbering
    private let communicator: Communicator
    private let up: SparseRows
    private let down: SparseRows
    private let ups: BasisNumbering
    private let downs: BasisNumbering
    /// D of this rank's rows; real, as H is Hermitian.
    private let diagonal: Buffer<Double>

    /// Doubles of all rows of the columns that are transposed together: they should stay in a core's cache.
    private static let doublesTogether = 1 << 16

    /// This rank's up configurations.
    private let shard: Shard
    var dimension: Int { numbering.dimension }

    /// Local.
    ///
    /// - Precondition: H is Hermitian, and its vectors fit the memory.
    init(_ separation: SpinSeparation, communicator: Communicator) throws(HilbertSpaceError) {
        (isComplex, numbering, ups, downs) =
            (separation.isComplex, separation.numbering, separation.ups, separation.downs)
        self.communicator = communicator
        up = try SparseRows(separation.parts.up, 0..<ups.dimension, of: ups, memoryLimit: .max)
        down = try SparseRows(separation.parts.down, 0..<downs.dimension, of: downs, memoryLimit: .max)
        let own = Shard.block(of: ups.dimension, rank: communicator.rank, size: communicator.size)
        shard = own
        rows = own.offset * downs.dimension..<(own.offset + own.count) * downs.dimension
        MemoryExhaustion.requireRoom(.bytes(ofReals: rows.count))
        diagonal = Buffer(count: max(1, rows.count))
        Self.fill(
            diagonal, separation.parts.diagonal, modes: separation.modes,
            ups: try Self.words(ups.configurations(in: own.range)),
            downs: try Self.words(downs.configurations(in: 0..<downs.dimension)))
    }

    /// Configurations of spinless fermions as words, site 0 the lowest bit.
    private static func words(_ configurations: Configurations) -> [UInt64] {
        let siteCount = configurations.siteCount
        return (0..<configurations.count).map { index in
            (0..<siteCount).reduce(UInt64(0)) { word, site in
                configurations.spins[index * siteCount + site] != 0 ? word | 1 << UInt64(site) : word
            }
        }
    }

    private static func fill(
        _ diagonal: Buffer<Double>, _ terms: [FermionTransition.Term], modes: FermionModes, ups: [UInt64],
        downs: [UInt64]
    ) {
        struct Masked {
            let up: UInt64
            let down: UInt64
            let value: Double
        }
        func mask(_ counted: [Int], isDown: Bool) -> UInt64 {
            counted.reduce(0) { modes.isDown($1) == isDown ? $0 | 1 << UInt64(modes.site(of: $1)) : $0 }
        }
        let masked = terms.map {
            Masked(
                up: mask($0.counted, isDown: false), down: mask($0.counted, isDown: true),
                value: $0.element.rawStorage.x)
        }
        var place = diagonal.pointer
        for word in ups {
            // Most terms of a row are the same for all of it, or absent.
            let fitting = masked.filter { word & $0.up == $0.up }
            let constant = fitting.reduce(0) { $1.down == 0 ? $0 + $1.value : $0 }
            let asking = fitting.filter { $0.down != 0 }
            for other in downs {
                var sum = constant
                for term in asking where other & term.down == term.down { sum += term.value }
                place.pointee = sum
                place += 1
            }
        }
    }

    /// y ← H·x. Collective: two all-to-alls for some columns.
    func apply(_ x: TallMatrix, into y: TallMatrix) throws {
        guard let source = x.storage.baseAddress, let target = y.storage.baseAddress else { return }
        let lanes = x.columns * x.width
        let rowLength = downs.dimension * lanes
        for row in 0..<shard.count {
            down.multiply(source + row * rowLength, firstRow: 0, lanes: lanes, into: target + row * rowLength)
        }
        let values = diagonal.pointer
        for state in 0..<rows.count {
            for lane in state * lanes..<(state + 1) * lanes { target[lane] += values[state] * source[lane] }
        }
        let together = max(1, Self.doublesTogether / (ups.dimension * lanes))
        // Rank 0 has the most columns.
        let most = Shard.block(of: downs.dimension, rank: 0, size: communicator.size).count
        for first in stride(from: 0, to: most, by: together) {
            try addMovesOfUpElectrons(source, to: target, first: first, together: together, lanes: lanes)
        }
    }

    /// Adds A·x for at most `together` columns of every rank's share of these, from its `first` on. Collective.
    private func addMovesOfUpElectrons(
        _ source: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>, first: Int, together: Int, lanes: Int
    ) throws {
        /// Doubles of a row that a rank has to do.
        func part(of rank: Int) -> Range<Int> {
            let share = Shard.block(of: downs.dimension, rank: rank, size: communicator.size)
            let columns = min(first, share.count)..<min(first + together, share.count)
            return (share.offset + columns.lowerBound) * lanes..<(share.offset + columns.upperBound) * lanes
        }
        let rowLength = downs.dimension * lanes
        let ownRows = shard.count
        func taken(_ part: Range<Int>) -> [Double] {
            [Double](unsafeUninitializedCapacity: ownRows * part.count) { buffer, count in
                for row in 0..<ownRows {
                    let source = source + row * rowLength + part.lowerBound
                    (buffer.baseAddress.map { $0 + row * part.count })?.update(from: source, count: part.count)
                }
                count = ownRows * part.count
            }
        }
        func add(_ sums: UnsafePointer<Double>, _ part: Range<Int>) {
            for row in 0..<ownRows {
                let (target, sums) = (target + row * rowLength + part.lowerBound, sums + row * part.count)
                for place in 0..<part.count { target[place] += sums[place] }
            }
        }
        let length = part(of: communicator.rank).count
        func multiplied(_ columns: [Double]) -> [Double] {
            [Double](unsafeUninitializedCapacity: ups.dimension * length) { buffer, count in
                columns.withUnsafeBufferPointer { columns in
                    if let columns = columns.baseAddress, let target = buffer.baseAddress, length > 0 {
                        up.multiply(columns, firstRow: 0, lanes: length, into: target)
                    }
                }
                count = ups.dimension * length
            }
        }
        if communicator.size == 1 {
            multiplied(taken(part(of: 0))).withUnsafeBufferPointer { sums in
                if let sums = sums.baseAddress { add(sums, part(of: 0)) }
            }
            return
        }
        let received = try communicator.allToAll((0..<communicator.size).map { taken(part(of: $0)) })
        let products = multiplied(Array(received.joined()))
        let returning = (0..<communicator.size).map { rank in
            let rows = Shard.block(of: ups.dimension, rank: rank, size: communicator.size).range
            return Array(products[rows.lowerBound * length..<rows.upperBound * length])
        }
        for (rank, sums) in try communicator.allToAll(returning).enumerated() {
            sums.withUnsafeBufferPointer { sums in
                if let sums = sums.baseAddress { add(sums, part(of: rank)) }
            }
        }
    }

    /// This rank's block of a vector in the order of the basis, from its rows here; one or two doubles for each state.
    /// Collective: one allgather.
    func inOrderOfBasis(_ own: [Double]) throws -> [Double] {
        let whole = try communicator.allGather(own)
        let width = isComplex ? 2 : 1
        let siteCount = numbering.space.siteCount
        let block = Shard.block(of: dimension, rank: communicator.rank, size: communicator.size).range
        let configurations = try numbering.configurations(in: block).spins
        var ordered: [Double] = []
        ordered.reserveCapacity(block.count * width)
        for state in 0..<block.count {
            let codes = configurations[state * siteCount..<(state + 1) * siteCount]
            let place =
                try ups.index(of: codes.map { $0 & 1 }) * downs.dimension + downs.index(of: codes.map { $0 >> 1 & 1 })
            ordered += whole[place * width..<(place + 1) * width]
        }
        return ordered
    }
}

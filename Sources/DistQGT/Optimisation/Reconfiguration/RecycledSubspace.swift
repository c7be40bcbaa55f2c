import COpenBLAS
import CKernels
import Communication
import LinearAlgebra

/// A small subspace of parameter space that is kept from one step to the next, with a model of S on it, as preconditioner of
/// conjugate gradients: S changes little between steps, and each solve tells more about it (`SubspaceModel`).
///
/// With a diagonal D that is no multiple of one the model is of D^-1/2 S D^-1/2.
///
/// The vectors lie where parameter vectors do: once for the ranks of a node, each of which works on its share. An application
/// costs 4·n·P multiplications over all of these ranks and a barrier, but no message; learning a solve is one broadcast of
/// rank 0's numbers. Every sum has one order: bits do not depend on how many ranks there are.
public final class RecycledSubspace: Preconditioner {
    /// k, vectors that are kept at most.
    public let sizeLimit: Int
    /// Vectors that there is room for: those that are kept, and the residuals of a solve.
    public var capacity: Int { Self.capacity(sizeLimit: sizeLimit) }

    package private(set) var model = SubspaceModel()
    /// Iterations of the last solve without it; 0 before the first.
    private var plainIterations = 0
    /// Solves that are made without it now, and how many after it is dropped the next time.
    private var pause = 0
    private var nextPause = 1
    private var drops = 0

    /// [tile][column][number of the tile]; nil before the first solve.
    private var columns: (layout: ParameterLayout, memory: (any ReplicatedMemory)?, buffer: RealBuffer)?
    /// What `columns` will begin with, one vector after the other.
    private var restored: [Double] = []

    // Of the solve at hand.
    private var shift = 0.0
    /// D^-1/2; nil where D is a multiple of one.
    private var scaling: ParameterVector?
    private var inverse: [Double]?
    private var runs = 0
    private var inverseNorm = 0.0
    private var recorded = 0
    private var overlaps: [Double] = []
    private var steps: [Double] = []
    private var ratios: [Double] = []

    /// - Parameter sizeLimit: k ≥ 1.
    public init(sizeLimit: Int) {
        precondition(sizeLimit >= 1)
        self.sizeLimit = sizeLimit
    }

    static func capacity(sizeLimit: Int) -> Int { sizeLimit + max(8, sizeLimit / 2) }

    /// k for so many parameters where nothing is asked for: what few hundred eigenvalues above the shift take, and a small part of a
    /// short vector.
    public static func automaticSize(parameters: Int) -> Int { min(200, max(4, parameters / 16)) }

    /// k, where 0 leaves it open.
    static func sizeLimit(_ size: Int, parameters: Int) -> Int {
        size > 0 ? size : automaticSize(parameters: parameters)
    }

    private var tile: Int { ParameterVector.tile }
    private var size: Int { model.size }

    // MARK: A solve

    /// Before a solve with S + D. Collective over the ranks of the vectors' memory.
    ///
    /// - Parameters:
    ///   - right: of the layout and memory of all vectors of the solve.
    ///   - shift: D, or 1 where it is no multiple of one.
    ///   - scaling: D^-1/2 where it is none.
    package func prepare(like right: ParameterVector, shift: Double, scaling: ParameterVector?) {
        if columns?.layout.count != right.layout.count || columns?.memory !== right.memory {
            precondition(right.vectors == 1)
            let count = ParameterVector.tileCount(right.count) * capacity * tile
            let buffer = right.memory?.makeBuffer(count: count) ?? RealBuffer(count: count)
            columns = (right.layout, right.memory, buffer)
            if restored.isEmpty { model = SubspaceModel() }
            for column in 0..<size {
                for index in right.share {
                    buffer.pointer[place(of: index, column)] = restored[column * right.count + index]
                }
            }
            restored = []
            right.memory?.barrier()
        }
        self.shift = shift
        self.scaling = scaling
        scaling?.publish()
        inverse = pause > 0 ? nil : model.inverse(shift: shift)
        if inverse == nil { model = SubspaceModel() }
        (runs, recorded) = (0, 0)
        (overlaps, steps, ratios) = ([], [], [])
    }

    private func place(of index: Int, _ column: Int) -> Int {
        (index / tile * capacity + column) * tile + index % tile
    }

    /// Later runs of one solve go on with what the first has left: only that is learnt.
    public func begins(scale: Double) {
        runs += 1
        inverseNorm = scale > 0 && scale.isFinite ? 1 / scale : 0
    }

    public func advanced(step: Double, ratio: Double) {
        guard runs == 1 else { return }
        steps.append(step)
        ratios.append(ratio)
    }

    /// z ← M⁻¹ r with M⁻¹ = D^-1/2 (1 + Z C Zᵀ) D^-1/2. Collective over the ranks of the vectors' memory.
    public func apply(_ r: ParameterVector, into z: ParameterVector) {
        guard let (_, memory, buffer) = columns else { preconditionFailure("a subspace that was not prepared") }
        let (size, capacity, tile) = (inverse == nil ? 0 : size, capacity, tile)
        let records = runs == 1 && inverseNorm > 0 && self.size + recorded < capacity
        let target = self.size + recorded
        let tiles = ParameterVector.tileCount(r.count)
        let sums = size == 0 ? nil : memory?.exchange(count: size * tiles)
        var own = [Double](repeating: 0, count: size)
        var part = own
        // z holds the scaled residual meanwhile.
        z.assign(from: r)
        if let scaling { z.assign(product: scaling, z) }
        z.forEachOwnTile { length, first in
            let number = first / tile
            let block = buffer.pointer + number * capacity * tile
            let values = z.storage.pointer + first
            if records {
                ck_axpy(CK_DOUBLE, inverseNorm, 0, values, block + target * tile, length, 0)
            }
            guard size > 0 else { return }
            cblas_dgemv(
                CblasRowMajor, CblasNoTrans, blasint(size), blasint(length), 1, block, blasint(tile), values, 1, 0,
                &part, 1)
            if let sums {
                for column in 0..<size { sums[number * size + column] = part[column] }
            } else {
                for column in 0..<size { own[column] += part[column] }
            }
        }
        if size > 0 {
            if let sums, let memory {
                memory.barrier()
                for number in 0..<tiles { for column in 0..<size { own[column] += sums[number * size + column] } }
            }
            if let inverse {
                cblas_dsymv(CblasRowMajor, CblasLower, blasint(size), 1, inverse, blasint(size), own, 1, 0, &part, 1)
            }
            z.forEachOwnTile { length, first in
                cblas_dgemv(
                    CblasRowMajor, CblasTrans, blasint(size), blasint(length), 1,
                    buffer.pointer + first / tile * capacity * tile, blasint(tile), part, 1, 1,
                    z.storage.pointer + first, 1)
            }
            z.noteChange()
        }
        if let scaling { z.assign(product: scaling, z) }
        if records {
            overlaps += own.map { $0 * inverseNorm }
            recorded += 1
        }
    }

    /// After a solve: learns it, or drops what does not help. Collective: one broadcast of `messageLength` numbers.
    package func learn(_ report: SolverReport, products: Int, over communicator: Communicator) throws -> SubspaceReport
    {
        let used = inverse == nil ? 0 : size
        let innerProducts = innerProductsOfRecords()
        let message = RealBuffer(count: Self.messageLength(sizeLimit: sizeLimit))
        let isUseful = judge(report, wasUsed: used > 0)
        if communicator.rank == 0, isUseful {
            let change = model.learnt(
                SubspaceModel.Record(
                    count: recorded, innerProducts: innerProducts, overlaps: overlaps, steps: steps, ratios: ratios),
                inverse: inverse, shift: shift, sizeLimit: sizeLimit)
            if let change {
                let changed = change.model
                message.pointer.update(
                    from: [Double(changed.size), Double(change.kept), changed.floor], count: 3)
                (message.pointer + 3).update(from: changed.matrix, count: changed.matrix.count)
                (message.pointer + 3 + capacity * capacity).update(
                    from: change.combinations, count: change.combinations.count)
            }
        }
        try communicator.broadcast(message.buffer)
        let numbers = message.pointer
        let (newSize, kept) = (Int(numbers[0]), Int(numbers[1]))
        if newSize > kept { combine(numbers + 3 + capacity * capacity, kept: kept, count: newSize) }
        if newSize > 0 {
            model = SubspaceModel(
                size: newSize, matrix: Array(UnsafeBufferPointer(start: numbers + 3, count: newSize * newSize)),
                floor: numbers[2])
        } else if !isUseful || used == 0 {
            model = SubspaceModel()
        }
        columns?.memory?.barrier()
        scaling = nil
        return SubspaceReport(products: products, size: used, drops: drops)
    }

    /// What a solve broadcasts: the new size, the columns that stay and the floor; B; combinations of all columns.
    static func messageLength(sizeLimit: Int) -> Int {
        let capacity = capacity(sizeLimit: sizeLimit)
        return 3 + 2 * capacity * capacity
    }

    /// Whether the solve is to be learnt; the same on every rank, since the report is. What takes longer than it did without the
    /// subspace is dropped, and solves without it follow, twice as many each time.
    private func judge(_ report: SolverReport, wasUsed: Bool) -> Bool {
        guard !report.outcome.isFailure else {
            if wasUsed { drop() }
            return false
        }
        guard wasUsed else {
            plainIterations = report.iterations
            if recorded == 0 { return false }
            pause = max(0, pause - 1)
            return pause == 0
        }
        let bound = Self.tolerated * Double(plainIterations)
        guard report.outcome == .converged, Double(report.iterations) <= bound + 1 else {
            drop()
            return false
        }
        if Double(report.iterations) < Self.helpful * Double(plainIterations) { nextPause = 1 }
        return true
    }

    private static let tolerated = 1.25
    private static let helpful = 0.7
    private static let longestPause = 64

    /// Whether the solve at hand is made with what earlier ones have left.
    var isUsed: Bool { inverse != nil }

    /// Solves without it follow, twice as many each time.
    package func drop() {
        drops += 1
        inverse = nil
        model = SubspaceModel()
        recorded = 0
        pause = nextPause
        nextPause = min(2 * nextPause, Self.longestPause)
    }

    /// Of the residuals of the solve, (m + 1)², by rows of which each rank of the memory makes some. Collective over these ranks.
    private func innerProductsOfRecords() -> [Double] {
        guard let (layout, memory, buffer) = columns, recorded > 0 else { return [] }
        let (count, tile, capacity) = (recorded, tile, capacity)
        // Of one height, so that their bits do not depend on which rank makes them.
        let height = 16
        let blocks = (count + height - 1) / height
        let own = memory == nil ? RealBuffer(count: count * count) : nil
        let products = own?.pointer ?? memory?.exchange(count: count * count) ?? buffer.pointer
        // The others' tiles of the residuals.
        memory?.barrier()
        for block in memory?.share(of: blocks) ?? 0..<blocks {
            let rows = min(height, count - block * height)
            (products + block * height * count).update(repeating: 0, count: rows * count)
            for number in 0..<ParameterVector.tileCount(layout.count) {
                let residuals = buffer.pointer + (number * capacity + size) * tile
                let length = min(tile, layout.count - number * tile)
                cblas_dgemm(
                    CblasRowMajor, CblasNoTrans, CblasTrans, blasint(rows), blasint(count), blasint(length), 1,
                    residuals + block * height * tile, blasint(tile), residuals, blasint(tile), 1,
                    products + block * height * count, blasint(count))
            }
        }
        memory?.barrier()
        return Array(UnsafeBufferPointer(start: products, count: count * count))
    }

    /// Columns `kept`… of Z become combinations of Z and the residuals. Local: each rank's own tiles.
    private func combine(_ combinations: UnsafePointer<Double>, kept: Int, count: Int) {
        guard let (layout, memory, buffer) = columns else { return }
        let (tile, capacity) = (tile, capacity)
        let (old, new) = (size + recorded, count - kept)
        let scratch = RealBuffer(count: new * tile)
        let tiles = ParameterVector.tileCount(layout.count)
        for number in memory?.share(of: tiles) ?? 0..<tiles {
            let block = buffer.pointer + number * capacity * tile
            cblas_dgemm(
                CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(new), blasint(tile), blasint(old), 1, combinations,
                blasint(old), block, blasint(tile), 0, scratch.pointer, blasint(tile))
            (block + kept * tile).update(from: scratch.pointer, count: new * tile)
        }
    }

    // MARK: A run that is taken up again

    /// All that the next solve depends on.
    public struct State: Sendable, Equatable {
        /// Vectors of P numbers, one after the other.
        public var vectors: [Double]
        /// B, and the rest.
        public var matrix: [Double]
        public var floor: Double
        public var plainIterations: Int
        public var pause: Int
        public var nextPause: Int
        public var drops: Int

        public init(
            vectors: [Double], matrix: [Double], floor: Double, plainIterations: Int, pause: Int, nextPause: Int,
            drops: Int
        ) {
            (self.vectors, self.matrix, self.floor) = (vectors, matrix, floor)
            (self.plainIterations, self.pause, self.nextPause) = (plainIterations, pause, nextPause)
            self.drops = drops
        }
    }

    /// Local: any rank of a node has the whole.
    public var state: State {
        var vectors = restored
        if let (layout, _, buffer) = columns {
            vectors = (0..<size * layout.count).map { buffer.pointer[place(of: $0 % layout.count, $0 / layout.count)] }
        }
        return State(
            vectors: vectors, matrix: model.matrix, floor: model.floor, plainIterations: plainIterations, pause: pause,
            nextPause: nextPause, drops: drops)
    }

    /// Puts everything back as it was, with the next solve. Local. Ranks of a node have the same state.
    ///
    /// - Precondition: vectors and matrix fit each other, and no more than `sizeLimit` vectors of `parameters` numbers.
    public func restore(_ state: State, parameters: Int) {
        let size = state.vectors.count / max(1, parameters)
        precondition(size <= sizeLimit && size * parameters == state.vectors.count)
        columns = nil
        restored = state.vectors
        model = SubspaceModel(size: size, matrix: state.matrix, floor: state.floor)
        (plainIterations, pause, nextPause, drops) = (state.plainIterations, state.pause, state.nextPause, state.drops)
    }
}

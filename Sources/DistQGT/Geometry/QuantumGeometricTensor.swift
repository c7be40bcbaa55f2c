import CKernels
import Communication
import LinearAlgebra

/// The quantum geometric tensor S = AᵀA with A = M √w J, plus a diagonal D, applied on the fly from one
/// linearisation: (S + D) v without the Jacobian or S ever being stored.
///
/// Two ways of applying it, equal to rounding, both with M on both sides (one M would do on paper; in
/// rounding it loses the positive definiteness where |O| is large against its fluctuations):
/// - `.composed`: the definition, the composition of linear maps and its transpose. Three allreduces per
///   product, two of them scalar-sized.
/// - `.fused` (the default): each chunk of samples goes forward and straight back; one allreduce per product.
public final class QuantumGeometricTensor: SymmetricMap {
    /// Columns of the dense matrix that are summed over the ranks together.
    static let columnsTogether = 128

    public enum Centring: String, Sendable, CaseIterable { case fused, composed }

    public let linearisation: Linearisation
    public let centring: Centring
    public var diagonalShift: Double
    /// Added to the shift, where D is not a multiple of one (scale·diag(S)).
    public let diagonal: ParameterVector?
    /// Products applied so far.
    public private(set) var productCount = 0
    private let means: MeanJacobian?
    /// What a dense S is made from, where somebody has it, of the same linearisation and means; nil for some of its own.
    var centredRows: CentredRows?
    private let centredJacobian: CentredJacobian?
    private let sampleImage: SampleVector?
    /// The sum of a product, for blocks of as many vectors and their memory as the last one.
    private var sum: (vectors: Int, isInCommon: Bool, sum: VectorSum)?
    /// ⟨Ō, v⟩ by column.
    private let offsets = Region<Double>(capacity: 0)

    /// - Parameter means: of the same linearisation, as the forces deliver them; nil computes them
    ///   (collective: one allreduce; not needed for `.composed`).
    public init(
        _ linearisation: Linearisation, means: MeanJacobian? = nil, diagonalShift: Double = 0,
        diagonal: ParameterVector? = nil, centring: Centring = .fused
    ) throws {
        self.linearisation = linearisation
        self.centring = centring
        self.diagonalShift = diagonalShift
        self.diagonal = diagonal
        switch centring {
        case .fused:
            self.means = try means ?? EnergyGradient.means(of: linearisation)
            centredJacobian = nil
            sampleImage = nil
        case .composed:
            self.means = nil
            let jacobian = CentredJacobian(linearisation)
            centredJacobian = jacobian
            sampleImage = jacobian.makeCodomainVector()
        }
    }

    public func makeDomainVector() -> ParameterVector { linearisation.makeDomainVector() }
    public func makeCodomainVector() -> ParameterVector { linearisation.makeDomainVector() }

    /// y ← (S + D) x for a block of k vectors (k = 1 where composed). Collective.
    public func apply(_ x: ParameterVector, into y: ParameterVector, stopFlag: inout Double) throws {
        productCount += x.vectors
        if let centredJacobian, let sampleImage {
            precondition(x.vectors == 1, "the composition is applied to one vector at a time")
            x.publish()
            try centredJacobian.apply(x, into: sampleImage)
            centredJacobian.replication.stopFlag = stopFlag
            try centredJacobian.applyTransposed(sampleImage, into: y)
            stopFlag = centredJacobian.replication.stopFlag
            y.changeTiles { length, first in
                addDiagonal(times: x.pointer + first, to: y.storage.pointer + first, first, length)
            }
        } else if let means {
            try applyFused(x, into: y, means: means, stopFlag: &stopFlag)
        }
    }

    /// y += D x for numbers `first`… of a vector of the block.
    private func addDiagonal(
        times x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, _ first: Int, _ length: Int
    ) {
        ck_axpy(CK_DOUBLE, diagonalShift, 0, x, y, length, 1)
        if let diagonal { ck_scale_rows(CK_DOUBLE, diagonal.storage.pointer + first, x, y, 1, 1, length, 0, 1) }
    }

    /// S + D as a dense matrix, P × P row-major, in the flat order of the layout, on every rank. From products of the
    /// centred rows of J, which are made for it; where composed, from products with unit vectors. Collective: one allreduce
    /// for each `columnsTogether` columns (each column where composed).
    public func materialised() throws -> [Double] {
        let count = linearisation.layout.count
        var matrix = [Double](repeating: 0, count: count * count)
        try forEachBlockOfColumns(lower: true) { first, image in
            matrix.withUnsafeMutableBufferPointer { matrix in
                for vector in 0..<image.vectors {
                    let source = image.pointer(vector: vector)
                    // One triangle is computed and copied: symmetric to the last bit.
                    let target = (first + vector) * count
                    for row in first + vector..<count { matrix[target + row] = source[row] }
                }
                for vector in 0..<image.vectors {
                    let column = first + vector
                    for row in column + 1..<max(column + 1, count) {
                        matrix[row * count + column] = matrix[column * count + row]
                    }
                }
            }
        }
        return matrix
    }

    /// This rank's rows of the same matrix, a block partition of P rows: P²/R numbers on each of R ranks, row-major.
    /// Symmetric to rounding. Collective like `materialised`, with the same messages.
    package func materialisedRows() throws -> (rows: Shard, entries: RealBuffer) {
        let communicator = linearisation.space.communicator
        let count = linearisation.layout.count
        let rows = Shard.block(of: count, rank: communicator.rank, size: communicator.size)
        let entries = RealBuffer(count: rows.count * count)
        try forEachBlockOfColumns { first, image in
            for vector in 0..<image.vectors {
                let column = image.pointer(vector: vector) + rows.offset
                let target = entries.pointer + first + vector
                for row in 0..<rows.count { target[row * count] = column[row] }
            }
        }
        return (rows, entries)
    }

    /// Gives consecutive columns of S + D, whole and the same on every rank, with the number of the first.
    ///
    /// - Parameter lower: whether the rows above the first column of a block are of no interest.
    private func forEachBlockOfColumns(
        lower: Bool = false, _ body: (_ first: Int, _ columns: ParameterVector) -> Void
    ) throws {
        let count = linearisation.layout.count
        guard let means else {
            for column in 0..<count {
                let unit = ParameterVector(linearisation.layout)
                unit.storage.pointer[column] = 1
                let image = unit.makeZero()
                try apply(unit, into: image)
                body(column, image)
            }
            return
        }
        let rows = centredRows ?? CentredRows(linearisation, means: means)
        let space = linearisation.space
        for first in stride(from: 0, to: count, by: Self.columnsTogether) {
            let columns = ParameterVector(linearisation.layout, vectors: min(Self.columnsTogether, count - first))
            let sum = VectorSum(over: space, count: columns.count, scalars: 0, in: nil)
            _ = try sum.sum(into: CollectionOfOne(columns)) { _, samples, sum in
                sum.update(repeating: 0, count: columns.count)
                guard !samples.isEmpty else { return }
                let block = rows.pointer(samples.lowerBound)
                let top = lower ? first : 0
                Double.multiply(
                    .transposed, .plain, columns.vectors, count - top, samples.count * space.components, block + first,
                    count, block + top, count, sum + top, count, accumulate: false)
            }
            sum.take(columns)
            for vector in 0..<columns.vectors {
                columns.pointer(vector: vector)[first + vector] += diagonalShift + (diagonal?[first + vector] ?? 0)
            }
            body(first, columns)
        }
    }

    /// Bytes that the columns of a dense S + D take beside the matrix: the rows of J, some columns, and their message.
    static func columnBytes(samples: Int, parameters: Int, components: Int) -> Int {
        .bytes(ofReals: samples, components, parameters)
            + .bytes(ofReals: 2 * min(columnsTogether, parameters), parameters)
    }

    /// What the columns of a dense S + D send.
    static func columnMessages(parameters: Int) -> [CollectiveRecord] {
        stride(from: 0, to: parameters, by: columnsTogether).map { first in
            .reals(min(columnsTogether, parameters - first) * parameters)
        }
    }

    /// The inverse of diag(S) + D. Local.
    ///
    /// - Parameter diagonalOfS: of the same linearisation (`DiagonalOfS`).
    public func jacobiPreconditioner(diagonalOfS: ParameterVector) throws -> JacobiPreconditioner<ParameterVector> {
        let sum = diagonalOfS.makeZero()
        sum.setEach { diagonalOfS[$0] + diagonalShift + (diagonal?[$0] ?? 0) }
        return try JacobiPreconditioner(diagonal: sum)
    }

    public func valueOfFirstRank(_ value: Double) throws -> Double {
        try linearisation.space.communicator.broadcast(value)
    }

    private func vectorSum(like y: ParameterVector) -> VectorSum {
        let isInCommon = y.memory != nil
        if let sum, sum.vectors == y.vectors, sum.isInCommon == isInCommon { return sum.sum }
        sum = nil
        let made = VectorSum(
            over: linearisation.space, count: y.count, scalars: y.vectors * linearisation.space.components + 1,
            in: y.memory)
        sum = (y.vectors, isInCommon, made)
        return made
    }

    /// u = J v − ⟨Ō_re, v⟩ − i⟨Ō_im, v⟩ needs no message; one message carries Σ w Jᵀu, c = Σ w u and the flag;
    /// then S v = Σ w Jᵀu − Re(c) Ō_re − Im(c) Ō_im, the second M.
    private func applyFused(
        _ x: ParameterVector, into y: ParameterVector, means: MeanJacobian, stopFlag: inout Double
    ) throws {
        let space = linearisation.space
        let count = linearisation.layout.count
        let vectors = x.vectors
        let components = space.components
        let columns = vectors * components
        let imaginary = means.imaginary ?? means.real
        offsets.reserve(columns)
        let offsets = offsets.pointer
        if vectors == 1 {
            // Publishes x, too.
            ParameterVector.dots(count: components, into: offsets) { ($0 == 1 ? imaginary : means.real, x) }
        } else {
            for column in 0..<columns {
                let mean = column % components == 1 ? imaginary : means.real
                offsets[column] = ck_dot_d(mean.pointer, x.pointer(vector: column / components), count)
            }
        }
        linearisation.load(x)
        let sum = vectorSum(like: y)
        let rest = try sum.sum(into: CollectionOfOne(y)) { block, samples, sum in
            let rest = sum + vectors * count
            rest.update(repeating: 0, count: columns + 1)
            linearisation.forwardAndBack(samples, vectors: vectors, into: sum) { samples, tangents in
                for (row, sample) in samples.enumerated() {
                    let weight = space.weight(sample)
                    let tangent = tangents + row * columns
                    for column in 0..<columns {
                        let seed = weight * (tangent[column] - offsets[column])
                        tangent[column] = seed
                        rest[column] += seed
                    }
                }
            }
            if space.communicator.rank == 0, block == 0 { rest[columns] = stopFlag }
        }
        stopFlag = rest[columns]
        let (sums, right) = (y.storage.pointer, x.storage.pointer)
        guard vectors == 1 else {
            precondition(y.memory == nil)
            sum.take(y)
            for vector in 0..<vectors {
                subtractCentres(rest + vector * components, means, right, sums, vector * count, 0, count)
            }
            return
        }
        sum.take(y) { length, first in subtractCentres(rest, means, right, sums, 0, first, length) }
    }

    /// y −= Re(c) Ō_re + Im(c) Ō_im and y += D x, for numbers `first`… of the vector of a block that begins at `offset`.
    private func subtractCentres(
        _ centres: UnsafePointer<Double>, _ means: MeanJacobian, _ x: UnsafePointer<Double>,
        _ y: UnsafeMutablePointer<Double>, _ offset: Int, _ first: Int, _ length: Int
    ) {
        let target = y + offset + first
        ck_axpy(CK_DOUBLE, -centres[0], 0, means.real.storage.pointer + first, target, length, 1)
        if let imaginary = means.imaginary {
            ck_axpy(CK_DOUBLE, -centres[1], 0, imaginary.storage.pointer + first, target, length, 1)
        }
        addDiagonal(times: x + offset + first, to: target, first, length)
    }
}

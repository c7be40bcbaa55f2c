import CKernels
import COpenBLAS
import LinearAlgebra

/// The sample-space kernel T = A D⁻¹ Aᵀ with A = M √w J ("neural tangent kernel" of the samples): the matrix
/// of minSR (Chen and Heyl, Nature Physics 20, 1476, 2024; Rende et al., Communications Physics 7, 260, 2024).
///
/// Index (sample, component): real and imaginary part in turn where log ψ is complex. Rows belong to the
/// rank that holds the sample; columns run over all samples in rank order.
///
/// Without D, T is built without the Jacobian wherever the tape allows it: a dense layer that alone
/// touches its weights contributes (x_s·x_s′ + bias)(δ_s·δ_s′), a convolution the sum of such products over Fourier
/// modes, so that only activations x and cotangents δ travel and the cost is N²·width, not N²·parameters. Other
/// leaves, and D ≠ 1, use rows. Either way each pair of samples is multiplied once.
public final class SampleKernel {
    public let space: SampleSpace
    /// Rows of this rank: localCount × components.
    public let rowCount: Int
    /// All rows: totalCount × components.
    public let size: Int
    /// Number of this rank's first row.
    public let firstRow: Int
    /// rowCount × size, row-major; what is filled of it depends on `isLowerTriangular` and `isForFirstRank`.
    package let entries: RealBuffer
    /// Whether only the lower triangle is filled, columns up to the row: plain sums on a single rank.
    package let isLowerTriangular: Bool
    /// Whether each row has only its `pairs`, not centred, as `matrixOnFirstRank` completes it.
    let isForFirstRank: Bool
    /// Whether tr T · √w√wᵀ is added, component by component.
    let liftsMean: Bool
    /// Samples of each rank.
    let sampleRanges: [Range<Int>]
    /// The pairs that are formed where not all of a triangle or of the rows is.
    let pairs: SamplePairs
    /// √w of all samples.
    let roots: [Double]
    /// This rank's samples whose rows are formed together.
    let panels: [Range<Int>]

    /// How the products are formed.
    public enum Construction: Sendable {
        /// Gram matrices of inputs and cotangents where the tape allows them, rows elsewhere.
        case gram
        /// Rows of every leaf: N²·P multiplications.
        case rows
    }

    /// Collective: one allgather for each factor that travels, two of the sizes and weights; unless the first rank
    /// completes the matrix, one for the centring; the all-to-all of `mirror()` where sums are plain.
    ///
    /// - Parameters:
    ///   - inverseDiagonal: D⁻¹, P numbers; nil for 1. Needs rows.
    ///   - liftsMean: whether tr T · √w√wᵀ (tr T · 11ᵀ/N) is added for each component of log ψ: T has the null vector √w, and the
    ///     solution for energies less their mean does not know it (Goldshlager et al., J. Comput. Phys. 516, 113351, 2024, add
    ///     11ᵀ/N). Makes one allgather of the diagonal.
    ///   - forFactorisation: whether the matrix of the first rank is all that is needed, where sums are in blocks.
    public init(
        _ linearisation: Linearisation, construction: Construction = .gram, inverseDiagonal: ParameterVector? = nil,
        liftsMean: Bool = false, forFactorisation: Bool = false
    ) throws {
        self.liftsMean = liftsMean
        space = linearisation.space
        isLowerTriangular = space.communicator.size == 1 && !space.sums.isInBlocks
        isForFirstRank = space.sums.isInBlocks && forFactorisation
        let components = space.components
        rowCount = space.localCount * components
        size = space.totalCount * components
        let counts = try space.communicator.allGather(space.localCount)
        roots = try space.communicator.allGather(space.weights.map { $0.squareRoot() }, lengths: counts)
        let offsets = counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
        sampleRanges = counts.indices.map { offsets[$0]..<offsets[$0 + 1] }
        pairs = SamplePairs(count: space.totalCount)
        let firstSample = offsets[space.communicator.rank]
        firstRow = firstSample * components
        panels = Self.panels(of: space.sums.blocks, firstSample: firstSample)
        entries = RealBuffer(count: rowCount * size)
        if construction == .gram, inverseDiagonal == nil, let factors = linearisation.factors(modewise: true) {
            for pair in factors.pairs { try add(pair) }
            try addProducts(of: factors.rest, width: factors.plan.restWidth)
        } else {
            try addRows(linearisation, inverseDiagonal)
        }
        guard !isForFirstRank else { return }
        if !space.sums.isInBlocks { try mirror() }
        try centre()
        guard liftsMean else { return }
        let diagonal = try space.communicator.allGather(
            (0..<rowCount).map { entries.pointer[$0 * size + firstRow + $0] },
            lengths: sampleRanges.map { $0.count * components })
        liftMean(
            of: entries.pointer, rows: firstRow..<firstRow + rowCount, trace: diagonal.reduce(0, +),
            lowerTriangle: isLowerTriangular)
    }

    /// Number of this rank's first sample.
    var firstSample: Int { sampleRanges[space.communicator.rank].lowerBound }

    /// The samples with which those of a panel are multiplied by this rank. In blocks they do not depend on the ranks.
    func pieces(of panel: Range<Int>) -> [Range<Int>] {
        if isLowerTriangular { return [0..<panel.upperBound] }
        return space.sums.isInBlocks && !isForFirstRank ? [0..<space.totalCount] : pairs.partners(of: panel)
    }

    // MARK: Products

    /// entries += a aᵀ over all ranks for local rows a (rowCount × width), scaled by √w.
    private func addProducts(of rows: RealBuffer, width: Int) throws {
        guard width > 0 else { return }
        scale(rows, width: width)
        let all = try ofAllRanks(rows, realsPerSample: space.components * width)
        guard rowCount > 0 else { return }
        if isLowerTriangular {
            cblas_dsyrk(
                CblasRowMajor, CblasLower, CblasNoTrans, blasint(rowCount), blasint(width), 1, rows.pointer,
                blasint(width), 1, entries.pointer, blasint(size))
        } else {
            let components = space.components
            for panel in panels {
                let row = panel.lowerBound * components - firstRow
                for piece in pieces(of: panel) {
                    let column = piece.lowerBound * components
                    Double.multiply(
                        .plain, .transposed, panel.count * components, piece.count * components, width,
                        rows.pointer + row * width, width, all.pointer + column * width, width,
                        entries.pointer + row * size + column, size, accumulate: true)
                }
            }
        }
    }

    /// Rows of all ranks, as many reals for each sample, one rank's after the other's. Collective: one allgather, none on a
    /// single rank.
    func ofAllRanks(_ rows: RealBuffer, realsPerSample: Int) throws -> RealBuffer {
        guard space.communicator.size > 1 else { return rows }
        let all = RealBuffer(uninitialisedCount: space.totalCount * realsPerSample)
        try space.communicator.allGather(
            UnsafeBufferPointer(rows.buffer), lengths: sampleRanges.map { $0.count * realsPerSample }, into: all.pointer
        )
        return all
    }

    /// Scales the rows of a sample by √w.
    func scale(_ rows: RealBuffer, width: Int) {
        for sample in 0..<space.localCount {
            let root = space.weight(sample).squareRoot()
            let first = rows.pointer + sample * space.components * width
            ck_axpy(CK_DOUBLE, root, 0, first, first, space.components * width, 0)
        }
    }

    /// Columns of the rows that travel at a time: at most 64 MB from all ranks together.
    static func rowBlockWidth(parameters: Int, size: Int) -> Int {
        min(parameters, max(1, (8 << 20) / max(1, size)))
    }

    /// Rows of every leaf, scaled by √w and by D^(−1/2), in blocks of columns.
    private func addRows(_ linearisation: Linearisation, _ inverseDiagonal: ParameterVector?) throws {
        let count = linearisation.layout.count
        let scaling = inverseDiagonal?.makeZero()
        if let scaling, let inverseDiagonal {
            for index in 0..<count { scaling[index] = inverseDiagonal[index].squareRoot() }
        }
        var blockWidth = Self.rowBlockWidth(parameters: count, size: size)
        // Where nothing travels, a block that stays in cache between its copy and its product. Sums in blocks must not
        // depend on the ranks.
        if space.communicator.size == 1, !space.sums.isInBlocks { blockWidth = min(blockWidth, 512) }
        var block = RealBuffer(count: 0)
        try linearisation.withRows { rows in
            for first in stride(from: 0, to: count, by: blockWidth) {
                let width = min(blockWidth, count - first)
                if block.count != rowCount * width { block = RealBuffer(count: rowCount * width) }
                if let base = rows.baseAddress {
                    for row in 0..<rowCount {
                        let (source, target) = (base + row * count + first, block.pointer + row * width)
                        if let scaling {
                            ck_scale_rows(CK_DOUBLE, scaling.pointer + first, source, target, 1, 1, width, 0, 0)
                        } else {
                            target.update(from: source, count: width)
                        }
                    }
                }
                try addProducts(of: block, width: width)
            }
        }
    }

    // MARK: Centring

    /// entries ← M entries M, component by component: with r = K√w and m = √wᵀK√w,
    /// T = K − √w r′ᵀ − r′√wᵀ, r′ = r − ½ m √w.
    private func centre() throws {
        let products = try space.communicator.allGather(
            productsWithRoots(rows: rowCount) { multiply($0, into: $1) },
            lengths: sampleRanges.map { $0.count * space.components * space.components })
        subtract(
            products, from: entries.pointer, rows: firstRow..<firstRow + rowCount, lowerTriangle: isLowerTriangular)
    }

    /// Adds the multiple `trace` of √w√wᵀ to some rows, component by component.
    func liftMean(
        of matrix: UnsafeMutablePointer<Double>, rows: Range<Int>, trace: Double, lowerTriangle: Bool
    ) {
        let components = space.components
        for (place, row) in rows.enumerated() {
            let (sample, component) = row.quotientAndRemainder(dividingBy: components)
            let target = matrix + place * size + component
            for other in 0..<(lowerTriangle ? sample + 1 : space.totalCount) {
                target[other * components] += trace * roots[sample] * roots[other]
            }
        }
    }

    /// r[(s,a), b] = Σ_s′ K[(s,a), (s′,b)] √w_s′ for the rows that `multiply` multiplies with a vector.
    func productsWithRoots(
        rows: Int, _ multiply: (UnsafePointer<Double>, UnsafeMutablePointer<Double>) -> Void
    ) -> [Double] {
        let components = space.components
        var products = [Double](repeating: 0, count: rows * components)
        let weights = RealBuffer(count: size)
        let product = RealBuffer(count: rows)
        for b in 0..<components {
            for sample in 0..<space.totalCount {
                for component in 0..<components {
                    weights.pointer[sample * components + component] = component == b ? roots[sample] : 0
                }
            }
            multiply(weights.pointer, product.pointer)
            for row in 0..<rows { products[row * components + b] = product.pointer[row] }
        }
        return products
    }

    /// Some rows of K − √w r′ᵀ − r′√wᵀ.
    ///
    /// - Parameter products: r of all rows.
    func subtract(
        _ products: [Double], from matrix: UnsafeMutablePointer<Double>, rows: Range<Int>, lowerTriangle: Bool
    ) {
        let components = space.components
        var means = products
        var total = [Double](repeating: 0, count: components * components)
        for row in 0..<size {
            for b in 0..<components {
                total[row % components * components + b] += roots[row / components] * means[row * components + b]
            }
        }
        for row in 0..<size {
            for b in 0..<components {
                means[row * components + b] -= 0.5 * total[row % components * components + b] * roots[row / components]
            }
        }
        // By component a: r′ of every column.
        let columns = (0..<components).map { a in (0..<size).map { means[$0 * components + a] } }
        for (place, row) in rows.enumerated() {
            let sample = row / components
            let own = Array(means[row * components..<(row + 1) * components])
            ck_centre_row_d(
                matrix + place * size, roots[sample], columns[row % components], own, roots,
                lowerTriangle ? sample + 1 : space.totalCount, components)
        }
    }

    /// This rank's rows of T x, for the whole x. Local.
    func multiply(_ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>) {
        guard !isLowerTriangular else { return multiply(lowerTriangle: entries.pointer, x, into: y) }
        for block in space.sums.blocks where !block.isEmpty {
            let first = block.lowerBound * space.components
            cblas_dgemv(
                CblasRowMajor, CblasNoTrans, blasint(block.count * space.components), blasint(size), 1,
                entries.pointer + first * size, blasint(size), x, 1, 0, y + first, 1)
        }
    }

    /// y ← K x from the lower triangle of the whole K.
    func multiply(
        lowerTriangle matrix: UnsafePointer<Double>, _ x: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>
    ) {
        guard size > 0 else { return }
        cblas_dsymv(CblasRowMajor, CblasLower, blasint(size), 1, matrix, blasint(size), x, 1, 0, y, 1)
    }

    /// The whole matrix on every rank, row-major, both triangles; not `isForFirstRank`. Collective: one allgather.
    public func gathered() throws -> [Double] {
        completed(try space.communicator.allGather(Array(entries.buffer)))
    }

    /// The whole matrix on one rank, as `gathered()`; nil on the others. Collective: one gather.
    public func gathered(to root: Int) throws -> [Double]? {
        try space.communicator.gather(Array(entries.buffer), to: root).map(completed)
    }

    private func completed(_ entries: [Double]) -> [Double] {
        precondition(!isForFirstRank)
        guard isLowerTriangular else { return entries }
        var full = entries
        full.withUnsafeMutableBufferPointer { full in
            if let base = full.baseAddress { ck_mirror_lower_triangle_d(base, size) }
        }
        return full
    }
}

import COpenBLAS
import LinearAlgebra

/// A symmetric model of a map S that is the same on all vectors orthogonal to a small subspace, Ŝ = Z B Zᵀ + f (1 − Z Zᵀ) with
/// n orthonormal columns Z, learnt from solves by conjugate gradients with maps that change slowly.
///
/// A solve is learnt by the block BFGS formula (Nocedal and Wright, Numerical Optimization, 2006, section 6.1), with all
/// directions W of the solve as one block and Q = S W,
///
///     Ŝ ← Ŝ − Ŝ W (Wᵀ Ŝ W)⁻¹ Wᵀ Ŝ + Q (Wᵀ Q)⁻¹ Qᵀ,
///
/// whose last term is the Nyström approximation of S from its Krylov space: what W saw of the last map replaces what was
/// believed about W, and everything else stays. No product is made for it: the residuals of a preconditioned solve span W
/// and Q together with Z, so that all of this happens in coefficients. Kept are the k largest eigenpairs.
///
/// Only small matrices, row-major, on one process; where Z lies is the caller's business.
package struct SubspaceModel: Equatable {
    /// n, the number of columns.
    package private(set) var size = 0
    /// B, n × n, symmetric and positive semidefinite.
    package private(set) var matrix: [Double] = []
    /// f ≥ 0.
    package private(set) var floor = 0.0

    package init() {}

    /// - Precondition: n² numbers.
    package init(size: Int, matrix: [Double], floor: Double) {
        precondition(matrix.count == size * size)
        (self.size, self.matrix, self.floor) = (size, matrix, floor)
    }

    /// The share of the shift that the model adds to itself before it is inverted: what samples tell about small eigenvalues is
    /// uncertain, and an eigenvalue that the model has too small costs more iterations than one that is too large.
    private static let damping = 3.0

    /// The matrix C with which f̃ (Ŝ + σ)⁻¹ = 1 + Z C Zᵀ, where σ is `damping` times the shift and f̃ = f + σ; nil where that is not
    /// positive definite in double precision.
    package func inverse(shift: Double) -> [Double]? {
        let added = Self.damping * shift
        let scale = floor + added
        guard size > 0, scale > 0, scale.isFinite else { return nil }
        var inverse = matrix
        for index in 0..<size { inverse[index * (size + 1)] += added }
        guard Self.invert(&inverse, size) else { return nil }
        for index in inverse.indices { inverse[index] *= scale }
        for index in 0..<size { inverse[index * (size + 1)] -= 1 }
        return inverse.allSatisfy(\.isFinite) ? inverse : nil
    }

    /// What a solve by preconditioned conjugate gradients leaves: its first residuals.
    package struct Record {
        /// How many residuals there are, m + 1.
        package let count: Int
        /// Their inner products, (m + 1)².
        package let innerProducts: [Double]
        /// Zᵀ r, one row for each: (m + 1) × n.
        package let overlaps: [Double]
        /// The lengths of the steps and the ratios of consecutive ⟨r, M⁻¹ r⟩, one for each iteration.
        package let steps: [Double]
        package let ratios: [Double]

        package init(
            count: Int, innerProducts: [Double], overlaps: [Double], steps: [Double], ratios: [Double]
        ) {
            (self.count, self.innerProducts, self.overlaps) = (count, innerProducts, overlaps)
            (self.steps, self.ratios) = (steps, ratios)
        }
    }

    /// Columns that are linear combinations of those at hand.
    package struct Change {
        package let model: SubspaceModel
        /// Columns of Z that stay as they are; the others are combinations of Z and the residuals:
        /// (n + m + 1) × (new n − kept), column after column.
        package let kept: Int
        package let combinations: [Double]
    }

    /// Learns a solve. Returns nil where its numbers allow nothing to be learnt.
    ///
    /// - Parameters:
    ///   - inverse: C of that solve; nil for a solve without the subspace.
    ///   - shift: of that solve: residuals are those of S + shift.
    ///   - sizeLimit: k.
    package func learnt(_ record: Record, inverse: [Double]?, shift: Double, sizeLimit: Int) -> Change? {
        let residuals = record.count
        let directions = min(residuals - 1, min(record.steps.count, record.ratios.count))
        guard directions >= 1, record.innerProducts.allSatisfy(\.isFinite), record.overlaps.allSatisfy(\.isFinite)
        else { return nil }
        // Residuals of length 1, and what of them lies outside Z.
        let norms = (0..<residuals).map { record.innerProducts[$0 * (residuals + 1)].squareRoot() }
        guard norms.allSatisfy({ $0 > 0 }) else { return nil }
        var overlaps = record.overlaps
        for row in 0..<residuals { for column in 0..<size { overlaps[row * size + column] /= norms[row] } }
        var outside = Self.product(overlaps, transposed: false, overlaps, transposed: true, residuals, residuals, size)
        for row in 0..<residuals {
            for column in 0..<residuals {
                let index = row * residuals + column
                outside[index] = record.innerProducts[index] / (norms[row] * norms[column]) - outside[index]
            }
        }
        guard let (lengths, axes) = Self.eigensystem(outside, residuals) else { return nil }
        let added = lengths.indices.filter { lengths[$0] > Self.smallestAddedSquare }
        let total = size + added.count
        // Rows of `axes` are eigenvectors. New columns X = (R − Z Cᵀ) T with T of these.
        var transformation = [Double](repeating: 0, count: added.count * residuals)
        for (row, axis) in added.enumerated() {
            for column in 0..<residuals {
                transformation[row * residuals + column] = axes[axis * residuals + column] / lengths[axis].squareRoot()
            }
        }
        // Residuals, as they were, in the basis [Z X]: one row for each.
        let inside = Self.product(
            outside, transposed: false, transformation, transposed: true, residuals, added.count, residuals)
        var coordinates = [Double](repeating: 0, count: residuals * total)
        for row in 0..<residuals {
            for column in 0..<size { coordinates[row * total + column] = norms[row] * overlaps[row * size + column] }
            for column in added.indices {
                coordinates[row * total + size + column] = norms[row] * inside[row * added.count + column]
            }
        }
        let (w, q) = pairs(record, coordinates, total, directions, inverse, shift)
        guard let learnt = updated(w, q, directions, total) else { return nil }
        // Vectors of the basis [Z X], one row for each, in terms of Z and the residuals as they were.
        func combinations(_ axes: [Double], _ count: Int) -> [Double] {
            let news = (0..<count).flatMap { axes[$0 * total + size..<($0 + 1) * total] }
            let ofResiduals = Self.product(
                news, transposed: false, transformation, transposed: false, count, residuals, added.count)
            let inZ = Self.product(ofResiduals, transposed: false, overlaps, transposed: false, count, size, residuals)
            var result: [Double] = []
            result.reserveCapacity(count * (size + residuals))
            for row in 0..<count {
                for column in 0..<size { result.append(axes[row * total + column] - inZ[row * size + column]) }
                for residual in 0..<residuals {
                    result.append(ofResiduals[row * residuals + residual] / norms[residual])
                }
            }
            return result
        }
        if size > 0, total <= sizeLimit {
            var units = [Double](repeating: 0, count: added.count * total)
            for row in added.indices { units[row * total + size + row] = 1 }
            return Change(
                model: SubspaceModel(size: total, matrix: learnt, floor: floor), kept: size,
                combinations: combinations(units, added.count))
        }
        guard let (values, vectors) = Self.eigensystem(learnt, total), values.allSatisfy(\.isFinite) else { return nil }
        let limit = size > 0 ? sizeLimit : min(sizeLimit, max(1, Int(Self.trusted * Double(directions))))
        let first = total - min(limit, total)
        let kept = values[first...].map { max(0, $0) }
        guard let smallest = kept.first, let largest = kept.last, largest > 0 else { return nil }
        var diagonal = [Double](repeating: 0, count: kept.count * kept.count)
        for (index, value) in kept.enumerated() { diagonal[index * (kept.count + 1)] = value }
        return Change(
            model: SubspaceModel(size: kept.count, matrix: diagonal, floor: smallest), kept: 0,
            combinations: combinations(Array(vectors[(first * total)...]), kept.count))
    }

    /// Residuals of length 1 add a direction to Z where the square of what lies outside is more than this.
    private static let smallestAddedSquare = 1e-10
    /// The share of the eigenvalues that the first solve has found, the largest ones, that are kept: the others are no eigenvalues of S,
    /// and the smallest of those kept stands for all that are unknown.
    private static let trusted = 0.6
    /// What counts as zero against the largest eigenvalue of the matrices that are inverted here.
    private static let smallestCurvature = 1e-10

    /// The directions of the solve, of length 1, and their images under S, one row for each, by the recursion of conjugate gradients:
    /// p = M⁻¹r + ratio·p, (S + shift) p = (r − r′)/step.
    private func pairs(
        _ record: Record, _ coordinates: [Double], _ total: Int, _ directions: Int, _ inverse: [Double]?,
        _ shift: Double
    ) -> (w: [Double], q: [Double]) {
        var w = [Double](repeating: 0, count: directions * total)
        var q = w
        var p = [Double](repeating: 0, count: total)
        for index in 0..<directions {
            let ratio = index == 0 ? 0 : record.ratios[index - 1]
            for column in 0..<total { p[column] = coordinates[index * total + column] + ratio * p[column] }
            if let inverse {
                for row in 0..<size {
                    var sum = 0.0
                    for column in 0..<size { sum += inverse[row * size + column] * coordinates[index * total + column] }
                    p[row] += sum
                }
            }
            let norm = p.reduce(0) { $0 + $1 * $1 }.squareRoot()
            for column in 0..<total {
                let fall = coordinates[index * total + column] - coordinates[(index + 1) * total + column]
                w[index * total + column] = p[column] / norm
                q[index * total + column] = (fall / record.steps[index] - shift * p[column]) / norm
            }
        }
        return (w, q)
    }

    /// B in the larger basis, after the solve.
    private func updated(_ w: [Double], _ q: [Double], _ directions: Int, _ total: Int) -> [Double]? {
        guard w.allSatisfy(\.isFinite), q.allSatisfy(\.isFinite) else { return nil }
        var result = [Double](repeating: 0, count: total * total)
        for row in 0..<total {
            if row < size {
                for column in 0..<size { result[row * total + column] = matrix[row * size + column] }
            } else {
                result[row * (total + 1)] = floor
            }
        }
        if size > 0 {
            let image = Self.product(w, transposed: false, result, transposed: false, directions, total, total)
            guard let believed = Self.nystrom(w, image, directions, total) else { return nil }
            for index in result.indices { result[index] -= believed[index] }
        }
        guard let seen = Self.nystrom(w, q, directions, total) else { return nil }
        for index in result.indices { result[index] += seen[index] }
        return result.allSatisfy(\.isFinite) ? result : nil
    }

    /// Y (WᵀY)⁺ Yᵀ, for W and Y with a row for each of their vectors.
    private static func nystrom(_ w: [Double], _ y: [Double], _ count: Int, _ total: Int) -> [Double]? {
        var core = product(w, transposed: false, y, transposed: true, count, count, total)
        for row in 0..<count {
            for column in 0..<row {
                let mean = 0.5 * (core[row * count + column] + core[column * count + row])
                (core[row * count + column], core[column * count + row]) = (mean, mean)
            }
        }
        guard let (values, vectors) = eigensystem(core, count), let largest = values.last else { return nil }
        let used = values.indices.filter { values[$0] > smallestCurvature * largest && values[$0] > 0 }
        guard !used.isEmpty else { return [Double](repeating: 0, count: total * total) }
        var axes = [Double](repeating: 0, count: used.count * count)
        for (row, index) in used.enumerated() {
            for column in 0..<count {
                axes[row * count + column] = vectors[index * count + column] / values[index].squareRoot()
            }
        }
        let roots = product(axes, transposed: false, y, transposed: false, used.count, total, count)
        return product(roots, transposed: true, roots, transposed: false, total, total, used.count)
    }

    /// op(a) (m × k) · op(b) (k × n).
    private static func product(
        _ a: [Double], transposed ta: Bool, _ b: [Double], transposed tb: Bool, _ m: Int, _ n: Int, _ k: Int
    ) -> [Double] {
        var c = [Double](repeating: 0, count: max(1, m * n))
        guard m > 0, n > 0, k > 0 else { return [Double](repeating: 0, count: m * n) }
        cblas_dgemm(
            CblasRowMajor, ta ? CblasTrans : CblasNoTrans, tb ? CblasTrans : CblasNoTrans, blasint(m), blasint(n),
            blasint(k), 1, a, blasint(ta ? m : k), b, blasint(tb ? k : n), 0, &c, blasint(n))
        return c
    }

    /// Eigenvalues, ascending, and eigenvectors, one row for each; nil if LAPACK does not converge.
    private static func eigensystem(_ matrix: [Double], _ size: Int) -> (values: [Double], vectors: [Double])? {
        guard matrix.allSatisfy(\.isFinite) else { return nil }
        return SymmetricMatrix(size: size, entries: matrix).eigensystem().map { ($0.values, Array($0.vectors.buffer)) }
    }

    /// In place. Returns whether the matrix is positive definite.
    private static func invert(_ matrix: inout [Double], _ size: Int) -> Bool {
        var (n, status) = (Int32(size), Int32(0))
        dpotrf_("U", &n, &matrix, &n, &status)
        guard status == 0 else { return false }
        dpotri_("U", &n, &matrix, &n, &status)
        // LAPACK's upper triangle, column by column, is the lower one here.
        for row in 0..<size { for column in 0..<row { matrix[column * size + row] = matrix[row * size + column] } }
        return status == 0
    }
}

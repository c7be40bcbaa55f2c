/// Polynomials of x that are orthonormal in a distribution of which moments are known, as Lanczos's recurrence makes them
/// (G. H. Golub and C. F. Van Loan, Matrix Computations, section 10.1), and x in them: a tridiagonal matrix.
struct KrylovPolynomials {
    /// By powers of x, from 0 on.
    private var polynomials: [[Double]] = [[1]]
    private var diagonal: [Double]
    private var offDiagonal: [Double] = []

    /// A polynomial of which less than this share is left by its projection is none.
    private static let cancellation = 1e-12

    /// - Parameters:
    ///   - moments: ⟨x^k⟩, k = 0 to 2p + 1; ⟨x⟩ = 0.
    ///   - steps: p.
    ///   - leastNorm: ⟨x²⟩ that counts as 0.
    init(moments: [Double], steps: Int, leastNorm: Double) {
        func inner(_ a: [Double], _ b: [Double]) -> Double {
            var sum = 0.0
            for (i, x) in a.enumerated() { for (j, y) in b.enumerated() { sum += x * y * moments[i + j] } }
            return sum
        }
        diagonal = [0]
        for step in 1...steps {
            let raised = [0] + polynomials[step - 1]
            var next = raised
            for (number, old) in polynomials.enumerated().suffix(2) {
                let share = number == step - 1 ? diagonal[number] : offDiagonal[number]
                for (power, coefficient) in old.enumerated() { next[power] -= share * coefficient }
            }
            let (norm, whole) = (inner(next, next), inner(raised, raised))
            guard norm > leastNorm, norm > Self.cancellation * whole else { break }
            let length = norm.squareRoot()
            let polynomial = next.map { $0 / length }
            offDiagonal.append(length)
            polynomials.append(polynomial)
            diagonal.append(inner(polynomial, [0] + polynomial))
        }
    }

    /// The lowest eigenvalue of x in the polynomials, and its eigenvector with a first component of 1.
    func lowest() -> (value: Double, vector: [Double]) {
        let radius = diagonal.indices.map { row in
            (row > 0 ? offDiagonal[row - 1] : 0) + (row < offDiagonal.count ? offDiagonal[row] : 0)
        }
        // Between Gershgorin's bound and a diagonal element, by the signs of Sturm's sequence.
        var low = zip(diagonal, radius).map { $0 - $1 }.min() ?? 0
        var high = diagonal.min() ?? 0
        while true {
            let middle = low + (high - low) / 2
            guard middle > low, middle < high else { break }
            if isBelow(middle) { high = middle } else { low = middle }
        }
        var vector = [1.0]
        for row in 1..<diagonal.count {
            let before = row > 1 ? offDiagonal[row - 2] * vector[row - 2] : 0
            vector.append(((high - diagonal[row - 1]) * vector[row - 1] - before) / offDiagonal[row - 1])
        }
        return (high, vector)
    }

    /// Whether an eigenvalue is below a number.
    private func isBelow(_ value: Double) -> Bool {
        var pivot = diagonal[0] - value
        for row in 1..<diagonal.count where pivot > 0 {
            pivot = diagonal[row] - value - offDiagonal[row - 1] * offDiagonal[row - 1] / pivot
        }
        return !(pivot > 0)
    }

    /// Σ_i share_i q_i by powers of x.
    func combination(_ share: [Double]) -> [Double] {
        var sum = [Double](repeating: 0, count: polynomials.count)
        for (weight, polynomial) in zip(share, polynomials) {
            for (power, coefficient) in polynomial.enumerated() { sum[power] += weight * coefficient }
        }
        return sum
    }
}

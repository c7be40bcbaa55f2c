import CKernels
import COpenBLAS
import LinearAlgebra
import Numerics

/// The numbers of orbitals and pairings: real or complex, in double precision.
///
/// What a walker overrides or witnesses is specialised by name (`@_specialize`) for both fields: a method of a generic
/// class that is reached through its superclass or a protocol would otherwise run unspecialised, with a call for each
/// operation on a number.
package protocol MatrixScalar: BitwiseCopyable, AdditiveArithmetic, Sendable {
    static var isComplex: Bool { get }
    static var one: Self { get }
    static func * (left: Self, right: Self) -> Self
    static func / (left: Self, right: Self) -> Self
    static prefix func - (value: Self) -> Self
    var inComplex: Complex<Double> { get }
    var squaredModulus: Double { get }
    /// Real and imaginary part.
    var parts: (x: Double, y: Double) { get }
    var exponential: Complex<Double> { get }
    func scaled(by factor: Double) -> Self
    /// C ← A B, or A Bᵀ, row-major: m × k times k × n.
    static func multiply(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, transposed: Bool, _ c: UnsafeMutablePointer<Self>, m: Int,
        n: Int, k: Int)
    /// y ← A x, A row-major m × n.
    static func multiply(
        _ a: UnsafePointer<Self>, vector x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, m: Int, n: Int)
    /// C ← C + X Y, row-major: m × k times k × n.
    static func addProducts(
        _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>, m: Int, n: Int, k: Int)
}

extension MatrixScalar {
    /// The scalar of the reals that parameters are.
    @inline(__always)
    static func numbers(_ reals: UnsafePointer<Double>) -> UnsafePointer<Self> {
        UnsafeRawPointer(reals).assumingMemoryBound(to: Self.self)
    }

    /// The reals that numbers are made of, as compiled loops take them.
    @inline(__always)
    static func reals(_ numbers: UnsafePointer<Self>) -> UnsafePointer<Double> {
        UnsafeRawPointer(numbers).assumingMemoryBound(to: Double.self)
    }

    @inline(__always)
    static func mutableReals(_ numbers: UnsafeMutablePointer<Self>) -> UnsafeMutablePointer<Double> {
        UnsafeMutableRawPointer(numbers).assumingMemoryBound(to: Double.self)
    }

    private static var tag: ck_type { isComplex ? CK_COMPLEX_DOUBLE : CK_DOUBLE }

    /// C ← C + α x yᵀ, row-major m × n.
    static func addProduct(
        _ alpha: Self, _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>, m: Int,
        n: Int
    ) { ck_add_outer_product(tag, alpha.parts.x, alpha.parts.y, x, y, c, m, n) }

    /// y[a, :] = Σ_f h[place[m], f] x[m, f, :] with the row m = index[a]; zeros where it is −1.
    static func combineRows(
        _ index: UnsafePointer<Int32>, rows: Int, coefficients h: UnsafePointer<Self>, place: UnsafePointer<Int32>,
        terms: Int, _ x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, length: Int
    ) {
        var shape = CKRowCombination(
            samples: 1, rows: rows, places: rows, terms: terms, length: length, vectors: 1, h_vectors: 1, x_vectors: 1,
            place: place)
        ck_combine_rows(tag, &shape, index, h, x, y, 0)
    }

    /// y ← y + a x of n numbers.
    @inline(__always)
    static func add(_ a: Double, times x: UnsafePointer<Self>, to y: UnsafeMutablePointer<Self>, count: Int) {
        ck_axpy(tag, a, 0, x, y, count, 1)
    }

    /// log |exp(x)|: NaN where that is no number or infinite.
    @inline(__always)
    var logModulusOfExponential: Double { parts.x == .infinity ? .nan : parts.x }

    /// f(x), element by element.
    static func activate(
        _ activation: Activation, _ x: UnsafePointer<Self>, _ values: UnsafeMutablePointer<Self>, count: Int
    ) {
        if isComplex {
            Double.activateComplex(activation, reals(x), value: mutableReals(values), slope: nil, count: count)
        } else {
            Double.activate(activation, reals(x), value: mutableReals(values), slope: nil, count: count)
        }
    }

    /// Σ x_i y_i, without conjugation.
    @inline(__always)
    static func dot(_ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ count: Int) -> Self {
        // Four sums, so that additions need not wait for each other; no tuple, whose type unspecialised code would ask for.
        var a = Self.zero, b = Self.zero, c = Self.zero, d = Self.zero
        var place = 0
        while place + 4 <= count {
            a = a + x[place] * y[place]
            b = b + x[place + 1] * y[place + 1]
            c = c + x[place + 2] * y[place + 2]
            d = d + x[place + 3] * y[place + 3]
            place += 4
        }
        while place < count {
            a = a + x[place] * y[place]
            place += 1
        }
        return (a + b) + (c + d)
    }

    /// det A, by elimination with row pivots in place, and B ← A⁻¹ B where there is a B; row-major, n × n and n × `columns`.
    /// B means nothing where the determinant is 0.
    @inline(__always)
    static func eliminate(
        _ a: UnsafeMutablePointer<Self>, size n: Int, _ b: UnsafeMutablePointer<Self>?, columns: Int
    ) -> Self {
        var determinant = Self.one
        for step in 0..<n {
            var (pivot, largest) = (step, a[step * n + step].squaredModulus)
            for row in step + 1..<max(n, step + 1) where a[row * n + step].squaredModulus > largest {
                (pivot, largest) = (row, a[row * n + step].squaredModulus)
            }
            // What is not a number goes on.
            if largest == 0 { return .zero }
            if pivot != step {
                determinant = -determinant
                for column in step..<n { swap(&a[pivot * n + column], &a[step * n + column]) }
                if let b {
                    for column in 0..<columns { swap(&b[pivot * columns + column], &b[step * columns + column]) }
                }
            }
            determinant = determinant * a[step * n + step]
            let scale = Self.one / a[step * n + step]
            let own = a + step * n
            // Above the pivot, too, where B asks for the inverse.
            for row in (b == nil ? step + 1 : 0)..<n where row != step {
                let other = a + row * n
                let share = -(other[step] * scale)
                for column in step + 1..<max(n, step + 1) { other[column] = other[column] + share * own[column] }
                if let b {
                    let (target, source) = (b + row * columns, b + step * columns)
                    for column in 0..<columns { target[column] = target[column] + share * source[column] }
                }
            }
        }
        guard let b else { return determinant }
        for row in 0..<n {
            let scale = Self.one / a[row * n + row]
            for column in 0..<columns { b[row * columns + column] = b[row * columns + column] * scale }
        }
        return determinant
    }
}

extension Double: MatrixScalar {
    package static var isComplex: Bool { false }
    package static var one: Double { 1 }
    package var inComplex: Complex<Double> { Complex(self, 0) }
    package var squaredModulus: Double { self * self }
    package var parts: (x: Double, y: Double) { (self, 0) }
    package var exponential: Complex<Double> { Complex(.exp(self), 0) }
    package func scaled(by factor: Double) -> Double { self * factor }

    package static func multiply(
        _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, transposed: Bool, _ c: UnsafeMutablePointer<Double>,
        m: Int, n: Int, k: Int
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k), 1,
            a, blasint(k), b, blasint(transposed ? k : n), 0, c, blasint(n))
    }

    package static func multiply(
        _ a: UnsafePointer<Double>, vector x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, m: Int, n: Int
    ) {
        guard m > 0, n > 0 else { return }
        cblas_dgemv(CblasRowMajor, CblasNoTrans, blasint(m), blasint(n), 1, a, blasint(n), x, 1, 0, y, 1)
    }

    package static func addProducts(
        _ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>, _ c: UnsafeMutablePointer<Double>, m: Int, n: Int,
        k: Int
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        cblas_dgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), 1, x, blasint(k), y,
            blasint(n), 1, c, blasint(n))
    }
}

/// A complex number as parameters have it, without the care of `Complex` for what is not finite.
package struct ComplexScalar: MatrixScalar, Equatable {
    package var x: Double
    package var y: Double

    @inline(__always)
    package init(_ x: Double, _ y: Double) {
        self.x = x
        self.y = y
    }

    package static var isComplex: Bool { true }
    package static var zero: Self { Self(0, 0) }
    package static var one: Self { Self(1, 0) }
    package var inComplex: Complex<Double> { Complex(x, y) }
    package var squaredModulus: Double { x * x + y * y }
    package var parts: (x: Double, y: Double) { (x, y) }

    /// The product with a number of either field.
    @inline(__always)
    package func times<S: MatrixScalar>(_ other: S) -> Self {
        let (a, b) = other.parts
        return Self(x * a - y * b, x * b + y * a)
    }

    package var exponential: Complex<Double> {
        let modulus = Double.exp(x)
        return Complex(modulus * .cos(y), modulus * .sin(y))
    }

    @inline(__always) package static func + (a: Self, b: Self) -> Self { Self(a.x + b.x, a.y + b.y) }
    @inline(__always) package static func - (a: Self, b: Self) -> Self { Self(a.x - b.x, a.y - b.y) }
    @inline(__always) package static prefix func - (a: Self) -> Self { Self(-a.x, -a.y) }
    @inline(__always)
    package static func * (a: Self, b: Self) -> Self { Self(a.x * b.x - a.y * b.y, a.x * b.y + a.y * b.x) }
    package static func / (a: Self, b: Self) -> Self {
        let quotient = (a.inComplex / b.inComplex).rawStorage
        return Self(quotient.x, quotient.y)
    }
    @inline(__always) package func scaled(by factor: Double) -> Self { Self(x * factor, y * factor) }

    package static func multiply(
        _ a: UnsafePointer<Self>, _ b: UnsafePointer<Self>, transposed: Bool, _ c: UnsafeMutablePointer<Self>, m: Int,
        n: Int, k: Int
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        var (one, zero) = (Self.one, Self.zero)
        cblas_zgemm(
            CblasRowMajor, CblasNoTrans, transposed ? CblasTrans : CblasNoTrans, blasint(m), blasint(n), blasint(k),
            &one, a, blasint(k), b, blasint(transposed ? k : n), &zero, c, blasint(n))
    }

    package static func multiply(
        _ a: UnsafePointer<Self>, vector x: UnsafePointer<Self>, _ y: UnsafeMutablePointer<Self>, m: Int, n: Int
    ) {
        guard m > 0, n > 0 else { return }
        var (one, zero) = (Self.one, Self.zero)
        cblas_zgemv(CblasRowMajor, CblasNoTrans, blasint(m), blasint(n), &one, a, blasint(n), x, 1, &zero, y, 1)
    }

    package static func addProducts(
        _ x: UnsafePointer<Self>, _ y: UnsafePointer<Self>, _ c: UnsafeMutablePointer<Self>, m: Int, n: Int, k: Int
    ) {
        guard m > 0, n > 0, k > 0 else { return }
        var one = Self.one
        cblas_zgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(m), blasint(n), blasint(k), &one, x, blasint(k), y,
            blasint(n), &one, c, blasint(n))
    }
}

/// The inverse and the logarithm of a small matrix, in memory that is kept.
package final class SmallInverse<S: MatrixScalar> {
    package let size: Int
    /// To be inverted, row-major.
    package let matrix: UnsafeMutablePointer<S>
    /// (A⁻¹)ᵀ, row-major; of an antisymmetric matrix half of it.
    package let slope: UnsafeMutablePointer<S>
    private let work: UnsafeMutablePointer<Double>
    private let value: UnsafeMutablePointer<Double>
    private let memory = BufferSet()
    private let form: MatrixForm

    package init(_ form: MatrixForm, size: Int) {
        self.form = form
        self.size = size
        matrix = memory.filled(with: .zero, count: size * size)
        slope = memory.filled(with: .zero, count: size * size)
        work = memory.filled(with: 0, count: max(1, Double.eliminationWork(size: size, complex: S.isComplex)))
        value = memory.filled(with: 0, count: 2)
    }

    /// log det or log Pf of `matrix`: logarithm of the modulus, and phase; (−∞, 0) where it is singular.
    ///
    /// - Parameter inverts: whether `slope` is wanted, too.
    package func logarithm(inverts: Bool) -> (modulus: Double, phase: Double) {
        Double.logarithms(
            form, S.reals(matrix), value: value, slope: inverts ? S.mutableReals(slope) : nil, work: work, count: 1,
            size: size,
            complex: S.isComplex)
        return (value[0], value[1])
    }
}

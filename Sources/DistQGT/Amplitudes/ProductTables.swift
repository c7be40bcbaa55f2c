import CKernels
import LinearAlgebra
import Numerics

/// What a product form needs of the parameters: for every site and spin the factor by which a flip changes
/// P = exp(2θ) of every hidden unit, and the coefficients of the linear and quadratic terms.
///
/// With cosh θ = ½ e^{−θ}(1 + P), Σ_j ln cosh θ_j = ln Π_j (1 + P_j) − Σ_j θ_j + const: the product is
/// kept, and the sum joins the linear terms. All in double, whatever the parameters' precision.
package final class ProductTables {
    /// One hidden layer. Rows are padded to whole vectors; a complex row is planar, see `CKProducts.h`.
    final class HiddenLayer {
        let form: ProductForm.HiddenLayer
        let isComplex: Bool
        let units: Int
        /// Units with padding.
        let width: Int
        /// Reals of a padded row.
        let stride: Int
        /// Reals of the units alone.
        let reals: Int
        /// W, and b or zeros, complex numbers interleaved.
        fileprivate(set) var weights: UnsafePointer<Double>
        /// Where they lie if the network has them in single precision.
        fileprivate let ownWeights: Region<Double>
        let biases: Region<Double>
        /// Row 2i: exp(−4W_i), the factor where spin i is up; row 2i + 1: exp(4W_i).
        let factors: Region<Double>
        /// A row of factors 1.
        let ones: Region<Double>
        /// Factors that may be multiplied before an exponent is split off.
        fileprivate(set) var interval = 1

        init(_ form: ProductForm.HiddenLayer, siteCount: Int) {
            self.form = form
            isComplex = form.kernel.isComplex
            let components = isComplex ? 2 : 1
            units = form.kernel.features
            width = (units + 7) / 8 * 8
            stride = components * width
            reals = components * units
            ownWeights = Region(capacity: 0)
            weights = UnsafePointer(ownWeights.pointer)
            biases = Region(capacity: reals)
            factors = Region(capacity: 2 * siteCount * stride)
            ones = Region(capacity: stride)
            biases.pointer.initialize(repeating: 0, count: reals)
            ones.pointer.initialize(repeating: 0, count: stride)
            ones.pointer.update(repeating: 1, count: width)
        }
    }

    let siteCount: Int
    let hidden: [HiddenLayer]
    /// ℓ: linear terms with what the hidden layers add to them, real and imaginary part in turn; a flip of
    /// spin i changes log ψ by −2 s_i ℓ_i.
    let linear: Region<Double>
    /// w as a symmetric matrix with a zero diagonal, `pairReals` reals for each row; nil without quadratic terms.
    let pairs: Region<Double>?
    /// Whether quadratic terms are complex.
    let pairsAreComplex: Bool
    var pairReals: Int { pairs == nil ? 0 : pairsAreComplex ? 2 * siteCount : siteCount }

    /// Whether every ratio is real.
    let isReal: Bool

    private let form: ProductForm
    private let machine: any TapeExecution
    private var version: Int?
    private var isUsable = false
    private let scratch = Region<Double>(capacity: 0)

    /// Exponentials of sums of weights stay within exp(±2·300) below this, and so do single factors' squares.
    private static let largestAngle = 150.0

    init(_ form: ProductForm, machine: any TapeExecution) {
        self.form = form
        self.machine = machine
        siteCount = form.siteCount
        hidden = form.hidden.map { HiddenLayer($0, siteCount: form.siteCount) }
        linear = Region(capacity: 2 * siteCount)
        isReal =
            form.hidden.allSatisfy { !$0.kernel.isComplex && $0.coefficient.imaginary == 0 }
            && (form.linear + form.pairs).allSatisfy { !$0.kernel.isComplex && $0.coefficient.imaginary == 0 }
        pairsAreComplex = form.pairs.contains { $0.kernel.isComplex || $0.coefficient.imaginary != 0 }
        pairs = form.pairs.isEmpty ? nil : Region(capacity: siteCount * siteCount * (pairsAreComplex ? 2 : 1))
    }

    /// Brings the tables to the present parameters. Local.
    ///
    /// - Parameter version: changes with the parameters.
    /// - Returns: whether the tables can be used. Parameters that are not finite, or so large that exponentials
    ///   might overflow, have none.
    func update(version: Int) -> Bool {
        guard version != self.version else { return isUsable }
        self.version = version
        linear.pointer.initialize(repeating: 0, count: 2 * siteCount)
        for term in form.linear { addLinear(term) }
        isUsable = true
        for layer in hidden where !load(layer) { isUsable = false }
        addPairs()
        var size = 0.0
        for index in 0..<2 * siteCount { size += linear.pointer[index].magnitude }
        if let pairs {
            for index in 0..<siteCount * pairReals { size += pairs.pointer[index].magnitude }
        }
        // False for NaN.
        if !(size < 1e300) { isUsable = false }
        return isUsable
    }

    /// Bytes of the tables of a form.
    ///
    /// - Parameter isSingle: whether the network has its weights in single precision, so that the tables keep theirs.
    static func byteCount(_ form: ProductForm, isSingle: Bool) -> Int {
        let sites = form.siteCount
        let tables = form.hidden.reduce(0) { sum, layer in
            let components = layer.kernel.isComplex ? 2 : 1
            return sum + components * sites
                * ((isSingle ? layer.kernel.features : 0) + 2 * ((layer.kernel.features + 7) / 8 * 8))
        }
        let isComplex = form.pairs.contains { $0.kernel.isComplex || $0.coefficient.imaginary != 0 }
        return (tables + (form.pairs.isEmpty ? 0 : sites * sites * (isComplex ? 2 : 1))) * MemoryLayout<Double>.stride
    }

    private func addLinear(_ term: ProductForm.Linear) {
        forEachEntry(of: term) { site, value in
            linear.pointer[2 * site] += value.real
            linear.pointer[2 * site + 1] += value.imaginary
        }
    }

    private func addPairs() {
        guard let pairs else { return }
        pairs.pointer.initialize(repeating: 0, count: siteCount * pairReals)
        let components = pairsAreComplex ? 2 : 1
        for term in form.pairs {
            var (row, column) = (1, 0)
            forEachEntry(of: term) { _, value in
                for place in [row * siteCount + column, column * siteCount + row] {
                    pairs.pointer[components * place] += value.real
                    if components == 2 { pairs.pointer[components * place + 1] += value.imaginary }
                }
                column += 1
                if column == row { (row, column) = (row + 1, 0) }
            }
        }
    }

    /// Gives the entries of a kernel of one column, times the term's coefficient.
    private func forEachEntry(of term: ProductForm.Linear, _ body: (Int, Complex<Double>) -> Void) {
        scratch.reserve(term.kernel.reals)
        machine.copyParameterValues(of: term.kernel, into: scratch.pointer)
        let (re, im) = (term.coefficient.rawStorage.x, term.coefficient.rawStorage.y)
        for entry in 0..<term.kernel.elements {
            if term.kernel.isComplex {
                let (x, y) = (scratch.pointer[2 * entry], scratch.pointer[2 * entry + 1])
                body(entry, Complex(re * x - im * y, re * y + im * x))
            } else {
                body(entry, Complex(re * scratch.pointer[entry], im * scratch.pointer[entry]))
            }
        }
    }

    /// Returns whether every number is finite and no exponential can overflow.
    private func load(_ layer: HiddenLayer) -> Bool {
        if let weights = machine.parameterDoubles(of: layer.form.kernel) {
            layer.weights = weights
        } else {
            layer.ownWeights.reserve(siteCount * layer.reals)
            machine.copyParameterValues(of: layer.form.kernel, into: layer.ownWeights.pointer)
            layer.weights = UnsafePointer(layer.ownWeights.pointer)
        }
        if let bias = layer.form.bias { machine.copyParameterValues(of: bias, into: layer.biases.pointer) }

        let bound = largestAngle(of: layer)
        guard bound <= Self.largestAngle else { return false }
        // A factor is at most 1 + e^{2·bound} (its square, for a complex layer), and hardly ever a complex one
        // below 2^−106, where 1 + P vanishes but for rounding.
        let logFactor = (layer.isComplex ? 2 : 1) * (2 * bound + 1)
        layer.interval = max(1, min(layer.isComplex ? 8 : 64, Int(650 / logFactor)))

        scratch.reserve(layer.reals)
        for site in 0..<siteCount {
            let weights = layer.weights + site * layer.reals
            var (re, im) = (0.0, 0.0)
            for unit in 0..<layer.units {
                re += layer.isComplex ? weights[2 * unit] : weights[unit]
                if layer.isComplex { im += weights[2 * unit + 1] }
            }
            let c = layer.form.coefficient.rawStorage
            linear.pointer[2 * site] -= c.x * re - c.y * im
            linear.pointer[2 * site + 1] -= c.x * im + c.y * re
            for (row, factor) in [-4.0, 4.0].enumerated() {
                ck_axpy(CK_DOUBLE, factor, 0, weights, scratch.pointer, layer.reals, 0)
                Self.exponentiate(layer, scratch.pointer, into: layer.factors.pointer + (2 * site + row) * layer.stride)
            }
        }
        return true
    }

    /// The largest |Re θ| that any configuration can reach; NaN or infinite if a number is not finite.
    private func largestAngle(of layer: HiddenLayer) -> Double {
        let step = layer.isComplex ? 2 : 1
        scratch.reserve(layer.reals)
        let sums = scratch.pointer
        for entry in 0..<layer.reals { sums[entry] = layer.biases.pointer[entry].magnitude }
        for site in 0..<siteCount {
            let weights = layer.weights + site * layer.reals
            for entry in 0..<layer.reals { sums[entry] += weights[entry].magnitude }
        }
        var largest = 0.0
        var finite = 0.0
        for entry in 0..<layer.reals {
            finite += 0 * sums[entry]
            if entry % step == 0 { largest = max(largest, sums[entry]) }
        }
        return largest + finite
    }

    /// One padded row of exponentials of `layer.reals` numbers, which are overwritten.
    static func exponentiate(
        _ layer: HiddenLayer, _ x: UnsafeMutablePointer<Double>, into row: UnsafeMutablePointer<Double>
    ) {
        if layer.isComplex {
            ck_exp(CK_COMPLEX_DOUBLE, x, x, layer.units)
            ck_real_part_d(x, row, layer.units, 0)
            ck_imag_part_d(x, row + layer.width, layer.units, 0)
        } else {
            ck_exp(CK_DOUBLE, x, row, layer.units)
        }
        for padding in layer.units..<layer.width {
            row[padding] = 0
            if layer.isComplex { row[layer.width + padding] = 0 }
        }
    }
}

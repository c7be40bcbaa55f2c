import CKernels

/// Where the numbers of one hidden layer lie: factors of flips, and rows of P = exp(2θ), one for each
/// configuration. Plain addresses for inner loops, valid while their owner does not grow.
struct ProductLayer {
    let isComplex: Bool
    let width: Int
    let stride: Int
    let interval: Int
    let factors: UnsafePointer<Double>
    let ones: UnsafePointer<Double>
    let rows: UnsafeMutablePointer<Double>

    init(_ layer: ProductTables.HiddenLayer, rows: UnsafeMutablePointer<Double>) {
        isComplex = layer.isComplex
        width = layer.width
        stride = layer.stride
        interval = layer.interval
        factors = UnsafePointer(layer.factors.pointer)
        ones = UnsafePointer(layer.ones.pointer)
        self.rows = rows
    }

    /// How flipping a spin changes P.
    @inline(__always)
    func factor(_ site: Int32, _ spin: Int8) -> UnsafePointer<Double> {
        factors + (2 * Int(site) + (spin > 0 ? 0 : 1)) * stride
    }

    /// y = x·t, rows of this layer.
    @inline(__always)
    func multiply(_ x: UnsafePointer<Double>, _ t: UnsafePointer<Double>, into y: UnsafeMutablePointer<Double>) {
        if isComplex { ck_multiply_rows_z(x, t, y, width) } else { ck_multiply_rows_d(x, t, y, width) }
    }

    /// The factor of several flips: a row of the table for one, otherwise written to `room`.
    @inline(__always)
    func factor(
        _ sites: UnsafePointer<Int32>, count: Int, _ spins: UnsafePointer<Int8>, room: UnsafeMutablePointer<Double>
    ) -> UnsafePointer<Double> {
        var product = factor(sites[0], spins[Int(sites[0])])
        for flip in 1..<max(1, count) {
            multiply(product, factor(sites[flip], spins[Int(sites[flip])]), into: room)
            product = UnsafePointer(room)
        }
        return product
    }

    /// Q = P·t·u, where P and Q are rows of this layer, and Π (1 + Q), real, or Π |1 + Q|².
    @inline(__always)
    func modulusProduct(
        row: Int, _ t: UnsafePointer<Double>, _ u: UnsafePointer<Double>?, into changed: Int,
        _ mantissa: UnsafeMutablePointer<Double>, _ exponent: UnsafeMutablePointer<Double>
    ) {
        let p = rows + row * stride
        let q = rows + changed * stride
        if isComplex {
            ck_squared_product_z(p, t, u, q, width, interval, mantissa, exponent)
        } else {
            ck_product_d(p, t, u, q, width, interval, mantissa, exponent)
        }
    }

    /// Π (1 + P·t) of some configurations; mantissas are complex where the layer is.
    @inline(__always)
    func products(
        rows index: UnsafePointer<Int32>, count: Int, _ t: UnsafePointer<Double>,
        _ mantissas: UnsafeMutablePointer<Double>, _ exponents: UnsafeMutablePointer<Double>
    ) {
        if isComplex {
            ck_products_z(rows, index, count, stride, t, width, interval, mantissas, exponents)
        } else {
            ck_products_d(rows, index, count, stride, t, width, interval, mantissas, exponents)
        }
    }
}

/// Where the linear and quadratic terms lie, likewise: a flip of spin i changes log ψ by
/// −2 s_i (ℓ_i + h_i), with the fields h_i = Σ_j w_ij s_j of each configuration.
struct LinearTerms {
    let coefficients: UnsafePointer<Double>
    /// Nil without quadratic terms.
    let pairs: UnsafePointer<Double>?
    let pairReals: Int
    let pairsAreComplex: Bool
    let fields: UnsafeMutablePointer<Double>

    init(_ tables: ProductTables, fields: UnsafeMutablePointer<Double>) {
        coefficients = UnsafePointer(tables.linear.pointer)
        pairs = tables.pairs.map { UnsafePointer($0.pointer) }
        pairReals = tables.pairReals
        pairsAreComplex = tables.pairsAreComplex
        self.fields = fields
    }

    /// The change of log ψ under flips that these terms make.
    ///
    /// - Parameters:
    ///   - row: the configuration's number.
    ///   - spins: the configuration.
    @inline(__always)
    func change(
        row: Int, spins: UnsafePointer<Int8>, sites: UnsafePointer<Int32>, flips: Int
    ) -> (real: Double, imaginary: Double) {
        var real = 0.0
        var imaginary = 0.0
        for flip in 0..<flips {
            let site = Int(sites[flip])
            let factor = -2 * Double(spins[site])
            real += factor * coefficients[2 * site]
            imaginary += factor * coefficients[2 * site + 1]
        }
        guard let pairs else { return (real, imaginary) }
        let components = pairsAreComplex ? 2 : 1
        let field = fields + row * pairReals
        for flip in 0..<flips {
            let site = Int(sites[flip])
            // The product of two flipped spins stays: fields as the flips before have left them.
            var h = field[components * site]
            var hImaginary = pairsAreComplex ? field[2 * site + 1] : 0
            for earlier in 0..<flip {
                let other = Int(sites[earlier])
                let weight = pairs + site * pairReals + components * other
                h -= 2 * Double(spins[other]) * weight[0]
                if pairsAreComplex { hImaginary -= 2 * Double(spins[other]) * weight[1] }
            }
            let factor = -2 * Double(spins[site])
            real += factor * h
            imaginary += factor * hImaginary
        }
        return (real, imaginary)
    }

    /// Changes the fields of one configuration as flips do. `spins` is the configuration before.
    @inline(__always)
    func flip(row: Int, spins: UnsafePointer<Int8>, sites: UnsafePointer<Int32>, flips: Int) {
        guard let pairs else { return }
        ck_flip_sums(CK_DOUBLE, fields + row * pairReals, pairs, spins, sites, flips, pairReals)
    }
}

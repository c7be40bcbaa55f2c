import CKernels
import LinearAlgebra

/// Configurations with what makes their amplitude ratios products: rows of P = exp(2θ) for hidden layers,
/// and the fields of the quadratic terms. A row's bits depend on its own spins only.
final class ProductWalkers {
    let tables: ProductTables
    /// The hidden layers that are kept.
    let kept: [ProductTables.HiddenLayer]
    /// Of the rows of a kept layer; 0 without one.
    let widestStride: Int
    private let exponentials: [Region<Double>]
    private let fields = Region<Double>(capacity: 0)
    private let angles = Region<Double>(capacity: 0)

    /// Rows whose angles are summed together.
    private static let block = 16

    /// - Parameter isKept: whether a hidden layer is needed.
    init(_ tables: ProductTables, keeping isKept: (ProductForm.HiddenLayer) -> Bool) {
        self.tables = tables
        kept = tables.hidden.filter { isKept($0.form) }
        widestStride = kept.map(\.stride).max() ?? 0
        exponentials = kept.map { _ in Region(capacity: 0) }
    }

    /// Bytes for a number of configurations, with `copies` rows of P for each.
    static func byteCount(_ form: ProductForm, rows: Int, copies: Int = 1) -> Int {
        let hidden = form.hidden.reduce(0) { sum, layer in
            sum + (layer.kernel.isComplex ? 2 : 1) * ((layer.kernel.features + 7) / 8 * 8)
        }
        return rows * (copies * hidden + (form.pairs.isEmpty ? 0 : 2 * form.siteCount)) * MemoryLayout<Double>.stride
    }

    /// Makes room for `rows` configurations, with `copies` rows of P for each; what was there is lost.
    func reserve(_ rows: Int, copies: Int = 1) {
        for (layer, region) in zip(kept, exponentials) { region.reserve(copies * rows * layer.stride) }
        fields.reserve(rows * tables.pairReals)
    }

    /// Addresses of a kept layer, valid until `reserve` or the next change of parameters.
    func layer(_ place: Int) -> ProductLayer { ProductLayer(kept[place], rows: exponentials[place].pointer) }
    var linearTerms: LinearTerms { LinearTerms(tables, fields: fields.pointer) }

    /// Computes the rows from `first` on afresh.
    func load(_ spins: UnsafePointer<Int8>, first: Int, count: Int) {
        for (layer, region) in zip(kept, exponentials) {
            angles.reserve(Self.block * layer.reals)
            for start in stride(from: 0, to: count, by: Self.block) {
                let rows = min(Self.block, count - start)
                ck_signed_sums(
                    CK_DOUBLE,
                    layer.biases.pointer, layer.weights, spins + start * tables.siteCount, angles.pointer, rows,
                    tables.siteCount, layer.reals)
                ck_axpy(CK_DOUBLE, 2, 0, angles.pointer, angles.pointer, rows * layer.reals, 0)
                for row in 0..<rows {
                    ProductTables.exponentiate(
                        layer, angles.pointer + row * layer.reals,
                        into: region.pointer + (first + start + row) * layer.stride)
                }
            }
        }
        guard let pairs = tables.pairs else { return }
        ck_signed_sums(
            CK_DOUBLE,
            nil, pairs.pointer, spins, fields.pointer + first * tables.pairReals, count, tables.siteCount,
            tables.pairReals)
    }
}

/// Quantities whose expectation values are means over |ψ|² of local values.
///
/// An object owns its scratch; it is not to be shared between threads. Local: no communication.
public protocol LocalObservable: AnyObject {
    /// Number of quantities.
    var quantityCount: Int { get }

    /// Writes the local values of all quantities in each configuration.
    ///
    /// - Parameters:
    ///   - spins: `count × N` values ±1, row-major, none of them a node of ψ.
    ///   - logPsi: `2 × count` values, real and imaginary part of each log ψ in turn.
    ///   - values: quantity q of configuration b goes to `values[b · stride + q]`.
    func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>,
        stride: Int)
}

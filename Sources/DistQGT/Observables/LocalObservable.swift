/// Quantities whose expectation values are means over |ψ|² of local values.
///
/// An object owns its scratch; it is not to be shared between threads. Local: no communication.
public protocol LocalObservable: AnyObject {
    /// Number of quantities.
    var quantityCount: Int { get }
    /// Whether local values are functions of the configuration: no amplitude is asked for, and `logPsi` is not read. By default
    /// false.
    var isDiagonal: Bool { get }

    /// What is reported in place of the means of the quantities. By default nil: the means themselves.
    ///
    /// - Parameter means: of all quantities.
    func reported(_ means: [Double]) -> [ReportedQuantity]?

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

extension LocalObservable {
    public var isDiagonal: Bool { false }
    public func reported(_ means: [Double]) -> [ReportedQuantity]? { nil }
}

extension Array where Element == any LocalObservable {
    /// Of all of them.
    var quantityCount: Int { reduce(0) { $0 + $1.quantityCount } }

    /// As `LocalObservable.evaluate`, the quantities of one observable behind those of another.
    func evaluate(
        _ spins: UnsafePointer<Int8>, count: Int, logPsi: UnsafePointer<Double>,
        into values: UnsafeMutablePointer<Double>, stride: Int
    ) {
        var offset = 0
        for observable in self {
            observable.evaluate(spins, count: count, logPsi: logPsi, into: values + offset, stride: stride)
            offset += observable.quantityCount
        }
    }
}

/// What is made of the means of an observable's quantities.
public enum ReportedQuantity: Sendable {
    /// The mean of one of them.
    case mean(Int)
    /// A function of the means, with its derivatives by those that it depends on, from which its error follows to first order.
    case function(value: Double, gradient: [QuantityCoefficient])
}

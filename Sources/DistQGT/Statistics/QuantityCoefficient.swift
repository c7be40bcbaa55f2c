/// A coefficient of a linear combination of quantities.
public struct QuantityCoefficient: Sendable {
    public var quantity: Int
    public var coefficient: Double

    public init(_ quantity: Int, _ coefficient: Double) {
        self.quantity = quantity
        self.coefficient = coefficient
    }
}

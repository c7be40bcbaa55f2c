import Numerics

extension RandomNumberGenerator {
    /// A standard normal deviate (Box–Muller; two uniform deviates each).
    package mutating func normalDeviate() -> Double {
        let radius = (-2 * Double.log(1 - Double.random(in: 0..<1, using: &self))).squareRoot()
        return radius * Double.cos(2 * .pi * Double.random(in: 0..<1, using: &self))
    }
}

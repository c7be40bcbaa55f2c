import LinearAlgebra
import RealModule

/// The distribution that a leaf's first values are drawn from, by the name that configurations use.
///
/// For a complex leaf the variance is that of the complex number, shared equally by real and imaginary
/// part. The fans of a leaf of shape [..., in, out] are the products of all indices but the last, and
/// of the last; those of [out, in, n] are in·n and out·n (as in Flax).
public struct Initialiser: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Normal deviates of standard deviation `scale`.
        case normal
        /// Uniform in [−scale, scale).
        case uniform
        /// Normal with variance scale²/fan_in (LeCun), 2·scale²/fan_in (He), 2·scale²/(fan_in + fan_out) (Glorot).
        case lecunNormal = "lecun_normal"
        case heNormal = "he_normal"
        case glorotNormal = "glorot_normal"
        case zeros, ones
    }

    public let kind: Kind
    public let scale: Double

    public init(_ kind: Kind, scale: Double = 1) {
        self.kind = kind
        self.scale = scale
    }

    /// For a kernel of which a mask leaves only a share: where the deviation follows from the number of inputs, those
    /// that are left count.
    func masked(leaving share: Double) -> Initialiser {
        switch kind {
        case .lecunNormal, .heNormal, .glorotNormal: Initialiser(kind, scale: scale / share.squareRoot())
        case .normal, .uniform, .zeros, .ones: self
        }
    }

    /// Fills `leaf.realCount` reals.
    package func fill(
        _ values: UnsafeMutableBufferPointer<Double>, leaf: Leaf, outputAxis: LeafDeclaration.OutputAxis = .last,
        using generator: inout some RandomNumberGenerator
    ) {
        let last = Double(leaf.shape.last ?? 1)
        let (fanIn, fanOut): (Double, Double)
        switch outputAxis {
        case .last: (fanIn, fanOut) = (leaf.shape.count > 1 ? Double(leaf.count) / last : last, last)
        case .first: (fanIn, fanOut) = (Double(leaf.count / leaf.shape[0]), Double(leaf.shape[0]) * last)
        }
        let deviation: Double
        switch kind {
        case .zeros:
            values.update(repeating: 0)
            return
        case .ones:
            for index in values.indices { values[index] = leaf.isComplex && index % 2 == 1 ? 0 : scale }
            return
        case .uniform:
            let bound = leaf.isComplex ? scale / 2.0.squareRoot() : scale
            for index in values.indices {
                values[index] = bound * (2 * Double.random(in: 0..<1, using: &generator) - 1)
            }
            return
        case .normal: deviation = scale
        case .lecunNormal: deviation = scale / fanIn.squareRoot()
        case .heNormal: deviation = scale * (2 / fanIn).squareRoot()
        case .glorotNormal: deviation = scale * (2 / (fanIn + fanOut)).squareRoot()
        }
        let componentDeviation = leaf.isComplex ? deviation / 2.0.squareRoot() : deviation
        for index in values.indices {
            values[index] = componentDeviation * generator.normalDeviate()
        }
    }
}

/// A pointwise activation, by the name that configurations use.
public enum Activation: String, Sendable, CaseIterable {
    case identity, tanh, relu, selu, gelu
    /// ln cosh z, evaluated without overflow as y + ln(1 + e^{−2y}) − ln 2 with y = ±z, Re y ≥ 0.
    case logCosh = "log_cosh"
    /// ln σ(x) = −ln(1 + e^{−x}), of real numbers.
    case logSigmoid = "log_sigmoid"
    /// selu on √2·Re z and √2·Im z apart, divided by √2; plain selu for real input.
    case reimSELU = "reim_selu"

    /// Whether the activation is defined on complex numbers.
    public var acceptsComplex: Bool {
        switch self {
        case .identity, .tanh, .gelu, .logCosh, .reimSELU: true
        case .relu, .selu, .logSigmoid: false
        }
    }

    /// Whether it has a derivative everywhere.
    public var isSmooth: Bool {
        switch self {
        case .identity, .tanh, .gelu, .logCosh, .logSigmoid: true
        case .relu, .selu, .reimSELU: false
        }
    }

    /// Whether its extension to complex numbers is holomorphic.
    public var isHolomorphic: Bool {
        switch self {
        case .identity, .tanh, .gelu, .logCosh: true
        case .relu, .selu, .reimSELU, .logSigmoid: false
        }
    }
}

import LinearAlgebra

/// What the layers of a network have in common. Nil is the network's own choice (`LayeredAnsatz.defaults`).
public struct LayerOptions: Sendable {
    /// The type of the parameters.
    public var dataType: DataType
    public var activation: Activation?
    /// What the first values of kernels and of biases are drawn from.
    public var kernelInitialiser: Initialiser?
    public var biasInitialiser: Initialiser?

    public init(
        _ dataType: DataType = .float64, activation: Activation? = nil, kernel: Initialiser? = nil,
        bias: Initialiser? = nil
    ) {
        self.dataType = dataType
        self.activation = activation
        kernelInitialiser = kernel
        biasInitialiser = bias
    }
}

/// The activation and the distributions of first values that a network has where nothing else is asked for.
public struct LayerDefaults: Sendable {
    public let activation: Activation
    public let kernelInitialiser: Initialiser
    public let biasInitialiser: Initialiser

    /// Small numbers, as restricted Boltzmann machines and Jastrow factors start from, and ln cosh.
    public static let small = LayerDefaults(
        activation: .logCosh, kernelInitialiser: Initialiser(.normal, scale: 0.01),
        biasInitialiser: Initialiser(.normal, scale: 0.01))

    /// Kernels by their number of inputs, no biases, as deep networks start from.
    public static func scaled(_ activation: Activation) -> LayerDefaults {
        LayerDefaults(
            activation: activation, kernelInitialiser: Initialiser(.lecunNormal), biasInitialiser: Initialiser(.zeros))
    }
}

/// A network whose layers share data type, activation and initialisers.
public protocol LayeredAnsatz: Ansatz {
    static var defaults: LayerDefaults { get }
    var options: LayerOptions { get }
}

extension LayeredAnsatz {
    public var dataType: DataType { options.dataType }
    public var activation: Activation { options.activation ?? Self.defaults.activation }
    public var kernelInitialiser: Initialiser { options.kernelInitialiser ?? Self.defaults.kernelInitialiser }
    public var biasInitialiser: Initialiser { options.biasInitialiser ?? Self.defaults.biasInitialiser }

    /// Whether the activation is defined for the data type.
    var activationIsDefined: Bool { !dataType.isComplex || activation.acceptsComplex }
}

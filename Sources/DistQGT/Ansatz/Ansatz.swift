/// A variational wave function: it declares its parameters and writes log ψ once, in operations of the
/// tape. Plain evaluation, the Jacobian, its transpose, rows and everything built on them follow.
public protocol Ansatz: Sendable {
    /// N, the number of spins.
    var siteCount: Int { get }
    /// Precision of the tape: single where `isSingle`. Leaves may mix real and complex.
    var dataType: DataType { get }
    /// The parameters, in the order in which the tree is flattened.
    var leaves: [LeafDeclaration] { get }
    /// Records log ψ of one sample and returns its node (one number per sample).
    func logPsi(_ tape: Recorder) -> Node
}

/// A leaf of the parameter tree with the distribution it starts from.
public struct LeafDeclaration: Sendable {
    /// Where a kernel's shape has the outputs: [..., in, out], or [out, in, ...].
    public enum OutputAxis: Sendable { case first, last }

    public let leaf: Leaf
    public let initialiser: Initialiser
    public let outputAxis: OutputAxis

    public init(
        _ name: String, _ shape: [Int], isComplex: Bool, _ initialiser: Initialiser, outputAxis: OutputAxis = .last
    ) {
        leaf = Leaf(name: name, shape: shape, isComplex: isComplex)
        self.initialiser = initialiser
        self.outputAxis = outputAxis
    }
}

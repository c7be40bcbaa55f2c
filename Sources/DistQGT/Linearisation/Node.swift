/// A symbolic value on the tape.
///
/// A node of the sample part holds, for every sample, `rows × features` numbers (an ordinary layer has
/// one row; a convolution or a group layer has one row per position). A node of the parameter part
/// does not depend on the sample and holds `rows × features` numbers in all. Values are laid out
/// (sample, row, feature); tangents carry a block of k vectors as (sample, row, vector, feature), so that
/// every matrix primitive stays one product for any k.
///
/// A network that is evaluated at several images of a sample's spins (`Recorder.images`) has nodes of that many
/// images: they are worked on like so many samples, and lie (sample, image, row, feature).
public struct Node: Sendable, Hashable {
    package enum Part: Sendable, Hashable { case parameter, sample }

    package let index: Int
    package let part: Part
    public let rows: Int
    public let features: Int
    public let isComplex: Bool
    /// Whether the value depends on parameters, that is, whether a tangent exists.
    package let hasTangent: Bool

    /// Images of a sample's spins that the node has values for.
    package var images = 1
    /// Whether the node holds spins ±1: those that every tape begins with, or images of them.
    package var isSpins = false

    /// Numbers per image of a sample (or in all, in the parameter part).
    public var elements: Int { rows * features }
    /// Real numbers per image of a sample (or in all, in the parameter part).
    package var reals: Int { isComplex ? 2 * elements : elements }
    /// Real numbers per sample (or in all, in the parameter part).
    package var storedReals: Int { images * reals }
    /// Real numbers per row.
    package var rowReals: Int { isComplex ? 2 * features : features }
}

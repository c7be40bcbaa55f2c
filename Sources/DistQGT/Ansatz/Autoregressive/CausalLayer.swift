/// A linear layer of an autoregressive network: at each site it has some features, and the output at a site is made
/// of the input at sites before it in the order of their numbers, and at the site itself unless the layer is exclusive.
///
/// The same products are described twice: as operations of the tape for all sites at once, and by `product(site:)` for
/// one site at a time, when the spins after it are not known yet.
public protocol CausalLayer: Sendable {
    var inputFeatures: Int { get }
    var outputFeatures: Int { get }
    var kernelShape: [Int] { get }
    var biasShape: [Int] { get }
    /// Of the elements of the kernel, those that have an effect.
    var usedShare: Double { get }
    /// Records the layer. Input and output hold the sites' features one site after another, in any number of rows.
    func record(_ tape: Recorder, _ x: Node, kernel: String, bias: String?) -> Node
    /// What the output at one site is made of.
    func product(site: Int) -> CausalProduct
}

/// The output of a causal layer at one site: the input features of some sites, one site after another, times a matrix
/// [sites · inputs, outputs] that is a part of the kernel's leaf, plus a bias.
public struct CausalProduct: Sendable {
    /// −1 stands for a site that does not exist, whose input is zero.
    public let sites: [Int]
    /// The matrix's first element in the leaf, and the elements from one of its rows to the next.
    public let kernelOffset: Int
    public let kernelStride: Int
    /// The bias's first element in its leaf.
    public let biasOffset: Int

    public init(sites: [Int], kernelOffset: Int, kernelStride: Int, biasOffset: Int) {
        self.sites = sites
        self.kernelOffset = kernelOffset
        self.kernelStride = kernelStride
        self.biasOffset = biasOffset
    }
}

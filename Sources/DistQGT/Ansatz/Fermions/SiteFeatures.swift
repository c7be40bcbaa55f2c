import LatticeSymmetry
import LinearAlgebra

/// Numbers of each site that depend on what is near it: one convolution of the configuration, then dense layers at each cell
/// on its own, all with the activation.
///
/// Leaves `Conv_0/…`, `Dense_1/…`, … Features of the sites of one cell lie behind each other, so that sites in their order have
/// F features each.
struct SiteFeatures: Sendable {
    let sector: FermionSector
    let window: CellWindow
    /// F, of a site.
    let features: Int
    /// Layers, the convolution among them.
    let depth: Int
    let options: LayerOptions
    let activation: Activation
    let kernel: Initialiser
    let bias: Initialiser

    /// Features of a cell.
    var width: Int { features * window.sitesPerCell }
    private var isComplex: Bool { options.dataType.isComplex }

    private var convolution: CellConvolution {
        CellConvolution(
            name: "Conv_0", window: window, inputs: sector.numbersPerSite * window.sitesPerCell, outputs: width,
            useBias: true)
    }

    var leaves: [LeafDeclaration] {
        convolution.leaves(isComplex: isComplex, kernel: kernel, bias: bias)
            + (1..<depth).flatMap { layer in
                [
                    LeafDeclaration("Dense_\(layer)/bias", [width], isComplex: isComplex, bias),
                    LeafDeclaration("Dense_\(layer)/kernel", [width, width], isComplex: isComplex, kernel),
                ]
            }
    }

    /// A row of features for each site.
    func record(_ tape: Recorder) -> Node {
        var h = tape.activation(
            activation, convolution.record(tape, tape.spins, planes: sector.numbersPerSite))
        for layer in 1..<depth {
            h = tape.activation(
                activation,
                tape.dense(
                    h, kernel: tape.parameter("Dense_\(layer)/kernel"),
                    bias: tape.parameter("Dense_\(layer)/bias", rows: 1)))
        }
        return tape.gather(h, index: Array(0..<sector.siteCount * features), rows: sector.siteCount)
    }
}

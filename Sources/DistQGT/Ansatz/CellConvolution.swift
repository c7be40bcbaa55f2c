import LatticeSymmetry

/// A convolution on a regular lattice: y[c, o] = b[o] + Σ_{w, i} kernel[w, i, o] x[c + w, i] over the cells c + w of
/// the window around cell c, with zeros beyond an open boundary.
///
/// Leaves as those of Flax's `Conv`: `name/kernel` of shape window + [inputs, outputs], `name/bias` [outputs].
struct CellConvolution: Sendable {
    let name: String
    let window: CellWindow
    /// Features of x at each cell. The first layer's are the spins of the cell's sites, or their occupations up, then down.
    let inputs: Int
    let outputs: Int
    let useBias: Bool

    func leaves(isComplex: Bool, kernel: Initialiser, bias: Initialiser) -> [LeafDeclaration] {
        let kernel = LeafDeclaration(
            "\(name)/kernel", window.extent + [inputs, outputs], isComplex: isComplex, kernel)
        guard useBias else { return [kernel] }
        return [LeafDeclaration("\(name)/bias", [outputs], isComplex: isComplex, bias), kernel]
    }

    /// - Parameters:
    ///   - x: planes × cells × (inputs/planes) numbers, in any division into rows.
    ///   - planes: parts of x, each with a number of features of every cell: those of either spin.
    func record(_ tape: Recorder, _ x: Node, planes: Int = 1) -> Node {
        let width = inputs / planes
        let patches = window.cells.flatMap { cell in
            (0..<inputs).map { input in
                cell.map { (input / width * window.cellCount + $0) * width + input % width }
            }
        }
        return tape.patchProduct(
            x, patches: patches, rows: window.cellCount, kernel: tape.parameter("\(name)/kernel"),
            bias: useBias ? tape.parameter("\(name)/bias", rows: 1) : nil)
    }
}

import LatticeSymmetry

/// A convolution on a regular lattice: y[c, o] = b[o] + Σ_{w, i} kernel[w, i, o] x[c + w, i] over the cells c + w of
/// the window around cell c, with zeros beyond an open boundary.
///
/// Leaves as those of Flax's `Conv`: `name/kernel` of shape window + [inputs, outputs], `name/bias` [outputs].
struct CellConvolution: Sendable {
    let name: String
    let window: CellWindow
    /// Features of x at each cell. The first layer's are the spins of the cell's sites.
    let inputs: Int
    let outputs: Int
    let useBias: Bool

    func leaves(isComplex: Bool, kernel: Initialiser, bias: Initialiser) -> [LeafDeclaration] {
        let kernel = LeafDeclaration(
            "\(name)/kernel", window.extent + [inputs, outputs], isComplex: isComplex, kernel)
        guard useBias else { return [kernel] }
        return [LeafDeclaration("\(name)/bias", [outputs], isComplex: isComplex, bias), kernel]
    }

    /// - Parameter x: cells × inputs numbers, in any division into rows.
    func record(_ tape: Recorder, _ x: Node) -> Node {
        let patches = window.cells.flatMap { cell in (0..<inputs).map { input in cell.map { $0 * inputs + input } } }
        return tape.patchProduct(
            x, patches: patches, rows: window.cellCount, kernel: tape.parameter("\(name)/kernel"),
            bias: useBias ? tape.parameter("\(name)/bias", rows: 1) : nil)
    }
}

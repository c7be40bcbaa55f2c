import CKernels
import LinearAlgebra

/// A = √w (O − Ō) of this rank's samples, written out: N·C × P, as `Linearisation.rows()` lays them out.
struct CentredRows {
    private let entries: RealBuffer
    private let width: Int
    let linearisation: Linearisation

    /// Local.
    ///
    /// - Parameter means: of the same linearisation.
    init(_ linearisation: Linearisation, means: MeanJacobian) {
        let space = linearisation.space
        let count = linearisation.layout.count
        let width = space.components * count
        MemoryExhaustion.requireRoom(.bytes(ofReals: space.localCount, width))
        let centred = RealBuffer(uninitialisedCount: space.localCount * width)
        linearisation.forEachRowBlock { samples, rows in
            for (row, sample) in samples.enumerated() {
                let root = space.weight(sample).squareRoot()
                for component in 0..<space.components {
                    let mean = component == 1 ? means.imaginary ?? means.real : means.real
                    ck_scaled_difference(
                        CK_DOUBLE, root, rows + row * width + component * count, mean.storage.pointer,
                        centred.pointer + sample * width + component * count, count)
                }
            }
        }
        entries = centred
        self.width = width
        self.linearisation = linearisation
    }

    /// The rows from a sample on.
    func pointer(_ sample: Int) -> UnsafePointer<Double> { UnsafePointer(entries.pointer + sample * width) }
}

import CKernels
import LinearAlgebra

/// The diagonal of T = A D⁻¹ Aᵀ without T: T_ss = w_s Σ_k D⁻¹_k (O_sk − Ō_k)², for each component of log ψ.
public enum DiagonalOfKernel {
    /// Local: the rows of this rank's samples, block by block.
    ///
    /// - Parameters:
    ///   - means: of the same linearisation, over all ranks.
    ///   - inverseDiagonal: D⁻¹, P numbers; nil for 1.
    public static func compute(
        _ linearisation: Linearisation, means: MeanJacobian, inverseDiagonal: ParameterVector? = nil
    ) -> SampleVector {
        let space = linearisation.space
        let components = space.components
        let count = linearisation.layout.count
        let diagonal = linearisation.makeCodomainVector()
        let deviation = RealBuffer(count: count)
        let weighted = RealBuffer(count: inverseDiagonal == nil ? 0 : count)
        linearisation.forEachRowBlock { samples, rows in
            for (row, sample) in samples.enumerated() {
                for component in 0..<components {
                    let mean = component == 1 ? means.imaginary ?? means.real : means.real
                    deviation.pointer.update(from: rows + (row * components + component) * count, count: count)
                    ck_axpy(CK_DOUBLE, -1, 0, mean.pointer, deviation.pointer, count, 1)
                    let square: Double
                    if let inverseDiagonal {
                        ck_scale_rows(
                            CK_DOUBLE, inverseDiagonal.pointer, deviation.pointer, weighted.pointer, 1, 1, count, 0, 0)
                        square = weighted.dot(deviation)
                    } else {
                        square = deviation.dot(deviation)
                    }
                    diagonal[sample * components + component] = space.weight(sample) * square
                }
            }
        }
        return diagonal
    }
}

import DistQGT
import LinearAlgebra

/// A restricted Boltzmann machine on products of two spins, which a flip of all spins leaves as it is:
/// log ψ(s) = Σ_j ln cosh(bias_j + Σ_{k>l} s_k s_l kernel_{kl,j}).
struct PairMachine: Ansatz {
    let siteCount: Int
    let hiddenUnits: Int
    let dataType: DataType

    private var pairCount: Int { siteCount * (siteCount - 1) / 2 }

    var leaves: [LeafDeclaration] {
        let complex = dataType.isComplex
        let small = Initialiser(.normal, scale: 0.01)
        return [
            LeafDeclaration("bias", [hiddenUnits], isComplex: complex, small),
            LeafDeclaration("kernel", [pairCount, hiddenUnits], isComplex: complex, small),
        ]
    }

    func logPsi(_ tape: Recorder) -> Node {
        let theta = tape.dense(
            tape.pairProducts(), kernel: tape.parameter("kernel"), bias: tape.parameter("bias", rows: 1))
        return tape.sumFeatures(tape.activation(.logCosh, theta))
    }
}

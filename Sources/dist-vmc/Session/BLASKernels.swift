import CKernels
import COpenBLAS

/// Whether OpenBLAS has chosen kernels that fit the CPU: one that is newer than the library can be taken for a much older
/// one, and matrix products are then several times slower.
enum BLASKernels {
    /// Processors whose kernels use no vector unit of AVX2's width.
    private static let narrow: Set<String> = [
        "atom", "athlon", "banias", "barcelona", "bobcat", "bulldozer", "coppermine", "core2", "dunnington", "generic",
        "katmai", "nehalem", "northwood", "opteron", "opteron_sse3", "penryn", "piledriver", "prescott", "sandybridge",
        "steamroller",
    ]

    /// What to say about the kernels of a core, by OpenBLAS's name, on a CPU with these vector units (as
    /// `ck_vector_units` names them); nil where they fit.
    static func problem(core: String, vectorUnits: String) -> String? {
        let fitting = ["avx2": "Haswell", "avx512": "SkylakeX"]
        guard let better = fitting[vectorUnits], narrow.contains(core.lowercased()) else { return nil }
        return "OpenBLAS uses kernels for \(core), although the CPU has \(vectorUnits == "avx2" ? "AVX2" : "AVX-512"): "
            + "matrix products are several times slower than they could be; OPENBLAS_CORETYPE=\(better) in the environment, "
            + "before the program starts, chooses better ones"
    }
}

extension Session {
    /// Says once where a rank's BLAS kernels are those of a much older CPU. Collective: one allreduce, and a broadcast
    /// where there is something to say.
    func reportSlowKernels() throws {
        func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }
        let problem = BLASKernels.problem(core: text(openblas_get_corename()), vectorUnits: text(ck_vector_units()))
        let rank = try world.allReduce(problem == nil ? world.size : world.rank, .minimum)
        guard rank < world.size else { return }
        messages.say(try world.broadcast(problem ?? "", from: rank))
    }
}

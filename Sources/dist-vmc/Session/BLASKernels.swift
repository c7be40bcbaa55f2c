import CKernels
import COpenBLAS
import Foundation

/// Whether OpenBLAS has chosen kernels that fit the CPU: one that is newer than the library can be taken for a much older
/// one, and matrix products are then several times slower.
enum BLASKernels {
    /// Processors whose kernels use no vector unit of AVX2's width.
    private static let narrow: Set<String> = [
        "atom", "athlon", "banias", "barcelona", "bobcat", "bulldozer", "coppermine", "core2", "dunnington", "generic",
        "katmai", "nehalem", "northwood", "opteron", "opteron_sse3", "penryn", "piledriver", "prescott", "sandybridge",
        "steamroller",
    ]

    /// The core whose kernels would fit a CPU with these vector units (as `ck_vector_units` names them) where those of a
    /// core, by OpenBLAS's name, do not; nil where they do.
    static func betterCore(than core: String, vectorUnits: String) -> String? {
        guard let better = ["avx2": "Haswell", "avx512": "SkylakeX"][vectorUnits], narrow.contains(core.lowercased())
        else { return nil }
        return better
    }

    /// That of this process.
    private static var betterCore: String? { betterCore(than: core, vectorUnits: vectorUnits) }
    static var core: String { text(openblas_get_corename()) }
    private static var vectorUnits: String { text(ck_vector_units()) }
    private static func text(_ pointer: UnsafePointer<CChar>?) -> String { pointer.map { String(cString: $0) } ?? "" }

    /// Says that the kernels do not fit; nil where they do.
    static var problem: String? {
        guard let betterCore else { return nil }
        return "OpenBLAS uses kernels for \(core), although the CPU has \(vectorUnits == "avx2" ? "AVX2" : "AVX-512"): "
            + "matrix products are several times slower than they could be; OPENBLAS_CORETYPE=\(betterCore) in the "
            + "environment, before the program starts, chooses better ones"
    }

    private static let choice = "OPENBLAS_CORETYPE"
    /// Says to the process that it has started the program again, and why: its number, which `execv` keeps, and the words.
    private static let mark = "DIST_VMC_BLAS_CORE"

    /// Starts the program again in the same process, with other kernels, where OpenBLAS has chosen some that do not fit.
    /// A choice of the user's stays. To be called before anything else is done: what has been done is lost. Returns where
    /// there is nothing to do, or where it cannot be done, without a choice of its own in the environment: what is started
    /// from here may run on another CPU.
    static func startAgainWithFittingOnes() {
        // OpenBLAS has read it.
        guard replacement == nil else {
            unsetenv(choice)
            return
        }
        guard getenv(choice) == nil, let betterCore else { return }
        setenv(mark, "\(getpid()) \(betterCore), as OpenBLAS had chosen \(core)", 1)
        setenv(choice, betterCore, 1)
        var arguments = CommandLine.arguments.map { strdup($0) } + [nil]
        // By its path, which names the process as before.
        execv(URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path, &arguments)
        unsetenv(choice)
        unsetenv(mark)
    }

    /// Which kernels were chosen in place of others; nil where OpenBLAS's or the user's choice stands.
    static var replacement: String? {
        let words = getenv(mark).map { String(cString: $0) } ?? ""
        let own = "\(getpid()) "
        return words.hasPrefix(own) ? String(words.dropFirst(own.count)) : nil
    }
}

extension Session {
    /// Says once where a rank's BLAS kernels are those of a much older CPU. Collective: one allreduce, and a broadcast
    /// where there is something to say.
    func reportSlowKernels() throws {
        let problem = BLASKernels.problem
        let rank = try world.allReduce(problem == nil ? world.size : world.rank, .minimum)
        guard rank < world.size else { return }
        messages.say(try world.broadcast(problem ?? "", from: rank))
    }
}

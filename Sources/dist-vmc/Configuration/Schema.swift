/// Everything that a configuration may say.
enum Schema {
    static let blocks = [
        lattice, hilbert, hamiltonian, ansatz, states, sampler, sr, optimiser, dynamics, projection, run,
    ]

    /// Blocks that may be missing altogether: without them there is nothing of what they describe.
    static let optionalBlocks = ["hilbert", "ansatz", "states", "dynamics", "projection"]

    /// Blocks without which nothing can run; the others have defaults throughout.
    static let requiredBlocks = ["lattice", "hamiltonian", "ansatz"]

    /// The largest number of sites that is accepted.
    static let maximumSites = 1 << 12
    /// The largest number of chains, samples or proposals that is accepted.
    static let maximumCount = 1 << 31
    /// The largest number of units of a layer that is accepted.
    static let maximumWidth = 1 << 24
}

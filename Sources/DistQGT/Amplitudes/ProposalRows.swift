import LinearAlgebra

/// Which of a rank's chains have a proposal that changes something, as the rows of one evaluation. Local.
struct ProposalRows {
    private let chains = Region<Int32>(capacity: 0)
    private(set) var count = 0

    func reserve(_ chainCount: Int) { chains.reserve(chainCount) }

    /// Takes the proposals of a batch that are not null and that `isIncluded` picks.
    @inline(__always)
    mutating func take(_ batch: ProposalBatch, where isIncluded: (Int) -> Bool = { _ in true }) {
        var rows = 0
        for chain in batch.chains where batch.siteCounts[chain] > 0 && isIncluded(chain) {
            chains.pointer[rows] = Int32(chain)
            rows += 1
        }
        count = rows
    }

    @inline(__always)
    subscript(row: Int) -> Int { Int(chains.pointer[row]) }
}

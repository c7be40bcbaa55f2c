extension FullSummationSamples {
    /// Whether the weight of a state is lost in rounding.
    func isFaint(_ state: Int) -> Bool { !(probabilities[state] >= FaintStates.largestProbability) }

    /// The faint states of each block of this rank's states; nil if there are none.
    func faintStates(in blocks: [Range<Int>]) -> FaintStates? {
        var spins: [Int8] = []
        var ranges: [Range<Int>] = []
        var count = 0
        for block in blocks {
            let first = count
            for state in block where isFaint(state) {
                spins += configurations[row: state]
                count += 1
            }
            ranges.append(first..<count)
        }
        guard count > 0 else { return nil }
        return FaintStates(
            configurations: Configurations(siteCount: configurations.siteCount, spins: spins), blocks: ranges,
            logNormSquared: logNormSquared)
    }
}

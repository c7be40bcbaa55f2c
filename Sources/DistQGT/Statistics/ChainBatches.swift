import Communication

/// Running statistics of many quantities over Markov chains, without keeping their series.
///
/// For every quantity each chain keeps its mean, its Σ (x − mean)² (Welford) and the sums of consecutive batches of
/// samples. When the places for batches are used up, neighbours are joined, and batches are twice as long from then
/// on (the scheme of H. Flyvbjerg, H. G. Petersen, J. Chem. Phys. 91, 461 (1989), for running data). What a chain
/// keeps is a function of its own samples, so that the estimates do not depend on the number of ranks.
struct ChainBatches {
    let quantityCount: Int
    /// Chains over all ranks, and this rank's.
    let totalChains: Int
    let chains: Shard
    /// Places for batches of each chain and quantity; even.
    let capacity: Int
    private(set) var batchLength = 1
    /// Samples of each chain.
    private(set) var length = 0
    /// (quantity, chain, batch)
    private var sums: [Double]
    /// (quantity, chain)
    private var means: [Double]
    private var squares: [Double]

    /// The most numbers that all ranks together keep for batches: 128 MB.
    static let largestStorage = 1 << 24

    init(quantityCount: Int, totalChains: Int, chains: Shard) {
        self.quantityCount = quantityCount
        self.totalChains = totalChains
        self.chains = chains
        var capacity = 64
        while capacity > 4, quantityCount * totalChains * capacity > Self.largestStorage { capacity /= 2 }
        self.capacity = capacity
        sums = [Double](repeating: 0, count: quantityCount * chains.count * capacity)
        means = [Double](repeating: 0, count: quantityCount * chains.count)
        squares = means
    }

    /// Makes room for `count` more samples of every chain.
    mutating func reserve(_ count: Int) {
        while length + count > capacity * batchLength {
            for row in 0..<quantityCount * chains.count {
                let first = row * capacity
                for batch in 0..<capacity / 2 {
                    sums[first + batch] = sums[first + 2 * batch] + sums[first + 2 * batch + 1]
                }
                for batch in capacity / 2..<capacity { sums[first + batch] = 0 }
            }
            batchLength *= 2
        }
    }

    /// Adds samples of one local chain; to be followed by `advance` when every chain has as many.
    ///
    /// - Parameter values: (sample, quantity), for samples `length`, `length + 1`, ….
    /// - Precondition: room was reserved for them.
    mutating func add(_ values: UnsafePointer<Double>, count: Int, localChain chain: Int) {
        precondition(length + count <= capacity * batchLength)
        for sample in 0..<count {
            let batch = (length + sample) / batchLength
            let weight = 1 / Double(length + sample + 1)
            for quantity in 0..<quantityCount {
                let value = values[sample * quantityCount + quantity]
                let place = quantity * chains.count + chain
                sums[place * capacity + batch] += value
                let deviation = value - means[place]
                means[place] += deviation * weight
                squares[place] += deviation * (value - means[place])
            }
        }
    }

    mutating func advance(by count: Int) { length += count }

    /// The estimates of all quantities, on every rank. Collective: one gather for every million numbers that are
    /// kept, and one broadcast.
    func estimates(over communicator: Communicator) throws -> [ChainEstimate] {
        let batches = length / batchLength
        let perChain = batches + 2
        let group = max(1, (1 << 20) / max(1, totalChains * perChain))
        var packed: [Double] = []
        for first in stride(from: 0, to: quantityCount, by: group) {
            let quantities = first..<min(quantityCount, first + group)
            var local: [Double] = []
            local.reserveCapacity(quantities.count * chains.count * perChain)
            // Chains go first, so that the ranks' parts join to the list of all chains.
            for chain in 0..<chains.count {
                for quantity in quantities {
                    let place = quantity * chains.count + chain
                    local.append(means[place])
                    local.append(squares[place])
                    for batch in 0..<batches { local.append(sums[place * capacity + batch] / Double(batchLength)) }
                }
            }
            guard let all = try communicator.gather(local) else { continue }
            for quantity in 0..<quantities.count {
                var batchMeans: [Double] = []
                var chainMeans: [Double] = []
                var chainSquares: [Double] = []
                for chain in 0..<totalChains {
                    let start = (chain * quantities.count + quantity) * perChain
                    chainMeans.append(all[start])
                    chainSquares.append(all[start + 1])
                    batchMeans += all[start + 2..<start + perChain]
                }
                let estimate = try ChainEstimate(
                    batchMeans: batchMeans, batches: batches, batchLength: batchLength, means: chainMeans,
                    squares: chainSquares, length: length)
                packed += [estimate.mean, estimate.error, estimate.variance, estimate.tau, estimate.rHat]
            }
        }
        packed = try communicator.broadcast(packed)
        return (0..<quantityCount).map { quantity in
            let numbers = packed[5 * quantity..<5 * quantity + 5].map { $0 }
            return ChainEstimate(
                mean: numbers[0], error: numbers[1], variance: numbers[2], tau: numbers[3], rHat: numbers[4])
        }
    }

    /// The standard errors of the means of linear combinations of quantities, from the means of batches, as `estimates` has those of
    /// each quantity; on every rank. To first order they are those of a jackknife over batches of what has these coefficients as its
    /// gradient. Collective: one gather for every million numbers, and one broadcast; none of either without combinations.
    ///
    /// - Returns: NaN where quantities are not finite.
    func errorsOfCombinations(
        _ combinations: [[QuantityCoefficient]], over communicator: Communicator
    ) throws -> [Double] {
        guard !combinations.isEmpty else { return [] }
        let batches = length / batchLength
        let group = max(1, (1 << 20) / max(1, totalChains * batches))
        var errors: [Double] = []
        for first in stride(from: 0, to: combinations.count, by: group) {
            let own = combinations[first..<min(combinations.count, first + group)]
            var local = [Double](repeating: 0, count: chains.count * own.count * batches)
            // Chains go first, so that the ranks' parts join to the list of all chains.
            for chain in 0..<chains.count {
                for (number, combination) in own.enumerated() {
                    let place = (chain * own.count + number) * batches
                    for term in combination {
                        let start = (term.quantity * chains.count + chain) * capacity
                        for batch in 0..<batches {
                            local[place + batch] += term.coefficient * sums[start + batch] / Double(batchLength)
                        }
                    }
                }
            }
            guard let all = try communicator.gather(local) else { continue }
            for number in 0..<own.count {
                let batchMeans = (0..<totalChains).flatMap { chain in
                    let start = (chain * own.count + number) * batches
                    return all[start..<start + batches]
                }
                errors.append(
                    try ChainEstimate.error(
                        batchMeans: batchMeans, chains: totalChains, batches: batches, batchLength: batchLength,
                        length: length))
            }
        }
        return try communicator.broadcast(errors)
    }

    /// Numbers that a chain keeps.
    var numbersPerChain: Int { quantityCount * (capacity + 2) }

    /// What this rank's chains keep, one after the other.
    func packed() -> [Double] {
        var numbers: [Double] = []
        numbers.reserveCapacity(chains.count * numbersPerChain)
        for chain in 0..<chains.count {
            for quantity in 0..<quantityCount {
                let place = quantity * chains.count + chain
                numbers += [means[place], squares[place]]
                numbers += sums[place * capacity..<(place + 1) * capacity]
            }
        }
        return numbers
    }

    /// Goes on from what `packed` gave for these chains.
    mutating func restore(_ numbers: [Double], length: Int, batchLength: Int) {
        precondition(numbers.count == chains.count * numbersPerChain)
        (self.length, self.batchLength) = (length, batchLength)
        for chain in 0..<chains.count {
            for quantity in 0..<quantityCount {
                let place = quantity * chains.count + chain
                let first = chain * numbersPerChain + quantity * (capacity + 2)
                (means[place], squares[place]) = (numbers[first], numbers[first + 1])
                sums.replaceSubrange(
                    place * capacity..<(place + 1) * capacity, with: numbers[first + 2..<first + 2 + capacity])
            }
        }
    }
}

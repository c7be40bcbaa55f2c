import LinearAlgebra

/// Samples with the configurations that a Hamiltonian connects them with, those that differ by the same flips
/// together. Owns its memory, allocated once.
public final class ConnectedBatch {
    public let siteCount: Int
    /// Room for samples.
    public let capacity: Int
    public let flipSetCount: Int
    /// The sites of flip set c are `sites[siteStarts[c] ..< siteStarts[c + 1]]`, ascending.
    public let sites: UnsafeMutablePointer<Int32>
    public let siteStarts: UnsafeMutablePointer<Int>

    /// Number of samples.
    public private(set) var count = 0
    /// `count × N` values ±1, row-major.
    public let spins: UnsafeMutablePointer<Int8>
    /// log ψ of the samples, real and imaginary part in turn; none is a node.
    public let logPsi: UnsafeMutablePointer<Double>

    /// The pairs `pairStarts[c] ..< pairStarts[c + 1]` flip set c, each in one of the samples `pairSamples`, in
    /// ascending order.
    public let pairStarts: UnsafeMutablePointer<Int>
    public let pairSamples: UnsafeMutablePointer<Int32>
    public var pairCount: Int { pairStarts[flipSetCount] }
    /// ψ(σ′)/ψ(σ) of each pair, real and imaginary part in turn.
    public let ratios: UnsafeMutablePointer<Double>

    /// ⟨σ|H|σ′⟩: (sample, flip set), real and imaginary part in turn.
    private let elements: UnsafeMutablePointer<Double>
    private let memory = BufferSet()

    init(siteCount: Int, flipSets: [[Int]], capacity: Int) {
        self.siteCount = siteCount
        self.capacity = capacity
        flipSetCount = flipSets.count
        let pairs = max(1, capacity * flipSets.count)
        sites = memory.uninitialised(count: flipSets.reduce(1) { $0 + $1.count })
        siteStarts = memory.uninitialised(count: flipSets.count + 1)
        spins = memory.uninitialised(count: capacity * siteCount)
        logPsi = memory.uninitialised(count: 2 * capacity)
        pairStarts = memory.filled(with: 0, count: flipSets.count + 1)
        pairSamples = memory.uninitialised(count: pairs)
        ratios = memory.uninitialised(count: 2 * pairs)
        elements = memory.uninitialised(count: 2 * pairs)
        var next = 0
        for (set, flipped) in flipSets.enumerated() {
            siteStarts[set] = next
            for site in flipped {
                sites[next] = Int32(site)
                next += 1
            }
        }
        siteStarts[flipSets.count] = next
    }

    /// Bytes that do not vanish beside the samples'.
    static func byteCount(siteCount: Int, flipSetCount: Int, capacity: Int) -> Int {
        capacity * (siteCount + 2 * 8 + flipSetCount * (MemoryLayout<Int32>.stride + 4 * MemoryLayout<Double>.stride))
    }

    func removeAll() { count = 0 }

    /// Adds a sample.
    ///
    /// - Parameter logPsi: real and imaginary part.
    /// - Returns: where its elements, `2 × flipSetCount` numbers, are to be written.
    func append(_ configuration: UnsafePointer<Int8>, logPsi: UnsafePointer<Double>) -> UnsafeMutablePointer<Double> {
        (spins + count * siteCount).update(from: configuration, count: siteCount)
        (self.logPsi + 2 * count).update(from: logPsi, count: 2)
        count += 1
        return elements + 2 * (count - 1) * flipSetCount
    }

    /// Lists the pairs whose element is not zero.
    func collectPairs() {
        var pair = 0
        for set in 0..<flipSetCount {
            pairStarts[set] = pair
            for sample in 0..<count {
                let element = elements + 2 * (sample * flipSetCount + set)
                // Written in any case, counted where it is wanted.
                pairSamples[pair] = Int32(truncatingIfNeeded: sample)
                pair += element[0] != 0 || element[1] != 0 ? 1 : 0
            }
        }
        pairStarts[flipSetCount] = pair
    }

    /// Calls `body` with the flip set, the sample and element · ratio of each pair, flip set after flip set.
    @inline(__always)
    func forEachProduct(_ body: (_ set: Int, _ sample: Int, _ product: SIMD2<Double>) -> Void) {
        for set in 0..<flipSetCount {
            for pair in pairStarts[set]..<pairStarts[set + 1] {
                let sample = Int(pairSamples[pair])
                let element = elements + 2 * (sample * flipSetCount + set)
                let (x, y) = (ratios[2 * pair], ratios[2 * pair + 1])
                body(set, sample, SIMD2(element[0] * x - element[1] * y, element[0] * y + element[1] * x))
            }
        }
    }

    /// Adds Σ element · ratio to each sample's energy, flip set after flip set.
    ///
    /// - Parameter owners: the place of each sample's energy.
    func addUp(into energies: UnsafeMutablePointer<Double>, owners: UnsafePointer<Int>) {
        forEachProduct { _, sample, product in
            let energy = energies + 2 * owners[sample]
            energy[0] += product.x
            energy[1] += product.y
        }
    }
}

import Numerics

/// The terms of a projected product of pairs, Σ_b Σ_g w_bg Pf F^b[g(m_k), g(m_l)] over rotations b of the pairing and maps g
/// of modes, where m_k are the occupied modes in ascending order: what g makes of them is not sorted, so that its sign is in
/// the Pfaffian. A map may have signs of its own, with which rows and columns are multiplied: Π_k s_g(m_k) Pf.
public struct PairTerms: Sendable {
    /// A map of modes.
    public struct Map: Sendable {
        /// By mode the mode whose rows and columns are taken.
        let images: [Int]
        let weight: Complex<Double>
        /// By mode whether its sign is −1; nil for none.
        let isNegated: [Bool]?

        public init(images: [Int], weight: Complex<Double>, isNegated: [Bool]? = nil) {
            self.images = images
            self.weight = weight
            self.isNegated = isNegated
        }
    }

    /// How occupied modes are read off configurations.
    let occupied: OccupiedModes
    public let rotations: [PairRotation]
    /// By map and mode the mode whose rows and columns are taken.
    let images: [Int32]
    /// By map and mode whether its sign is −1; empty where no map has signs.
    let isNegated: [Bool]
    public let elementCount: Int
    /// w by rotation and map: number b·G + g.
    let weights: [Complex<Double>]

    /// - Parameters:
    ///   - occupied: all modes, in the order of their numbers.
    ///   - elements: maps of modes, no weight of which is 0.
    ///   - rotations: with weights, none of which is 0.
    /// - Precondition: at least one of each; every map is a permutation of the modes; an even number of modes for a rotation.
    public init(
        _ occupied: OccupiedModes, elements: [Map],
        rotations: [(rotation: PairRotation, weight: Double)]
    ) {
        let modes = occupied.readings.count
        precondition(!elements.isEmpty && !rotations.isEmpty)
        precondition(elements.allSatisfy { Set($0.images) == Set(0..<modes) && $0.images.count == modes })
        precondition(elements.allSatisfy { $0.isNegated.map { $0.count == modes } ?? true })
        precondition(modes % 2 == 0 || rotations.allSatisfy { $0.rotation == .identity })
        precondition(elements.allSatisfy { $0.weight != 0 } && rotations.allSatisfy { $0.weight != 0 })
        self.occupied = occupied
        self.rotations = rotations.map(\.rotation)
        images = elements.flatMap { $0.images.map(Int32.init) }
        let hasSigns = elements.contains { $0.isNegated?.contains(true) == true }
        isNegated = hasSigns ? elements.flatMap { $0.isNegated ?? Array(repeating: false, count: modes) } : []
        elementCount = elements.count
        takesModuli = false
        weights = rotations.flatMap { rotation in elements.map { $0.weight * Complex(rotation.weight) } }
    }

    public var count: Int { rotations.count * elementCount }
    var modeCount: Int { occupied.readings.count }
    /// n.
    var fermionCount: Int { occupied.count }
    /// M(M−1)/2.
    var pairCount: Int { modeCount * (modeCount - 1) / 2 }
    var hasSigns: Bool { !isNegated.isEmpty }
    var hasPhases: Bool { weights.contains { $0.imaginary != 0 } }

    /// Whether the sum is that of moduli, Σ |w_bg Pf|.
    let takesModuli: Bool

    /// The sum of the moduli of all terms, in which nothing cancels.
    var moduli: PairTerms { PairTerms(moduliOf: self) }

    private init(moduliOf terms: PairTerms) {
        takesModuli = true
        occupied = terms.occupied
        rotations = terms.rotations
        images = terms.images
        isNegated = terms.isNegated
        elementCount = terms.elementCount
        weights = terms.weights.map { Complex($0.length) }
    }
}

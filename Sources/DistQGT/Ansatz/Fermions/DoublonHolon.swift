import LinearAlgebra
import Numerics

/// Doublon-holon correlations (Yokoyama and Shiba, JPSJ 59, 3669 (1990), as mVMC has them): for each type t of
/// neighbours, log ψ gains holon[t, m] for every empty site that has m doubly occupied ones among its neighbours of that
/// type, and doublon[t, m] for every doubly occupied site that has m empty ones.
public struct DoublonHolon: Ansatz {
    public let sector: FermionSector
    /// By type and site the neighbours, as many for all sites and types.
    public let neighbours: [[[Int]]]
    public let dataType: DataType
    public let initialiser: Initialiser

    /// - Precondition: spinful fermions, at least one type, sites of the sector.
    public init(
        _ sector: FermionSector, neighbours: [[[Int]]], dataType: DataType = .float64,
        initialiser: Initialiser = Initialiser(.zeros)
    ) {
        precondition(sector.kind == .spinful)
        let count = neighbours.first?.first?.count ?? 0
        precondition(
            count > 0
                && neighbours.allSatisfy { type in
                    type.count == sector.siteCount
                        && type.allSatisfy { $0.count == count && $0.allSatisfy { 0..<sector.siteCount ~= $0 } }
                })
        self.sector = sector
        self.neighbours = neighbours
        self.dataType = dataType
        self.initialiser = initialiser
    }

    public var siteCount: Int { sector.featureCount }
    /// Neighbours of a site, of each type.
    private var coordination: Int { neighbours[0][0].count }

    public var leaves: [LeafDeclaration] {
        let shape = [neighbours.count, coordination + 1]
        return ["doublon", "holon"].map { .init($0, shape, isComplex: dataType.isComplex, initialiser) }
    }

    public func logPsi(_ tape: Recorder) -> Node {
        let counts = tape.features(DoublonHolonCounts(neighbours), of: tape.spins)
        let half = counts.features / 2
        let kernels = ["doublon", "holon"].map { tape.parameter($0, rows: half) }
        return tape.sum(
            tape.dense(tape.gather(counts, index: Array(0..<half), rows: 1), kernel: kernels[0]),
            tape.dense(tape.gather(counts, index: Array(half..<2 * half), rows: 1), kernel: kernels[1]))
    }

    public func amplitudeMethods(_ factor: RecordedFactor) -> AmplitudeMethods {
        func way<S: MatrixScalar>(_: S.Type) -> AmplitudeMethods {
            let count = neighbours.count * (coordination + 1)
            let tables = ["doublon", "holon"].map { leaf in
                ExpandedParameters<S>(factor, leaf: leaf, entries: (0..<count).map { ($0, false) })
            }
            let geometry = NeighbourLists(neighbours)
            return AmplitudeMethods(ratios: [
                WalkerRatios(
                    factor, bytesPerWalker: sector.siteCount,
                    // The codes of both sites' neighbours.
                    floor: RatioFloor(asked: .init(bytes: Double(2 * neighbours.count * coordination)))
                ) {
                    DoublonHolonWalker<S>(geometry, doublon: tables[0], holon: tables[1])
                }
            ])
        }
        return dataType.isComplex ? way(ComplexScalar.self) : way(Double.self)
    }
}

/// How many doubly occupied sites have m empty neighbours of each type, then how many empty sites have m doubly occupied
/// ones: 2 × types × (neighbours + 1) numbers.
private struct DoublonHolonCounts: ConfigurationFeatures {
    let lists: NeighbourLists

    init(_ neighbours: [[[Int]]]) { lists = NeighbourLists(neighbours) }

    var featureCount: Int { 2 * lists.types * (lists.coordination + 1) }

    func write<R: TapeScalar>(_ x: UnsafePointer<R>, into features: UnsafeMutablePointer<R>) {
        let (sites, half) = (lists.sites, featureCount / 2)
        for place in 0..<featureCount { features[place] = 0 }
        func occupation(_ site: Int) -> R { x[site] + x[sites + site] }
        for site in 0..<sites {
            let own = occupation(site)
            // 1 is neither.
            if own == 1 { continue }
            let offset = own == 2 ? 0 : half
            for type in 0..<lists.types {
                var count = 0
                lists.forEachNeighbour(of: site, type: type) { if occupation($0) == 2 - own { count += 1 } }
                features[offset + type * (lists.coordination + 1) + count] += 1
            }
        }
    }
}

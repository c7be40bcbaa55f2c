/// The symmetries of a lattice: translations along its periodic directions, and the rotations and reflections
/// about one point that map its sites and its periods onto themselves.
///
/// Symmetries that a finite lattice has beyond these (short periods have more) and glide operations are not
/// included. A graph has the identity alone.
public struct SpaceGroup: Sendable {
    public let lattice: Lattice
    /// Translations per direction: the extent of a periodic direction, 1 along an open one.
    public let translationExtent: [Int]
    /// The operations about `origin` that the lattice has, in the order of its kind, the identity first.
    public let pointOperations: [PointOperation]
    /// The images of the sites under each of them.
    private let pointPermutations: [[Int]]

    /// The groups that can be asked for by name.
    public enum Part: String, CaseIterable, Sendable {
        case translation
        case pointGroup = "point_group"
        case spaceGroup = "space_group"
    }

    public init(_ lattice: Lattice) {
        self.lattice = lattice
        translationExtent = zip(lattice.extent, lattice.periodic).map { $1 ? $0 : 1 }
        var best: [(operation: PointOperation, permutation: [Int])] = []
        for origin in LatticeImage.origins(lattice) {
            let image = LatticeImage(lattice, doubledOrigin: origin)
            let found = lattice.kind.pointOperations.compactMap { operation in
                image.permutation(operation).map { (operation, $0) }
            }
            if found.count > best.count { best = found }
            if best.count == lattice.kind.pointOperations.count { break }
        }
        pointOperations = best.map(\.operation)
        pointPermutations = best.map(\.permutation)
    }

    public var translationCount: Int { translationExtent.reduce(1, *) }

    /// The number of elements of a part.
    public func order(of part: Part) -> Int {
        switch part {
        case .translation: translationCount
        case .pointGroup: pointOperations.count
        case .spaceGroup: translationCount * pointOperations.count
        }
    }

    /// A part with its action on the sites: `order × siteCount` numbers.
    public func group(_ part: Part) -> SymmetryGroup {
        if let cluster = lattice.cluster { return group(part, of: cluster) }
        let extent = part == .pointGroup ? translationExtent.map { _ in 1 } : translationExtent
        let points = part == .translation ? 1 : pointOperations.count
        let permutations = (0..<extent.reduce(1, *)).flatMap { t -> [[Int]] in
            let translated = translation(Lattice.cellCoordinate(t, extent: extent))
            return pointPermutations[..<points].map { $0.map { translated[$0] } }
        }
        return SymmetryGroup(
            permutations: permutations,
            law: SemidirectProduct(translationExtent: extent, operations: Array(pointOperations[..<points])))
    }

    /// The same where translations are no product of those along the lattice vectors: g_a⁻¹ g_b = τ_{p_a⁻¹(t_b − t_a)} (p_a⁻¹ p_b).
    private func group(_ part: Part, of cluster: SpannedCluster) -> SymmetryGroup {
        let translations = part == .pointGroup ? [cluster.cells[0]] : cluster.cells
        let points = Array(pointOperations[..<(part == .translation ? 1 : pointOperations.count)])
        let permutations = translations.flatMap { cells -> [[Int]] in
            let translated = translation(cells)
            return pointPermutations[..<points.count].map { $0.map { translated[$0] } }
        }
        let numbers = Dictionary(uniqueKeysWithValues: points.enumerated().map { ($1, $0) })
        let inverses = points.map(\.inverse)
        let pointQuotients = inverses.map { inverse in points.map { numbers[inverse * $0] ?? 0 } }
        var quotients: [Int32] = []
        quotients.reserveCapacity(permutations.count * permutations.count)
        for left in translations {
            for (place, inverse) in inverses.enumerated() {
                for right in translations {
                    let translation = cluster.number(inverse.apply(zip(right, left).map { $0 - $1 }))
                    for quotient in pointQuotients[place] {
                        quotients.append(Int32(translation * points.count + quotient))
                    }
                }
            }
        }
        return SymmetryGroup(permutations: permutations, quotients: quotients)
    }

    /// The image of every site under a translation by whole cells along periodic directions.
    private func translation(_ cells: [Int]) -> [Int] {
        let basis = lattice.kind.sitesPerCell
        return (0..<lattice.siteCount).map { site in
            let cell = zip(lattice.siteCoordinates[site], cells).map { $0 + $1 }
            let number = lattice.cluster?.number(cell) ?? SemidirectProduct.number(cell, lattice.extent)
            return number * basis + lattice.basisIndices[site]
        }
    }

    /// Permutations that generate a part: one translation by a cell along each periodic direction, and the point
    /// operations.
    public func generators(of part: Part) -> [[Int]] {
        let moving = translationExtent.indices.filter { lattice.cluster != nil || translationExtent[$0] > 1 }
        let translations = moving.map { direction in
            translation(translationExtent.indices.map { $0 == direction ? 1 : 0 })
        }
        switch part {
        case .translation: return translations
        case .pointGroup: return pointPermutations
        case .spaceGroup: return translations + pointPermutations
        }
    }
}

/// Images of the sites of a lattice under operations about an origin, in exact integers: coordinates are in
/// units of a lattice vector over twice the subdivision of the unit cell.
private struct LatticeImage {
    private let lattice: Lattice
    private let unit: Int
    private let origin: [Int]
    private let positions: [[Int]]
    private let sites: [[Int]: Int]

    /// Points about which the operations may lie: along periodic directions the origin of the cells, along open
    /// ones the middle of the sites, or the origin.
    static func origins(_ lattice: Lattice) -> [[Int]] {
        guard let cell = lattice.kind.unitCell else { return [[0]] }
        return lattice.extent.indices.reduce([[]]) { origins, direction in
            let offsets = cell.basis.map { $0[direction] }
            let middle =
                (lattice.extent[direction] - 1) * cell.subdivision + (offsets.min() ?? 0) + (offsets.max() ?? 0)
            let choices = lattice.periodic[direction] ? [0] : [middle, 0]
            return origins.flatMap { origin in choices.map { origin + [$0] } }
        }
    }

    init(_ lattice: Lattice, doubledOrigin origin: [Int]) {
        self.lattice = lattice
        self.origin = origin
        let cell = lattice.kind.unitCell
        let subdivision = cell?.subdivision ?? 1
        unit = 2 * subdivision
        positions = (0..<lattice.siteCount).map { site in
            lattice.siteCoordinates[site].indices.map { direction in
                2
                    * (lattice.siteCoordinates[site][direction] * subdivision
                        + (cell?.basis[lattice.basisIndices[site]][direction] ?? 0))
            }
        }
        sites = Dictionary(uniqueKeysWithValues: positions.enumerated().map { ($1, $0) })
    }

    /// The image of every site; nil where the operation does not map the lattice onto itself.
    func permutation(_ operation: PointOperation) -> [Int]? {
        guard mapsPeriods(operation) else { return nil }
        var images: [Int] = []
        images.reserveCapacity(positions.count)
        for position in positions {
            let moved = operation.apply(zip(position, origin).map { $0 - $1 })
            let image = wrapped(zip(moved, origin).map { $0 + $1 })
            guard let site = sites[image] else { return nil }
            images.append(site)
        }
        return images
    }

    private func wrapped(_ position: [Int]) -> [Int] {
        guard let cluster = lattice.cluster else { return position.indices.map { wrapped(position[$0], $0) } }
        let inCell = position.map { (($0 % unit) + unit) % unit }
        let cell = cluster.cells[cluster.number(zip(position, inCell).map { ($0 - $1) / unit })]
        return zip(cell, inCell).map { $0 * unit + $1 }
    }

    private func wrapped(_ coordinate: Int, _ direction: Int) -> Int {
        guard lattice.periodic[direction] else { return coordinate }
        // A basis site may lie up to one cell beyond the last cell's origin, never beyond the period.
        let period = lattice.extent[direction] * unit
        return ((coordinate % period) + period) % period
    }

    /// Whether the image of every period is a sum of periods.
    private func mapsPeriods(_ operation: PointOperation) -> Bool {
        if let cluster = lattice.cluster {
            return cluster.vectors.allSatisfy { cluster.number(operation.apply($0)) == 0 }
        }
        return lattice.extent.indices.allSatisfy { period in
            guard lattice.periodic[period] else { return true }
            return lattice.extent.indices.allSatisfy { direction in
                let component = operation.matrix[direction][period] * lattice.extent[period]
                return lattice.periodic[direction] ? component % lattice.extent[direction] == 0 : component == 0
            }
        }
    }
}

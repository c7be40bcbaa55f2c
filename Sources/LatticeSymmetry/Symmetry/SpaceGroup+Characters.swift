import Numerics

/// A one-dimensional representation of a point group, by its name or its number in `PointGroupIrreps.irreps`.
public enum IrrepChoice: Sendable, Equatable {
    case name(String)
    case index(Int)
}

extension SpaceGroup {
    /// The point operations that leave a momentum in place, up to reciprocal lattice vectors, with their
    /// one-dimensional representations.
    ///
    /// - Parameter momentum: in units of 2π over the extent, one component per direction; of a cluster that vectors span, in
    ///   units of their reciprocal vectors.
    public func littleGroup(of momentum: [Int]) -> PointGroupIrreps {
        PointGroupIrreps(pointOperations.filter { keeps(momentum, $0) })
    }

    /// Whether k·(p t) and k·t differ by whole periods for every translation t.
    private func keeps(_ momentum: [Int], _ operation: PointOperation) -> Bool {
        if let cluster = lattice.cluster {
            return translationExtent.indices.allSatisfy { direction in
                let step = translationExtent.indices.map { $0 == direction ? 1 : 0 }
                return cluster.turns(zip(operation.apply(step), step).map { $0 - $1 }, momentum: momentum) == 0
            }
        }
        let period = translationExtent.reduce(1, *)
        return translationExtent.indices.allSatisfy { direction in
            let moved = translationExtent.indices.reduce(0) { sum, d in
                let change = operation.matrix[d][direction] - (d == direction ? 1 : 0)
                return sum + momentum[d] * change * (period / translationExtent[d])
            }
            // Along an open direction there is no translation.
            return !lattice.periodic[direction] || moved % period == 0
        }
    }

    /// The character χ(g_a) of each element of a part, for a momentum and a one-dimensional representation of what
    /// leaves the momentum in place: χ(t p) = exp(−2πi Σ_d k_d t_d/L_d)·χ_irrep(p), and 0 where p moves the momentum.
    /// Then Σ_a χ_a f(g_a⁻¹ s) projects on wave functions with ψ(g s) = χ(g) ψ(s) for these elements.
    ///
    /// - Parameters:
    ///   - momentum: k_d for each direction, in units of 2π over the extent; 0 along open directions. Of a cluster that vectors
    ///     span, k·(vector i) over 2π. Nil for 0.
    ///   - irrep: nil for the trivial one.
    /// - Throws: `SymmetryError` where the lattice does not have such a momentum or representation.
    public func characters(
        of part: Part, momentum: [Int]? = nil, irrep: IrrepChoice? = nil
    ) throws(SymmetryError) -> [Complex<Double>] {
        let directions = translationExtent.indices
        let k = momentum ?? directions.map { _ in 0 }
        guard k.count == directions.count else {
            throw .wrongNumberOfMomentumComponents(expected: directions.count, found: k.count)
        }
        if part == .pointGroup, k.contains(where: { $0 != 0 }) { throw .momentumWithoutTranslations }
        for direction in directions where !lattice.periodic[direction] && k[direction] != 0 {
            throw .momentumAlongOpenDirection(direction: direction, component: k[direction])
        }
        let reduced =
            lattice.cluster != nil ? k : directions.map { SemidirectProduct.number([k[$0]], [translationExtent[$0]]) }
        let little = part == .translation ? PointGroupIrreps([pointOperations[0]]) : littleGroup(of: reduced)
        let representation = try Self.irrep(irrep ?? .index(0), of: little)
        let points = (part == .translation ? [pointOperations[0]] : pointOperations).map { operation in
            little.operations.firstIndex(of: operation).map { representation.characters[$0] } ?? 0
        }
        let extent = part == .pointGroup ? directions.map { _ in 1 } : translationExtent
        let characters = (0..<extent.reduce(1, *)).flatMap { t -> [Complex<Double>] in
            let phase =
                lattice.cluster.map { Self.phase(turns: $0.turns($0.cells[t], momentum: reduced), of: $0.cellCount) }
                ?? Self.phase(of: Lattice.cellCoordinate(t, extent: extent), momentum: reduced, extent: extent)
            return points.map { Complex(Double($0)) * phase }
        }
        // Lattices of one or two cells have elements that move nothing.
        let group = group(part)
        for (element, permutation) in group.permutations.enumerated()
        where (characters[element] - 1).length > 1e-9 && permutation == group.permutations[0] {
            throw .emptySector(element: element)
        }
        return characters
    }

    private static func irrep(_ choice: IrrepChoice, of group: PointGroupIrreps) throws(SymmetryError)
        -> PointGroupIrreps.Irrep
    {
        switch choice {
        case .name(let name):
            guard let irrep = group.irreps.first(where: { $0.name == name }) else {
                throw .unknownIrrep(name: name, known: group.names)
            }
            return irrep
        case .index(let index):
            guard group.irreps.indices.contains(index) else {
                throw .irrepOutOfRange(index: index, known: group.names)
            }
            return group.irreps[index]
        }
    }

    /// exp(−2πi Σ_d k_d t_d/L_d), without rounding where it is 1, i, −1 or −i.
    private static func phase(of translation: [Int], momentum: [Int], extent: [Int]) -> Complex<Double> {
        let period = extent.reduce(1, *)
        let turns = extent.indices.reduce(0) {
            ($0 + momentum[$1] * translation[$1] % extent[$1] * (period / extent[$1])) % period
        }
        return phase(turns: turns, of: period)
    }

    /// exp(−2πi turns/period), turns from 0 on.
    private static func phase(turns: Int, of period: Int) -> Complex<Double> {
        if 4 * turns % period == 0 {
            return [Complex(1), Complex(0, -1), Complex(-1), Complex(0, 1)][4 * turns / period]
        }
        let angle = -2 * Double.pi * Double(turns) / Double(period)
        return Complex(.cos(angle), .sin(angle))
    }
}

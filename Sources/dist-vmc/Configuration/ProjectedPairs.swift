import DistQGT
import LatticeSymmetry
import Numerics

/// Products of pairs that are projected on quantum numbers.
extension AnsatzModel {
    // MARK: A sum over a group of the lattice

    /// The projection of a product of pairs that a block `symmetrised` asks for; nil where another ansatz is in it.
    static func symmetrisedPairs(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace, _ mean: MeanFieldModel?
    ) throws -> ProjectedPairProduct? {
        let base = try node.required("ansatz")
        let spin = try node.optional("spin")
        guard let sector = try projectedSector(base, in: space) else {
            if let spin { throw spin.error("needs an ansatz of type pair_product; accepted here: null") }
            return nil
        }
        for key in ["use_jastrow", "use_gutzwiller"] where try base.required(key).boolean() {
            // Of spins a sum over any images will do.
            if sector.kind == .spinsHalf, spin == nil { return nil }
            throw try base.required(key).error(
                "the factor stands beside the sum, in a list with this block; accepted here: false")
        }
        let pairing = try pairing(base, sector, on: lattice, mean)
        let parity = try node.optional("parity")
        if let parity {
            guard try parity.integer() != 0 else { throw parity.mismatch("1, -1 or null") }
            try requireEqualSpins(
                parity,
                isSatisfied: sector.kind != .spinless
                    && sector.numbers.map { $0.up == $0.down } ?? (sector.kind == .spinsHalf))
        }
        let projection = try spin.map { try spinProjection($0, node, pairing) }
        if pairing.variant == .antiparallel, projection == nil,
            !(sector.numbers.map { $0.up == $0.down } ?? false)
        {
            throw try base.required("variant").error("needs as many fermions with spin up as down; accepted: general")
        }
        let (group, characters) = try summedGroup(node, on: lattice)
        let factor = 1 / Double(group.order * (parity == nil ? 1 : 2))
        return ProjectedPairProduct(
            pairing,
            elements: zip(group.symmetries, characters).map { .init(preimages: $0, character: $1) },
            parity: try parity?.integer(), spin: projection, factor: factor,
            sector: sector.kind == .spinsHalf
                ? SymmetrySector(group, characters: characters, parity: try parity?.integer()) : nil)
    }

    /// The fermions of a block `pair_product`; nil for any other ansatz.
    ///
    /// - Throws: where an odd number of fermions is paired.
    private static func projectedSector(
        _ base: ConfigurationNode, in space: HilbertSpace
    ) throws -> FermionSector? {
        if case .map = base.content, try base.required("type").string() == "pair_product" {
            return try evenSector(base, space)
        }
        return nil
    }

    /// Refuses groups by name where the boundaries of a Hamiltonian are twisted.
    static func requireUntwisted(_ node: ConfigurationNode, _ hamiltonian: ConfigurationNode) throws {
        for block in node.constituents { try requireUntwisted(block, hamiltonian) }
        guard case .map = node.content, try node.required("type").string() == "symmetrised",
            let twist = try hamiltonian.optional("twist"),
            try twist.list().contains(where: { abs(try $0.real().remainder(dividingBy: 2 * .pi)) > 1e-12 })
        else { return }
        let group = try node.required("group")
        guard try group.string() != "none" else { return }
        throw group.error(
            "with hamiltonian.twist its elements carry phases, and have no names; accepted here: none, or a "
                + "projected_pair_product, with symmetry_signs for antiperiodic boundaries")
    }

    private static func evenSector(_ node: ConfigurationNode, _ space: HilbertSpace) throws -> FermionSector {
        let sector = try sector(node, space)
        guard sector.count > 0 else { throw node.error("there are no fermions") }
        guard sector.count % 2 == 0 else {
            throw node.error("pairs \(sector.count) fermions, an odd number; accepted: an even number")
        }
        return sector
    }

    private static func summedGroup(
        _ node: ConfigurationNode, on lattice: Lattice
    ) throws -> (SymmetryGroup, [Complex<Double>]) {
        let name = try node.required("group")
        let spaceGroup = SpaceGroup(lattice)
        guard try name.string() != "none" else {
            if let other = try node.optional("momentum") ?? node.optional("irrep") {
                throw other.error("needs a group; found none")
            }
            // The first element is the identity.
            let group = try lattices(.translation, spaceGroup, name)
            return (group, group.permutations.indices.map { $0 == 0 ? Complex(Double(group.order)) : 0 })
        }
        let part: SpaceGroup.Part = try node.named("group")
        let group = try lattices(part, spaceGroup, name)
        return (group, try characters(node, group, part, on: lattice))
    }

    // MARK: Total spin

    private static func spinProjection(
        _ spin: ConfigurationNode, _ node: ConfigurationNode, _ pairing: Pairing
    ) throws -> SpinProjection {
        let value = try spin.integer()
        try requireSpin(spin, value, pairing.sector)
        guard pairing.variant == .antiparallel else {
            throw spin.error("needs pairs of one up and one down; accepted with variant general: null")
        }
        return SpinProjection(spin: value, points: try node.required("spin_points").integer())
    }

    /// Refuses a spin that the fermions cannot have at S^z = 0.
    private static func requireSpin(_ node: ConfigurationNode, _ spin: Int, _ sector: FermionSector) throws {
        guard let numbers = sector.numbers, sector.kind != .spinless, numbers.up == numbers.down else {
            throw node.error("needs as many fermions with spin up as down; accepted here: null")
        }
        // Spins on doubly occupied sites cancel.
        let largest = min(sector.count, 2 * sector.siteCount - sector.count) / 2
        guard spin <= largest else {
            throw node.error("\(spin) is more than the fermions of this sector have; accepted: 0 to \(largest)")
        }
    }

    /// Fills in the number of rotations.
    static func resolveSpinPoints(_ node: inout ConfigurationNode, in space: HilbertSpace) throws {
        guard let spin = try node.optional("spin") else {
            if let points = try node.optional("spin_points") { throw points.error("no effect without spin") }
            return
        }
        guard node["spin_points"].map(\.isNull) ?? true, let sector = FermionSector(space) else { return }
        node.set(
            "spin_points", to: .integer(SpinProjection.exactPoints(spin: try spin.integer(), fermions: sector.count)))
    }

    /// What to say about rotations that are too few; nil where they are enough.
    static func spinPointsNotice(_ node: ConfigurationNode, in space: HilbertSpace) throws -> String? {
        for block in node.constituents { if let notice = try spinPointsNotice(block, in: space) { return notice } }
        guard case .map = node.content, let points = try node.optional("spin_points"),
            let spin = try node.optional("spin"),
            let sector = FermionSector(space)
        else { return nil }
        let exact = SpinProjection.exactPoints(spin: try spin.integer(), fermions: sector.count)
        guard try points.integer() < exact else { return nil }
        return points.error(
            "with \(try points.integer()) rotations the projection on spin \(try spin.integer()) is not exact; it is with "
                + "\(exact)"
        ).description
    }

    // MARK: Tables of a reference file

    /// The state of a block `projected_pair_product`.
    static func projectedPairs(
        _ node: ConfigurationNode, in space: HilbertSpace, on lattice: Lattice, _ mean: MeanFieldModel?
    ) throws -> any Ansatz {
        let sector = try evenSector(node, space)
        let variant: Pairing.Variant = try node.named("variant")
        if variant == .antiparallel, sector.kind == .spinless {
            throw try node.required("variant").error("needs fermions of both spins; accepted: general")
        }
        let elements = try elements(node, on: lattice)
        let spin = try givenRotations(node, sector)
        return try product(node, sector) { dataType in
            ProjectedPairProduct(
                try pairing(node, sector, on: lattice, mean, dataType: dataType), elements: elements, spin: spin)
        }
    }

    private static func elements(
        _ node: ConfigurationNode, on lattice: Lattice
    ) throws -> [ProjectedPairProduct.Element] {
        let given = try node.optional("symmetries")
        let symmetries = try given?.list().map { list in
            let preimages = try list.integers()
            guard preimages.sorted() == Array(0..<lattice.siteCount) else {
                throw list.error("is no permutation of the \(lattice.siteCount) sites")
            }
            return preimages
        }
        let all = symmetries ?? [Array(0..<lattice.siteCount)]
        if let claimed = try node.optional("n_symm"), try claimed.integer() != all.count {
            throw claimed.error("\(try claimed.integer()) does not fit symmetries, which has \(all.count) entries")
        }
        let negated = try node.optional("symmetry_signs").map { block in
            let signs = try block.list().map { try $0.integers() }
            guard signs.count == all.count, signs.allSatisfy({ $0.count == lattice.siteCount }) else {
                throw block.error("accepted: \(all.count) lists of \(lattice.siteCount) signs, one for each element")
            }
            guard !signs.joined().contains(0) else { throw block.error("has a 0; accepted: 1 and -1") }
            return signs.map { $0.map { $0 < 0 } }
        }
        func element(_ number: Int, _ character: Complex<Double>) -> ProjectedPairProduct.Element {
            .init(preimages: all[number], character: character, isNegated: negated?[number])
        }
        guard let block = try node.optional("characters") else { return all.indices.map { element($0, 1) } }
        let real = try block.required("real").list().map { try $0.real() }
        let imaginary = try block.optional("imag")?.list().map { try $0.real() } ?? real.map { _ in 0 }
        guard real.count == all.count, imaginary.count == all.count else {
            throw block.error(
                "has \(real.count) real and \(imaginary.count) imaginary parts; accepted: \(all.count), one per element"
            )
        }
        let characters = zip(real, imaginary).map { Complex($0, $1) }
        guard characters.contains(where: { $0 != 0 }) else { throw block.error("all entries are 0") }
        return characters.enumerated().map(element)
    }

    /// The rotations that are given, or those of a spin; nil for neither.
    private static func givenRotations(
        _ node: ConfigurationNode, _ sector: FermionSector
    ) throws -> SpinProjection? {
        let (angles, weights) = try (node.optional("beta"), node.optional("beta_weights"))
        guard (angles == nil) == (weights == nil) else {
            throw (angles ?? weights ?? node).error("beta and beta_weights are given together or not at all")
        }
        let (spin, points) = try (node.optional("spin"), node.optional("beta_points"))
        if let other = spin ?? angles, sector.kind == .spinless {
            throw other.error("spinless fermions have no spin; accepted here: null")
        }
        if let angles, let weights {
            let numbers = try (angles.list().map { try $0.real() }, weights.list().map { try $0.real() })
            guard numbers.0.count == numbers.1.count else {
                throw weights.error("has \(numbers.1.count) numbers for \(numbers.0.count) angles")
            }
            if let points, try points.integer() != numbers.0.count {
                throw points.error("\(try points.integer()) does not fit beta, which has \(numbers.0.count) entries")
            }
            guard numbers.1.contains(where: { $0 != 0 }) else { throw weights.error("all entries are 0") }
            return SpinProjection(angles: numbers.0, weights: numbers.1)
        }
        guard let spin else {
            if let points { throw points.error("no effect without spin") }
            return nil
        }
        let value = try spin.integer()
        try requireSpin(spin, value, sector)
        return SpinProjection(
            spin: value,
            points: try points?.integer() ?? SpinProjection.exactPoints(spin: value, fermions: sector.count))
    }
}

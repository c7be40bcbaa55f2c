import DistQGT
import Foundation
import LatticeSymmetry
import LinearAlgebra

/// Factors of fermions.
extension AnsatzModel {
    private static let fermionTypes = Set(Schema.fermionFactors.map(\.type))

    /// Whether a block, or one in it, has orbitals or pairs among its parameters.
    static func hasOrbitals(_ node: ConfigurationNode) throws -> Bool {
        let constituents = node.constituents
        guard constituents.isEmpty else { return try constituents.contains(where: hasOrbitals) }
        let type = try node.required("type").string()
        return fermionTypes.contains(type) && !withoutOrbitals.contains(type)
    }

    private static let withoutOrbitals = ["gutzwiller", "doublon_holon"]

    /// Refuses a network that cannot read the codes of a space.
    static func requireInputs(_ node: ConfigurationNode, _ space: HilbertSpace) throws {
        let type = try node.required("type").string()
        let autoregressive = ["arnn_dense", "arnn_conv1d", "arnn_conv2d"]
        if !space.isOfSpinsHalf, autoregressive.contains(type) {
            throw node.error("'\(type)' draws spins 1/2; accepted in this space: the other types")
        }
        guard !space.isOfSpinsHalf, let parity = try node.optional("parity"), parity.content != .integer(0) else {
            return
        }
        guard space.isOfElectrons else {
            throw parity.error(
                "a flip of all spins is one of spins 1/2 and of spinful fermions; accepted in this space: null")
        }
        if let (up, down) = space.electronNumbers, up != down {
            throw parity.error("a flip of all spins needs as many of them up as down; accepted here: null")
        }
    }

    static func sector(_ node: ConfigurationNode, _ space: HilbertSpace) throws -> FermionSector {
        guard let sector = FermionSector(space) else {
            throw node.error(
                "'\(try node.required("type").string())' needs a fixed number of fermions, or spins 1/2; accepted here: "
                    + "the block hilbert with type fermions and its numbers")
        }
        return sector
    }

    /// Fills in the derived defaults of a factor of fermions.
    static func resolveFermions(_ node: inout ConfigurationNode, in space: HilbertSpace) throws {
        let type = try node.required("type").string()
        guard fermionTypes.contains(type), !withoutOrbitals.contains(type) else { return }
        let sector = try sector(node, space)
        if node["orbitals_from"] == nil {
            let isFixed = sector.kind != .spinsHalf && sector.numbers != nil
            node.set("orbitals_from", to: .string(isFixed ? "hartree_fock" : "random", quoted: false))
        }
        guard node["variant"] == nil else { return }
        let variant: String
        switch type {
        case "slater", "slater_jastrow", "neural_jastrow_slater":
            variant = sector.kind == .spinless ? "spinless" : sector.numbers == nil ? "generalised" : "unrestricted"
        case "pair_product", "projected_pair_product":
            variant = PairProduct.accepts(.antiparallel, sector) ? "antiparallel" : "general"
        case "neural_backflow": variant = sector.kind == .spinless ? "spinless" : "generalised"
        default: return
        }
        node.set("variant", to: .string(variant, quoted: false))
    }

    /// The factor of a normalised block; nil where it is none of fermions.
    static func fermionAnsatz(
        _ node: ConfigurationNode, on lattice: Lattice, in space: HilbertSpace, _ mean: MeanFieldModel?
    ) throws -> (any Ansatz)? {
        let type = try node.required("type").string()
        if type == "jastrow" {
            if let jastrow = try densityJastrow(node, on: lattice, in: space) { return jastrow }
        }
        guard fermionTypes.contains(type) else { return nil }
        let sector = try sector(node, space)
        guard sector.count > 0 else { throw node.error("there are no fermions") }
        switch type {
        case "gutzwiller":
            guard sector.kind == .spinful else {
                throw node.error("a site of \(words(sector)) never has two fermions; accepted: spinful fermions")
            }
            return Gutzwiller(
                sector, dataType: try node.named("dtype"), initialiser: try initialiser(node, "kernel_init"),
                tying: try tying(node, "index", count: sector.siteCount))
        case "doublon_holon":
            guard sector.kind == .spinful else {
                throw node.error("a site of \(words(sector)) never has two fermions; accepted: spinful fermions")
            }
            return DoublonHolon(
                sector, neighbours: try neighbours(node, on: lattice), dataType: try node.named("dtype"),
                initialiser: try initialiser(node, "kernel_init"))
        case "slater": return try slater(node, sector, dataType: node.named("dtype"), mean, on: lattice)
        case "slater_jastrow":
            return try product(node, sector) { try slater(node, sector, dataType: $0, mean, on: lattice) }
        case "pair_product":
            return try product(node, sector) { dataType in
                let variantNode = try node.required("variant")
                let variant: PairProduct.Variant = try node.named("variant")
                guard PairProduct.accepts(variant, sector) else {
                    throw variantNode.error(
                        variant == .antiparallel
                            ? "needs as many fermions with spin up as down; accepted: general"
                            : "pairs \(sector.count) fermions, an odd number; accepted: an even number")
                }
                return PairProduct(try pairing(node, sector, on: lattice, mean, dataType: dataType))
            }
        case "projected_pair_product": return try projectedPairs(node, in: space, on: lattice, mean)
        case "neural_jastrow_slater":
            let options = try layerOptions(node)
            return FactorProduct([
                .init(
                    "",
                    MultilayerPerceptron(
                        siteCount: sector.featureCount,
                        hiddenDimensions: try node.required("hidden_dims").integers(),
                        useHiddenBias: try node.required("use_hidden_bias").boolean(),
                        useOutputBias: try node.required("use_output_bias").boolean(), options: options)),
                .init("", try slater(node, sector, dataType: options.dataType, mean, on: lattice)),
            ])
        case "neural_backflow":
            let variant = try node.required("variant")
            let expected = sector.kind == .spinless ? "spinless" : "generalised"
            guard try variant.string() == expected else { throw variant.error("accepted here: \(expected)") }
            return NeuralBackflow(
                sector, hiddenDimensions: try node.required("hidden_dims").integers(),
                useHiddenBias: try node.required("use_hidden_bias").boolean(),
                useOutputBias: try node.required("use_output_bias").boolean(), options: try layerOptions(node),
                orbitals: try initialiser(node, "orbital_init"), start: try start(node, sector, mean, on: lattice))
        case "backflow":
            return LocalBackflow(
                sector, window: try surroundings(node, on: lattice),
                features: try node.required("features").integer(), depth: try node.required("layers").integer(),
                keepsProducts: try node.required("ratios").string() == "kept",
                options: try layerOptions(node), orbitals: try initialiser(node, "orbital_init"),
                corrections: try initialiser(node, "corrections_init"),
                start: try start(node, sector, mean, on: lattice))
        default:
            return HiddenFermion(
                sector, hiddenCount: try node.required("n_hidden").integer(),
                hiddenDimensions: try node.required("hidden_dims").integers(),
                useHiddenBias: try node.required("use_hidden_bias").boolean(),
                useOutputBias: try node.required("use_output_bias").boolean(), options: try layerOptions(node),
                orbitals: try initialiser(node, "orbital_init"), start: try start(node, sector, mean, on: lattice))
        }
    }

    /// The cells within the radius of a block `backflow`, each once.
    private static func surroundings(_ node: ConfigurationNode, on lattice: Lattice) throws -> CellWindow {
        let radius = try node.required("radius")
        try radius.describing { try lattice.requireCells() }
        let reach = try 2 * radius.integer() + 1
        if let open = zip(lattice.extent, lattice.periodic).first(where: { !$1 && reach > $0 })?.0 {
            throw radius.error(
                "\(try radius.integer()) cells on each side do not fit into the \(open) of an open direction; accepted here: 0 to "
                    + "\((open - 1) / 2)")
        }
        let window = try radius.describing {
            try CellWindow(
                lattice, extent: zip(lattice.extent, lattice.periodic).map { $1 ? min(reach, $0) : reach })
        }
        guard window.size <= Schema.maximumWidth / window.cellCount else {
            throw radius.error(
                "windows of \(window.size) cells around \(window.cellCount) are too many; accepted: up to "
                    + "\(Schema.maximumWidth) in all")
        }
        let features = try node.required("features")
        try checkWidth(try features.integer() * window.sitesPerCell, window.cellCount, features)
        return window
    }

    /// The pairing of a block `pair_product` or `projected_pair_product`.
    ///
    /// - Parameter dataType: nil for that of the key `dtype`.
    static func pairing(
        _ node: ConfigurationNode, _ sector: FermionSector, on lattice: Lattice, _ mean: MeanFieldModel?,
        dataType: DataType? = nil
    ) throws -> Pairing {
        let variant: Pairing.Variant = try node.named("variant")
        let pairs = try startingPairs(node, sector, mean, on: lattice)
        return Pairing(
            sector, variant: variant, dataType: try dataType ?? pairType(node),
            initialiser: try initialiser(node, "orbital_init"),
            tying: try pairingTying(node, variant, sector, on: lattice),
            start: try pairs == nil ? start(node, sector, mean, on: lattice) : nil, pairs: pairs)
    }

    private static func pairType(_ node: ConfigurationNode) throws -> DataType {
        try node.required("dtype").string() == "mixed" ? .complex128 : node.named("dtype")
    }

    /// What orbitals start from; nil for random ones.
    ///
    /// - Parameters:
    ///   - mean: nil where nothing starts.
    ///   - isRestricted: whether both spins have the same orbitals, which no antiferromagnet has.
    private static func start(
        _ node: ConfigurationNode, _ sector: FermionSector, _ mean: MeanFieldModel?, on lattice: Lattice,
        isRestricted: Bool = false
    ) throws -> (@Sendable () -> StartingOrbitals?)? {
        let key = try node.required("orbitals_from")
        let source = try key.string()
        guard let mean, source != "random" else { return nil }
        guard let numbers = sector.numbers else {
            throw key.error("'\(source)' needs fixed numbers of each spin; accepted here: random")
        }
        let counts = sector.kind == .spinless ? [numbers.up] : [numbers.up, numbers.down]
        guard mean.spinCount == counts.count else { return nil }
        let partners = partners(on: lattice)
        let orbitals = Deferred {
            let solved =
                source == "free" || isRestricted
                ? try? HartreeFock.free(mean, counts: counts)
                : try? HartreeFock.solve(mean, counts: counts, from: .antiferromagnet)
            return solved.map {
                StartingOrbitals(
                    siteCount: mean.siteCount, orbitals: $0.orbitals, counts: counts, partners: partners)
            }
        }
        return { orbitals.value }
    }

    /// What to tell where free fermions leave a shell half filled that orbitals start from; nil where they do not.
    static func openShellNotice(
        _ node: ConfigurationNode, _ mean: MeanFieldModel?, in space: HilbertSpace
    ) throws -> String? {
        for block in node.constituents {
            if let notice = try openShellNotice(block, mean, in: space) { return notice }
        }
        guard case .map = node.content, let key = try node.optional("orbitals_from"), try key.string() == "free",
            let mean, let numbers = FermionSector(space)?.numbers
        else { return nil }
        let counts = mean.spinCount == 1 ? [numbers.up] : [numbers.up, numbers.down]
        guard let gaps = try? HartreeFock.free(mean, counts: counts).gaps,
            let spin = gaps.firstIndex(where: { $0 < HartreeFock.degenerate })
        else { return nil }
        let of = counts.count == 1 ? "" : spin == 0 ? " with spin up" : " with spin down"
        return key.error(
            "\(counts[spin]) free fermions\(of) leave a shell half filled; it is filled from levels that tiny fields split, and the "
                + "state has less symmetry than the hamiltonian"
        ).description
    }

    /// The step to the next site of a cell, from the last one to the next cell of the first direction.
    private static func partners(on lattice: Lattice) -> [Int] {
        guard lattice.kind != .graph else { return (0..<lattice.siteCount).map { ($0 + 1) % lattice.siteCount } }
        let (extent, basis) = (lattice.extent, lattice.basisIndices)
        if lattice.spanningVectors != nil {
            let sitesPerCell = lattice.kind.sitesPerCell
            return (0..<lattice.siteCount).map { site in
                var coordinate = lattice.siteCoordinates[site]
                let next = (basis[site] + 1) % sitesPerCell
                if next == 0 { coordinate[0] += 1 }
                return lattice.cell(at: coordinate).map { $0 * sitesPerCell + next } ?? site
            }
        }
        let places = Dictionary(
            uniqueKeysWithValues: (0..<lattice.siteCount).map { (lattice.siteCoordinates[$0] + [basis[$0]], $0) })
        let perCell = lattice.siteCount / extent.reduce(1, *)
        return (0..<lattice.siteCount).map { site in
            var next = lattice.siteCoordinates[site] + [(basis[site] + 1) % perCell]
            if next[extent.count] == 0 { next[0] = (next[0] + 1) % extent[0] }
            return places[next] ?? site
        }
    }

    private static func words(_ sector: FermionSector) -> String {
        switch sector.kind {
        case .spinless: "spinless fermions"
        case .spinful: "spinful fermions"
        case .spinsHalf: "spins 1/2"
        }
    }

    private static func slater(
        _ node: ConfigurationNode, _ sector: FermionSector, dataType: DataType, _ mean: MeanFieldModel?,
        on lattice: Lattice
    ) throws -> SlaterDeterminant {
        let variant: SlaterDeterminant.Variant = try node.named("variant")
        guard SlaterDeterminant.accepts(variant, sector) else {
            let fitting = SlaterDeterminant.Variant.allCases.filter { SlaterDeterminant.accepts($0, sector) }
            throw try node.required("variant").error(
                "does not fit the \(words(sector)) of this sector; accepted: "
                    + fitting.map(\.rawValue).joined(separator: ", "))
        }
        return SlaterDeterminant(
            sector, variant: variant, dataType: dataType, initialiser: try initialiser(node, "orbital_init"),
            start: try start(node, sector, mean, on: lattice, isRestricted: variant == .restricted))
    }

    /// A state of fermions with the factors that `use_jastrow` and `use_gutzwiller` ask for, all leaves at the root.
    static func product(
        _ node: ConfigurationNode, _ sector: FermionSector, _ state: (DataType) throws -> any Ansatz
    ) throws -> any Ansatz {
        let isMixed = try node.required("dtype").string() == "mixed"
        let dataType = try pairType(node)
        let ofFactors = isMixed ? dataType.real : dataType
        var factors: [FactorProduct.Factor] = []
        let gutzwiller = try node.required("use_gutzwiller")
        if try gutzwiller.boolean() {
            guard sector.kind == .spinful else {
                throw gutzwiller.error("a site of \(words(sector)) never has two fermions; accepted: false")
            }
            factors.append(.init("", Gutzwiller(sector, dataType: ofFactors)))
        }
        if try node.required("use_jastrow").boolean() {
            guard sector.siteCount > 1 else { throw node.error("a Jastrow factor needs at least two sites") }
            factors.append(.init("", DensityJastrow(sector, dataType: ofFactors, leafName: "jastrow")))
        }
        guard !factors.isEmpty else { return try state(dataType) }
        return FactorProduct(factors + [.init("", try state(dataType))])
    }
}

/// A value that is computed when it is first asked for, and once: leaves of one factor start from the same orbitals.
private final class Deferred<Value: Sendable>: @unchecked Sendable {
    private let lock = NSLock()
    private let compute: @Sendable () -> Value
    private var computed: Value?

    init(_ compute: @escaping @Sendable () -> Value) { self.compute = compute }

    var value: Value {
        lock.withLock {
            let value = computed ?? compute()
            computed = value
            return value
        }
    }
}

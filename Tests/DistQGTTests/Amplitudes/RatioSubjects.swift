import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// A wave function on a small space, with proposals of every kind.
struct RatioSubject: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let ansatz: any Ansatz
    let space: HilbertSpace
    let flips: [Int]

    /// Exchanges and hops of all pairs, and changes of some sites.
    var rule: ProposalRule {
        let sites = space.siteCount
        let pairs = (0..<sites).flatMap { i in (0..<i).map { SIMD2(Int32(i), Int32($0)) } }
        return .mixture(
            [WeightedRule(weight: 1, rule: .hop(pairs: pairs)), WeightedRule(weight: 1, rule: .exchange(pairs: pairs))]
                + flips.map { WeightedRule(weight: 1, rule: .local(flips: $0)) })
    }

    func state(seed: UInt64 = 5) -> NeuralQuantumState {
        NeuralQuantumState(ansatz, reading: Encoder(space.defaultEncoding, of: space), seed: seed)
    }

    /// A walker of a single factor; nil of anything else.
    static func walker(_ state: NeuralQuantumState) -> (any FactorWalker)? {
        (state.factor.ratioMethods.first as? WalkerRatios)?.makeWalker()
    }
}

/// ψ of every configuration of a space, as the tape evaluates it.
struct AmplitudeTable {
    let numbering: BasisNumbering
    /// Largest modulus 1; 0 for nodes and what rounding makes of them.
    let psi: [Complex<Double>]

    init(_ state: NeuralQuantumState, in space: HilbertSpace) throws {
        numbering = try BasisNumbering(space)
        let logPsi = state.amplitudes(blockRows: 8).logPsi(of: try numbering.everyConfiguration())
        let largest = stride(from: 0, to: logPsi.count, by: 2).reduce(-Double.infinity) { max($0, logPsi[$1]) }
        psi = (0..<numbering.dimension).map { index in
            let modulus = Double.exp(logPsi[2 * index] - largest)
            return modulus < 1e-12 ? .zero : Complex(length: modulus, phase: logPsi[2 * index + 1])
        }
    }

    func callAsFunction(_ configuration: [Int8]) throws -> Complex<Double> {
        psi[try numbering.index(of: configuration)]
    }

    /// How far a ratio is from ψ′/ψ, in units of the larger of ratio and 1 and of the precision that a small ψ has.
    func error(_ ratio: Complex<Double>, from own: [Int8], to other: [Int8]) throws -> Double {
        let (a, b) = (try self(own), try self(other))
        let difference = (ratio - b / a).length / max(1, (b / a).length) * min(1, 100 * a.length)
        return difference.isFinite ? difference : .infinity
    }
}

enum RatioSubjects {
    static let wide = Initialiser(.normal, scale: 0.4)

    private static func rbm(_ features: Int, _ type: DataType) -> any Ansatz {
        RestrictedBoltzmannMachine(
            siteCount: features, alpha: 1, options: LayerOptions(type, kernel: wide, bias: wide))
    }
    private static func mlp(_ features: Int, _ type: DataType) -> any Ansatz {
        MultilayerPerceptron(
            siteCount: features, hiddenDimensions: [5],
            options: LayerOptions(type, activation: .tanh, kernel: wide, bias: wide))
    }

    /// Ties entries as translations of sublattices do, some with the other sign, some 0.
    static func tying(rows: Int, columns: Int) -> ParameterTying {
        let places = (0..<rows * columns).map { ($0 / columns, $0 % columns) }
        let keys = places.map { ($1 - $0 + columns) % columns * 2 + $0 % 2 }
        let isZero = places.map { ($0 + 2 * $1) % 7 == 3 }
        return ParameterTying(
            count: 2 * columns, index: zip(keys, isZero).map { $1 ? -1 : $0 },
            isNegated: places.map { ($0 + $1) % 3 == 0 })
    }

    /// Packed antisymmetric entries: by difference of modes and parity.
    static func packedTying(modes: Int) -> ParameterTying {
        let pairs = (0..<modes).flatMap { i in (i + 1..<modes).map { (i, $0) } }
        return ParameterTying(
            count: 2 * modes, index: pairs.map { ($0 * 5 + $1) % 11 == 4 ? -1 : 2 * ($1 - $0) + $0 % 2 },
            isNegated: pairs.map { ($0 + $1) % 4 == 1 })
    }

    /// Every factor that a sector of fermions has.
    static func factors(_ sector: FermionSector, _ type: DataType) -> [(String, any Ansatz)] {
        let (n, modes) = (sector.siteCount, sector.modeCount)
        var all: [(String, any Ansatz)] = []
        for variant in SlaterDeterminant.Variant.allCases where SlaterDeterminant.accepts(variant, sector) {
            all.append(("slater \(variant)", SlaterDeterminant(sector, variant: variant, dataType: type)))
        }
        if PairProduct.accepts(.antiparallel, sector) {
            all.append(("antiparallel pairs", PairProduct(sector, variant: .antiparallel, dataType: type)))
            all.append(
                (
                    "tied antiparallel pairs",
                    PairProduct(sector, variant: .antiparallel, dataType: type, tying: tying(rows: n, columns: n))
                ))
        }
        if PairProduct.accepts(.general, sector) {
            all.append(("general pairs", PairProduct(sector, variant: .general, dataType: type)))
            all.append(
                (
                    "tied general pairs",
                    PairProduct(sector, variant: .general, dataType: type, tying: packedTying(modes: modes))
                ))
        }
        all += projected(sector, type) + backflow(sector, type)
        all.append(("densities", DensityJastrow(sector, dataType: type, initialiser: wide)))
        let pairs = (0..<n).flatMap { i in (0..<i).map { (i, $0) } }
        all.append(
            (
                "tied densities",
                DensityJastrow(
                    sector, dataType: type, initialiser: wide, tying: ParameterTying(pairs.map { $0 - $1 }),
                    reference: 0.7)
            ))
        all.append(
            (
                "densities with zeros",
                DensityJastrow(
                    sector, dataType: type, initialiser: wide,
                    tying: ParameterTying(count: 2, index: pairs.map { $0 - $1 > 2 ? -1 : $0 - $1 - 1 }))
            ))
        guard sector.kind == .spinful else { return all }
        all += [
            ("spins of electrons", DensityJastrow(sector, dataType: type, initialiser: wide, channel: .spin)),
            (
                "tied spins of electrons",
                DensityJastrow(
                    sector, dataType: type, initialiser: wide, channel: .spin,
                    tying: ParameterTying(pairs.map { $0 - $1 }))
            ),
            ("gutzwiller", Gutzwiller(sector, dataType: type, initialiser: wide)),
            (
                "gutzwiller of classes",
                Gutzwiller(
                    sector, dataType: type, initialiser: wide, tying: ParameterTying((0..<n).map { $0 % 2 }))
            ),
            (
                "gutzwiller with signs",
                Gutzwiller(
                    sector, dataType: type, initialiser: wide,
                    tying: ParameterTying(
                        count: 2, index: (0..<n).map { $0 % 3 - 1 }, isNegated: (0..<n).map { $0 % 2 == 1 }))
            ),
            (
                "gutzwiller of one site",
                Gutzwiller(
                    sector, dataType: type, initialiser: wide,
                    tying: ParameterTying(count: 1, index: (0..<n).map { $0 == 1 ? 0 : -1 }))
            ),
            (
                "doublons and holons",
                DoublonHolon(
                    sector,
                    neighbours: [
                        (0..<n).map { [($0 + 1) % n, ($0 + n - 1) % n] },
                        (0..<n).map { [($0 + 2) % n, ($0 + 2) % n] },
                    ], dataType: type, initialiser: wide)
            ),
        ]
        return all
    }

    /// Determinants whose rows depend on their surroundings: on a ring, of one layer and of several, on cells of two sites.
    private static func backflow(_ sector: FermionSector, _ type: DataType) -> [(String, any Ansatz)] {
        func ansatz(_ kind: Lattice.Kind, _ extent: [Int], _ window: [Int], features: Int, depth: Int) -> any Ansatz {
            guard let lattice = try? Lattice(kind, extent: extent),
                let window = try? CellWindow(lattice, extent: window)
            else { preconditionFailure("no window of \(window) on \(extent) cells") }
            return LocalBackflow(
                sector, window: window, features: features, depth: depth,
                options: LayerOptions(type, kernel: wide, bias: wide), corrections: wide)
        }
        let n = sector.siteCount
        var all = [
            ("backflow", ansatz(.chain, [n], [3], features: 2, depth: 1)),
            ("backflow of two layers", ansatz(.chain, [n], [2], features: 3, depth: 2)),
        ]
        if n % 2 == 0 {
            all.append(("backflow of cells", ansatz(.honeycomb, [n / 2, 1], [2, 1], features: 1, depth: 2)))
        }
        return all
    }

    /// Products of pairs projected on momenta, parity and total spin.
    private static func projected(_ sector: FermionSector, _ type: DataType) -> [(String, any Ansatz)] {
        guard sector.count % 2 == 0 else { return [] }
        let n = sector.siteCount
        func ring(_ momentum: Int) -> [ProjectedPairProduct.Element] {
            (0..<n).map { shift in
                let character = Complex(length: 1, phase: 2 * .pi * Double(momentum * shift) / Double(n))
                return .init(
                    preimages: (0..<n).map { ($0 + n - shift) % n },
                    character: momentum == 0 ? 1 : 2 * momentum == n ? (shift % 2 == 0 ? 1 : -1) : character)
            }
        }
        let general = Pairing(sector, variant: .general, dataType: type)
        var all: [(String, any Ansatz)] = [
            ("projected general pairs", ProjectedPairProduct(general, elements: ring(1))),
            (
                "projected tied pairs",
                ProjectedPairProduct(
                    Pairing(
                        sector, variant: .general, dataType: type, tying: packedTying(modes: sector.modeCount)),
                    elements: ring(0).prefix(2).map {
                        .init(
                            preimages: $0.preimages, character: $0.character,
                            isNegated: $0.preimages[0] == 0 ? nil : (0..<n).map { $0 % 3 == 1 })
                    }, factor: 0.1)
            ),
        ]
        guard sector.kind != .spinless else { return all }
        all.append(
            (
                "rotated general pairs",
                ProjectedPairProduct(
                    general, elements: Array(ring(0).prefix(2)),
                    spin: SpinProjection(angles: [0.3, 1.7], weights: [1, 0.6]))
            ))
        guard let numbers = sector.numbers, numbers.up == numbers.down else { return all }
        let pairing = Pairing(sector, variant: .antiparallel, dataType: type)
        all += [
            (
                "pairs of total spin 0",
                ProjectedPairProduct(pairing, elements: ring(0), spin: SpinProjection(spin: 0, points: 3))
            ),
            (
                "pairs of total spin 1",
                ProjectedPairProduct(
                    pairing, elements: ring(1).map { .init(preimages: $0.preimages, character: $0.character) },
                    parity: n / 2 % 2 == 0 || sector.kind == .spinful ? -1 : 1, spin: SpinProjection(spin: 1, points: 3)
                )
            ),
        ]
        return all
    }

    static func spaces() throws -> [(String, HilbertSpace, [Int])] {
        [
            ("electrons 2+2", try .fermions(siteCount: 4, up: 2, down: 2), [2, 3]),
            ("electrons 3+1", try .fermions(siteCount: 4, up: 3, down: 1), [2, 3]),
            ("electrons 2+0", try .fermions(siteCount: 4, up: 2, down: 0), [2]),
            (
                "single electrons",
                try .fermions(siteCount: 5, up: 2, down: 2, excludingDoubleOccupancy: true), [2, 3, 4]
            ),
            ("modes 3", try .spinlessFermions(siteCount: 6, count: 3), [2, 4]),
            ("modes 4", try .spinlessFermions(siteCount: 7, count: 4), [2, 6]),
            ("spins", try HilbertSpace(siteCount: 6, magnetisation: 0), [2, 4, 6]),
            ("magnetised spins", try HilbertSpace(siteCount: 6, magnetisation: 2), [2, 4]),
            ("free spins", try HilbertSpace(siteCount: 6), [1, 2, 3, 5]),
        ]
    }

    /// Factors alone.
    static let single: [RatioSubject] = make { sector, type in factors(sector, type) }

    /// Three factors, a network among them; real determinants with a complex network, too.
    static let products: [RatioSubject] = make { sector, type in
        let all = factors(sector, type)
        func isOfFermions(_ ansatz: any Ansatz) -> Bool {
            ansatz is SlaterDeterminant || ansatz is PairProduct || ansatz is ProjectedPairProduct
                || ansatz is LocalBackflow
        }
        func isOfSpins(_ ansatz: any Ansatz) -> Bool { (ansatz as? DensityJastrow)?.channel == .spin }
        let antisymmetric = all.filter { isOfFermions($0.1) }
        let others = all.filter { !isOfFermions($0.1) && !isOfSpins($0.1) }
        let features = sector.featureCount
        let networks: [(String, any Ansatz)] = [
            ("mlp", mlp(features, type)), ("rbm", rbm(features, type)), ("complex rbm", rbm(features, .complex128)),
        ]
        // Networks on the lattice, and Jastrow factors of spins, beside one determinant or Pfaffian each.
        let beside = all.filter { isOfSpins($0.1) } + symmetricNetworks(sector, type)
        let onLattice = beside.enumerated().map { number, factor -> (String, any Ansatz) in
            let first = antisymmetric[number % antisymmetric.count]
            return (
                "\(first.0) × \(factor.0)", FactorProduct([.init("a", first.1), .init("b", factor.1)])
            )
        }
        return onLattice
            + antisymmetric.enumerated().map { number, first in
                let (second, third) = (others[number % others.count], networks[number % 3])
                return (
                    "\(first.0) × \(second.0) × \(third.0)",
                    FactorProduct([.init("a", first.1), .init("b", second.1), .init("c", third.1)])
                )
            }
    }

    /// Networks on a ring that read one number of each site, or the occupations of both spins.
    static func symmetricNetworks(_ sector: FermionSector, _ type: DataType) -> [(String, any Ansatz)] {
        let numbersPerSite = sector.kind == .spinful ? 2 : 1
        guard let ring = try? Lattice(.chain, extent: [sector.siteCount]),
            let window = try? CellWindow(ring, extent: [3]), let patches = try? CellPatches(ring, patch: [1])
        else { return [] }
        let options = LayerOptions(type, activation: .tanh, kernel: wide, bias: wide)
        // Sums over many elements.
        let narrow = Initialiser(.normal, scale: 0.1)
        let group = SpaceGroup(ring).group(.spaceGroup)
        return [
            (
                "gcnn",
                GroupConvolutionalNetwork(
                    group: group, features: [2, 2], characters: [Complex](repeating: 1, count: group.order),
                    numbersPerSite: numbersPerSite, options: LayerOptions(type, kernel: narrow, bias: narrow))
            ),
            (
                "rbm_symm",
                SymmetricRBM(
                    group: group, features: 2, numbersPerSite: numbersPerSite,
                    options: LayerOptions(type, kernel: narrow, bias: narrow))
            ),
            (
                "cnn",
                ConvolutionalNetwork(
                    window: window, channels: [3], numbersPerSite: numbersPerSite, options: options)
            ),
            (
                "resnet",
                ResidualNetwork(
                    window: window, channels: 2, blocks: 1, numbersPerSite: numbersPerSite, options: options)
            ),
            (
                "transformer",
                VisionTransformer(
                    patches: patches, layers: 1, width: 2, heads: 1, numbersPerSite: numbersPerSite,
                    layerNorm: false, options: options)
            ),
        ]
    }

    /// Factors of sites without fermions.
    static let codes: [RatioSubject] = {
        let spaces: [(String, HilbertSpace?, [Int])] = [
            ("bosons", try? .bosons(siteCount: 4, maximum: 3, total: 5), [2, 3]),
            ("free bosons", try? .bosons(siteCount: 4, maximum: 2, total: nil), [1, 2]),
            ("spins 1", try? .spins(siteCount: 5, doubled: 2, magnetisation: 0), [2, 3]),
            ("spins 3/2", try? .spins(siteCount: 3, doubled: 3, magnetisation: nil), [1, 3]),
        ]
        return spaces.flatMap { name, space, flips in
            [DataType.float64, .complex128].flatMap { type -> [RatioSubject] in
                guard let space else { return [] }
                let sites = space.siteCount
                let jastrow = Jastrow(siteCount: sites, options: LayerOptions(type, kernel: wide))
                let product = FactorProduct([
                    .init("a", jastrow), .init("b", mlp(sites, type)), .init("c", rbm(sites, .complex128)),
                ])
                return [("jastrow", jastrow as any Ansatz), ("product", product)].map {
                    RatioSubject(
                        testDescription: "\($0.0) of \(name), \(type.rawValue)", ansatz: $0.1, space: space,
                        flips: flips)
                }
            }
        }
    }()

    private static func make(
        _ ansatze: (FermionSector, DataType) -> [(String, any Ansatz)]
    ) -> [RatioSubject] {
        guard let spaces = try? spaces() else { return [] }
        return spaces.flatMap { name, space, flips in
            [DataType.float64, .complex128].flatMap { type -> [RatioSubject] in
                guard let sector = FermionSector(space) else { return [] }
                return ansatze(sector, type).map {
                    RatioSubject(
                        testDescription: "\($0.0) of \(name), \(type.rawValue)", ansatz: $0.1, space: space,
                        flips: flips)
                }
            }
        }
    }
}

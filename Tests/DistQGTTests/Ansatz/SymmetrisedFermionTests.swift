import DistQGT
import DistQGTTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Sums over a group of any wave function of fermions: whole vectors against operators T_g applied to the vector of the
/// wave function below the sum, and their quantum numbers.
@Suite struct SymmetrisedFermionTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        var kind = Lattice.Kind.chain
        var extent = [5]
        /// Nil for spinless fermions.
        var electrons: (up: Int, down: Int)? = (2, 2)
        var spinless = 3
        var base = Base.product
        var part = SpaceGroup.Part.translation
        var momentum: [Int]?
        var irrep: IrrepChoice?
        var parity: Int?
        var excludingDoubleOccupancy = false

        var testDescription: String {
            "\(kind) \(extent) \(electrons.map { "\($0)" } ?? "spinless") \(base) \(part.rawValue) \(momentum ?? []) "
                + "\(parity ?? 0)"
        }
        var siteCount: Int { extent.reduce(1, *) }

        func space() throws -> HilbertSpace {
            guard let electrons else { return try .spinlessFermions(siteCount: siteCount, count: spinless) }
            return try .fermions(
                siteCount: siteCount, up: electrons.up, down: electrons.down,
                excludingDoubleOccupancy: excludingDoubleOccupancy)
        }
    }

    enum Base: Sendable {
        /// Orbitals times a network.
        case product
        /// A network alone: symmetric to no exchange.
        case network
        case pairs

        func ansatz(_ sector: FermionSector, _ type: DataType) -> any Ansatz {
            let wide = Initialiser(.normal, scale: 0.4)
            let network = MultilayerPerceptron(
                siteCount: sector.featureCount, hiddenDimensions: [4],
                options: LayerOptions(type, kernel: wide, bias: wide))
            return switch self {
            case .network: network
            case .pairs: PairProduct(sector, variant: .antiparallel, dataType: type)
            case .product:
                FactorProduct([
                    .init(
                        "0_slater",
                        SlaterDeterminant(
                            sector, variant: sector.kind == .spinless ? .spinless : .unrestricted,
                            dataType: type)),
                    .init("1_mlp", network),
                ])
            }
        }
    }

    static let subjects = [
        Subject(), Subject(momentum: [2]), Subject(base: .network, momentum: [1]), Subject(base: .pairs, momentum: [1]),
        Subject(part: .spaceGroup), Subject(electrons: (3, 2), part: .pointGroup, irrep: .index(1)),
        Subject(part: .spaceGroup, parity: 1), Subject(electrons: (3, 3), momentum: [3], parity: -1),
        Subject(base: .pairs, parity: 1), Subject(part: .spaceGroup, excludingDoubleOccupancy: true),
        Subject(kind: .square, extent: [2, 3], electrons: (3, 3), part: .spaceGroup, momentum: [1, 0], parity: 1),
        Subject(electrons: nil, momentum: [1]), Subject(extent: [6], electrons: nil, spinless: 4, part: .spaceGroup),
        Subject(extent: [6], electrons: nil, spinless: 2, base: .network, momentum: [5]),
    ]

    /// By bits of occupied modes.
    private typealias Vector = [Int: C]

    /// Moves fermions from mode m to `images[m]`, with the sign of their order.
    private static func moved(_ x: Vector, _ images: [Int]) -> Vector {
        var y: Vector = [:]
        for (state, value) in x {
            let list = images.indices.filter { state >> $0 & 1 == 1 }.map { images[$0] }
            var odd = 0
            for a in list.indices { for b in 0..<a where list[b] > list[a] { odd += 1 } }
            y[list.reduce(0) { $0 | 1 << $1 }] = odd % 2 == 0 ? value : -value
        }
        return y
    }

    private static func vector(_ state: NeuralQuantumState, _ space: HilbertSpace) throws -> Vector {
        let basis = try BasisNumbering(space).everyConfiguration()
        let logPsi = state.amplitudes(blockRows: 8).logPsi(of: basis)
        var vector: Vector = [:]
        for row in 0..<basis.count {
            let codes = Array(basis[row: row])
            let bits = codes.indices.reduce(0) { bits, site in
                space.isOfElectrons
                    ? bits | Int(codes[site] & 1) << site | Int(codes[site] >> 1) << (codes.count + site)
                    : bits | Int(codes[site]) << site
            }
            vector[bits] = logPsi[2 * row] == -.infinity ? .zero : C.exp(C(logPsi[2 * row], logPsi[2 * row + 1]))
        }
        return vector
    }

    private static func distance(_ x: Vector, _ y: Vector) -> Double {
        Set(x.keys).union(y.keys).reduce(0) { max($0, ((x[$1] ?? .zero) - (y[$1] ?? .zero)).length) }
    }

    @Test(arguments: subjects, [DataType.float64, .complex128])
    func vectorsAreSumsOverOperators(_ subject: Subject, _ type: DataType) throws {
        let space = try subject.space()
        let sector = try #require(FermionSector(space))
        let spaceGroup = SpaceGroup(try Lattice(subject.kind, extent: subject.extent))
        let group = spaceGroup.group(subject.part)
        let characters = try spaceGroup.characters(of: subject.part, momentum: subject.momentum, irrep: subject.irrep)
        let encoder = Encoder(space.defaultEncoding, of: space)
        let base = NeuralQuantumState(subject.base.ansatz(sector, type), reading: encoder, seed: 5)
        let sum = NeuralQuantumState(
            Symmetrised(
                subject.base.ansatz(sector, type), group: group, characters: characters, parity: subject.parity,
                fermions: sector.kind), reading: encoder, seed: 5)
        #expect(sum.parameters.values == base.parameters.values)

        let n = subject.siteCount
        func moves(_ permutation: [Int], isFlipped: Bool) -> [Int] {
            guard sector.kind == .spinful else { return permutation }
            let down = permutation.map { $0 + n }
            return isFlipped ? down + permutation : permutation + down
        }
        let (below, found) = (try Self.vector(base, space), try Self.vector(sum, space))
        var exact: Vector = [:]
        let parities = subject.parity.map { [1, $0] } ?? [1]
        for (place, parity) in parities.enumerated() {
            for (permutation, character) in zip(group.permutations, characters) {
                for (state, value) in Self.moved(below, moves(permutation, isFlipped: place == 1)) {
                    let weight = character * C(Double(parity) / Double(group.order * parities.count))
                    exact[state, default: .zero] += weight * value
                }
            }
        }
        let scale = exact.values.reduce(0) { max($0, $1.length) }
        #expect(scale > 1e-3)
        #expect(Self.distance(found, exact) < 1e-12 * max(1, scale))
        for (permutation, character) in zip(group.permutations, characters) {
            let image = Self.moved(found, moves(permutation, isFlipped: false))
            #expect(Self.distance(image, found.mapValues { character.conjugate * $0 }) < 1e-12 * max(1, scale))
        }
        if let parity = subject.parity {
            let image = Self.moved(found, moves(Array(0..<n), isFlipped: true))
            #expect(Self.distance(image, found.mapValues { C(Double(parity)) * $0 }) < 1e-12 * max(1, scale))
        }
    }

    /// J of the sum is that of finite differences, and J and Jᵀ are transposes.
    @Test(arguments: [DataType.float64, .complex128]) func sumsAreLinearised(_ type: DataType) throws {
        let space = try HilbertSpace.fermions(siteCount: 4, up: 2, down: 2)
        let sector = try #require(FermionSector(space))
        let spaceGroup = SpaceGroup(try Lattice(.chain, extent: [4]))
        let group = spaceGroup.group(.spaceGroup)
        let characters = try spaceGroup.characters(of: .spaceGroup, momentum: nil, irrep: nil)
        let state = NeuralQuantumState(
            Symmetrised(
                Base.product.ansatz(sector, type), group: group, characters: characters, parity: 1, fermions: .spinful),
            reading: Encoder(space.defaultEncoding, of: space), seed: 6)
        let basis = try BasisNumbering(space).everyConfiguration()
        let logPsi = state.amplitudes(blockRows: 8).logPsi(of: basis)
        let kept = (0..<basis.count).filter { logPsi[2 * $0] > -3 }
        #expect(kept.count > 5)
        let samples = Configurations(siteCount: 4, spins: kept.flatMap { Array(basis[row: $0]) })
        let shape = try SampleSpace(communicator: .alone(), localCount: kept.count, isComplex: state.isComplex)
        let jacobian = state.linearise(samples, in: shape)
        var generator = SplitMix64(seed: 7)
        let direction = ParameterVector(state.trainedLayout)
        for index in 0..<direction.count { direction[index] = generator.normalDeviate() }
        let image = SampleVector(shape)
        jacobian.apply(direction, into: image)
        let step = 1e-5
        func shifted(_ factor: Double) -> [Double] {
            for index in 0..<direction.count { state.parameters[index] += factor * direction[index] }
            state.parametersChanged()
            let logPsi = state.amplitudes(blockRows: 8).logPsi(of: samples)
            for index in 0..<direction.count { state.parameters[index] -= factor * direction[index] }
            state.parametersChanged()
            return logPsi
        }
        let (above, below) = (shifted(step), shifted(-step))
        let components = shape.components
        for sample in kept.indices {
            for component in 0..<components {
                var difference = above[2 * sample + component] - below[2 * sample + component]
                if component == 1 { difference = difference.remainder(dividingBy: 2 * .pi) }
                #expect(abs(difference / (2 * step) - image[sample * components + component]) < 1e-6)
            }
        }
    }
}

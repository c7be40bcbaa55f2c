import DistQGT
import DistQGTTestSupport
import KernelTestSupport
import LatticeSymmetry
import LinearAlgebra
import Numerics
import Testing

/// Projected products of pairs: whole vectors against sums over matchings to which projectors are applied in second
/// quantisation, and their quantum numbers.
@Suite struct ProjectedPairTests {
    struct Subject: Sendable, CustomTestStringConvertible {
        var kind = Lattice.Kind.chain
        var extent = [6]
        /// Of electrons; nil for spins 1/2, an empty list for spinless fermions.
        var electrons: [Int]? = [2, 2]
        var excludingDoubleOccupancy = false
        var variant = Pairing.Variant.antiparallel
        var spin: Int?
        var part: SpaceGroup.Part? = .translation
        var momentum: [Int]?
        var irrep: IrrepChoice?
        var parity: Int?

        var testDescription: String {
            "\(kind) \(extent) \(electrons.map { "\($0)" } ?? "spins") \(variant) S=\(spin ?? -1) "
                + "\(part?.rawValue ?? "") \(momentum ?? []) \(parity ?? 0)"
        }
        var siteCount: Int { extent.reduce(1, *) }

        func space() throws -> HilbertSpace {
            guard let electrons else { return try HilbertSpace(siteCount: siteCount, magnetisation: 0) }
            guard electrons.count == 2 else { return try .spinlessFermions(siteCount: siteCount, count: 4) }
            return try .fermions(
                siteCount: siteCount, up: electrons[0], down: electrons[1],
                excludingDoubleOccupancy: excludingDoubleOccupancy)
        }
    }

    static let subjects = [
        Subject(spin: 0), Subject(spin: 1, momentum: [1]), Subject(spin: 2, momentum: [3]),
        Subject(spin: 0, part: .spaceGroup, parity: 1), Subject(spin: 1, part: nil),
        Subject(electrons: [3, 3], spin: 0, part: .spaceGroup), Subject(electrons: [3, 3], spin: 1, momentum: [2]),
        Subject(kind: .square, extent: [2, 3], electrons: [2, 2], spin: 1, part: .spaceGroup, momentum: [1, 0]),
        Subject(variant: .general, momentum: [1]), Subject(electrons: [3, 1], variant: .general, part: .spaceGroup),
        Subject(excludingDoubleOccupancy: true, spin: 0, momentum: [0]),
        Subject(electrons: [], variant: .general, momentum: [2]),
        Subject(electrons: [], variant: .general, part: .spaceGroup, momentum: [3], irrep: .index(1)),
        Subject(electrons: nil, spin: 0, momentum: [0], parity: -1), Subject(electrons: nil, spin: 1, momentum: [1]),
        Subject(electrons: nil, spin: 2, part: .spaceGroup, momentum: [3]),
        Subject(electrons: nil, variant: .general, momentum: [5]),
        Subject(extent: [8], electrons: nil, spin: 1, part: .spaceGroup, momentum: [4]),
        Subject(extent: [8], electrons: nil, spin: 0, part: .spaceGroup, parity: 1),
        Subject(extent: [8], electrons: nil, spin: 2, momentum: [3]),
    ]

    /// By basis state: bits of occupied modes, or of up spins.
    private typealias Vector = [Int: C]

    private struct Operators {
        let sites: Int
        let isOfSpins: Bool

        /// c†_a c_b.
        private func hop(_ state: Int, to a: Int, from b: Int) -> (state: Int, sign: Double)? {
            guard state >> b & 1 == 1 else { return nil }
            var sign = (state & (1 << b - 1)).nonzeroBitCount % 2 == 0 ? 1.0 : -1
            let left = state & ~(1 << b)
            guard left >> a & 1 == 0 else { return nil }
            if (left & (1 << a - 1)).nonzeroBitCount % 2 == 1 { sign = -sign }
            return (left | 1 << a, sign)
        }

        private func ladder(_ x: Vector, raises: Bool) -> Vector {
            var y: Vector = [:]
            for (state, value) in x {
                for site in 0..<sites {
                    let (a, b) = raises ? (site, sites + site) : (sites + site, site)
                    guard let image = hop(state, to: a, from: b) else { continue }
                    y[image.state, default: .zero] += value * C(image.sign)
                }
            }
            return y
        }

        /// S² at S^z = 0.
        func spinSquared(_ x: Vector) -> Vector {
            guard isOfSpins else { return ladder(ladder(x, raises: true), raises: false) }
            // S_i·S_j = P_ij/2 − 1/4.
            var y: Vector = [:]
            for (state, value) in x {
                for i in 0..<sites {
                    y[state, default: .zero] += value * C(0.75)
                    for j in 0..<i {
                        let differ = (state >> i ^ state >> j) & 1
                        y[state ^ (differ << i | differ << j), default: .zero] += value
                        y[state, default: .zero] -= value * C(0.5)
                    }
                }
            }
            return y
        }

        /// Moves what is at mode m (of spins: at site m) to `images[m]`, in the order of what is there.
        func moved(_ x: Vector, _ images: [Int]) -> Vector {
            var y: Vector = [:]
            for (state, value) in x {
                let list = images.indices.filter { state >> $0 & 1 == 1 }.map { images[$0] }
                var odd = 0
                for a in list.indices { for b in 0..<a where list[b] > list[a] { odd += 1 } }
                y[list.reduce(0) { $0 | 1 << $1 }, default: .zero] += isOfSpins || odd % 2 == 0 ? value : -value
            }
            return y
        }

        func flipped(_ x: Vector, spinless: Bool = false) -> Vector {
            isOfSpins
                ? Vector(uniqueKeysWithValues: x.map { ((1 << sites - 1) ^ $0.key, $0.value) })
                : moved(x, (0..<2 * sites).map { ($0 + sites) % (2 * sites) })
        }
    }

    private static func sum(_ terms: [(C, Vector)]) -> Vector {
        terms.reduce(into: [:]) { sum, term in
            for (state, value) in term.1 { sum[state, default: .zero] += term.0 * value }
        }
    }

    private static func distance(_ x: Vector, _ y: Vector) -> Double {
        Set(x.keys).union(y.keys).reduce(0) { max($0, ((x[$1] ?? .zero) - (y[$1] ?? .zero)).length) }
    }

    /// The bits of a configuration.
    private static func state(_ codes: [Int8], _ sector: FermionSector) -> Int {
        codes.indices.reduce(0) { bits, site in
            switch sector.kind {
            case .spinsHalf: bits | (codes[site] > 0 ? 1 << site : 0)
            case .spinless: bits | Int(codes[site]) << site
            case .spinful: bits | Int(codes[site] & 1) << site | Int(codes[site] >> 1) << (sector.siteCount + site)
            }
        }
    }

    /// ⟨n|F⟩ in the basis of the space, by matchings.
    private static func pairs(_ state: Int, _ f: (Int, Int) -> C, _ sector: FermionSector) -> C {
        let n = sector.siteCount
        guard sector.kind == .spinsHalf else {
            let modes = (0..<sector.modeCount).filter { state >> $0 & 1 == 1 }
            return expandedPfaffian(modes.map { i in modes.map { f(i, $0) } })
        }
        // A fermion on each site, in the order of sites.
        let modes = (0..<n).map { state >> $0 & 1 == 1 ? $0 : n + $0 }
        return expandedPfaffian(modes.map { i in modes.map { f(i, $0) } })
    }

    private static func entry(_ state: NeuralQuantumState, _ variant: Pairing.Variant, _ sector: FermionSector)
        -> (Int, Int) -> C
    {
        let isComplex = state.layout.leaves[0].isComplex
        func number(_ place: Int) -> C {
            isComplex ? C(state.parameters[2 * place], state.parameters[2 * place + 1]) : C(state.parameters[place])
        }
        let (n, modes) = (sector.siteCount, sector.modeCount)
        return { i, j in
            if i == j { return .zero }
            let (a, b) = (min(i, j), max(i, j))
            let value: C
            switch variant {
            case .antiparallel: value = a < n && b >= n ? number(a * n + b - n) : .zero
            case .general: value = number(a * modes - a * (a + 1) / 2 + b - a - 1)
            }
            return i < j ? value : -value
        }
    }

    @Test(arguments: subjects, [DataType.float64, .complex128])
    func vectorsAreProjectedInSecondQuantisation(_ subject: Subject, _ type: DataType) throws {
        let space = try subject.space()
        let sector = try #require(FermionSector(space))
        let group = SpaceGroup(try Lattice(subject.kind, extent: subject.extent))
        let n = subject.siteCount
        var elements = [(permutation: Array(0..<n), preimages: Array(0..<n), character: C(1))]
        if let part = subject.part {
            let all = group.group(part)
            let characters = try group.characters(of: part, momentum: subject.momentum, irrep: subject.irrep)
            elements = zip(zip(all.permutations, all.symmetries), characters).map { ($0.0, $0.1, $1) }
        }
        let pairing = Pairing(sector, variant: subject.variant, dataType: type)
        let ansatz = ProjectedPairProduct(
            pairing, elements: elements.map { .init(preimages: $0.preimages, character: $0.character) },
            parity: subject.parity,
            spin: subject.spin.map {
                SpinProjection(spin: $0, points: SpinProjection.exactPoints(spin: $0, fermions: sector.count))
            }, factor: 0.3)
        let state = NeuralQuantumState(ansatz, reading: Encoder(space.defaultEncoding, of: space), seed: 3)
        let numbering = try BasisNumbering(space)
        let basis = try numbering.everyConfiguration()
        let logPsi = state.amplitudes(blockRows: 8).logPsi(of: basis)
        var found: Vector = [:]
        for row in 0..<basis.count {
            let value = logPsi[2 * row] == -.infinity ? .zero : C.exp(C(logPsi[2 * row], logPsi[2 * row + 1]))
            found[Self.state(Array(basis[row: row]), sector)] = value
        }
        let scale = found.values.reduce(0) { max($0, $1.length) }
        #expect(scale > 1e-3)

        let operators = Operators(sites: n, isOfSpins: sector.kind == .spinsHalf)
        let f = Self.entry(state, subject.variant, sector)
        var exact: Vector = [:]
        // Projectors lead out of a space without double occupancy, and back.
        var whole = subject
        whole.excludingDoubleOccupancy = false
        let all = try BasisNumbering(try whole.space()).everyConfiguration()
        for row in 0..<all.count {
            let place = Self.state(Array(all[row: row]), sector)
            exact[place] = Self.pairs(place, f, sector)
        }
        if let spin = subject.spin {
            for other in 0...sector.count / 2 where other != spin {
                let gap = Double(spin * (spin + 1) - other * (other + 1))
                exact = Self.sum([
                    (C(1 / gap), operators.spinSquared(exact)), (C(-Double(other * (other + 1)) / gap), exact),
                ])
            }
        }
        func moved(_ x: Vector, _ permutation: [Int]) -> Vector {
            operators.moved(
                x, sector.kind == .spinful ? permutation + permutation.map { $0 + n } : permutation)
        }
        exact = Self.sum(elements.map { ($0.character * C(0.3), moved(exact, $0.permutation)) })
        if let parity = subject.parity {
            exact = Self.sum([(1, exact), (C(Double(parity)), operators.flipped(exact))])
        }
        let kept = exact.filter { found[$0.key] != nil }
        #expect(Self.distance(found, kept) < 1e-12 * max(1, scale))

        // Quantum numbers of what the network gives.
        guard !subject.excludingDoubleOccupancy else { return }
        if let spin = subject.spin {
            let square = Self.sum([(1, operators.spinSquared(found)), (C(-Double(spin * (spin + 1))), found)])
            #expect(Self.distance(square, [:]) < 1e-10 * scale)
        }
        for element in elements {
            let image = moved(found, element.permutation)
            let rest = Self.sum([(1, image), (-element.character.conjugate, found)])
            #expect(Self.distance(rest, [:]) < 1e-10 * scale)
        }
        if let parity = subject.parity {
            let rest = Self.sum([(1, operators.flipped(found)), (C(-Double(parity)), found)])
            #expect(Self.distance(rest, [:]) < 1e-10 * scale)
        }
    }

    /// Pairs of any two modes turn as R F Rᵀ, in every sector of S^z.
    @Test(arguments: [DataType.float64, .complex128, .float32]) func generalPairsAreRotated(_ type: DataType) throws {
        for space in [
            try HilbertSpace.fermions(siteCount: 3, up: 3, down: 1), try .fermions(siteCount: 4, up: 2, down: 2),
            try HilbertSpace(siteCount: 4), try HilbertSpace(siteCount: 6, magnetisation: -2),
        ] {
            let sector = try #require(FermionSector(space))
            let n = sector.siteCount
            let rotations: [(angle: Double, weight: Double)] = [(0.4, 0.7), (0, 0.2), (2.2, -0.5)]
            let state = NeuralQuantumState(
                ProjectedPairProduct(
                    Pairing(sector, variant: .general, dataType: type),
                    elements: [.init(preimages: Array(0..<n), character: 1)],
                    spin: SpinProjection(angles: rotations.map(\.angle), weights: rotations.map(\.weight))),
                reading: Encoder(space.defaultEncoding, of: space), seed: 6)
            let f = Self.entry(state, .general, sector)
            let basis = try BasisNumbering(space).everyConfiguration()
            let logPsi = state.amplitudes(blockRows: 8).logPsi(of: basis)
            for row in 0..<basis.count {
                let place = Self.state(Array(basis[row: row]), sector)
                let exact = rotations.reduce(C.zero) { sum, rotation in
                    let (c, s) = (Double.cos(rotation.angle / 2), Double.sin(rotation.angle / 2))
                    func row(_ mode: Int) -> [(Double, Int)] {
                        mode < n ? [(c, mode), (-s, mode + n)] : [(s, mode - n), (c, mode)]
                    }
                    let turned = { (i: Int, j: Int) -> C in
                        var entry = C.zero
                        for (a, k) in row(i) { for (b, l) in row(j) { entry += C(a * b) * f(k, l) } }
                        return entry
                    }
                    return sum + C(rotation.weight) * Self.pairs(place, turned, sector)
                }
                let found = C(length: .exp(logPsi[2 * row]), phase: logPsi[2 * row + 1])
                #expect((found - exact).length < (type.isSingle ? 1e-4 : 1e-12))
            }
        }
    }

    /// On spins 1/2 a sum over images of whole evaluations is the same, with another normalisation.
    @Test(arguments: [DataType.float64, .complex128]) func spinsAreSumsOverImages(_ type: DataType) throws {
        let space = try HilbertSpace(siteCount: 6, magnetisation: 0)
        let sector = try #require(FermionSector(space))
        let spaceGroup = SpaceGroup(try Lattice(.chain, extent: [6]))
        let group = spaceGroup.group(.translation)
        let basis = try BasisNumbering(space).everyConfiguration()
        for momentum in 0..<6 {
            let characters = try spaceGroup.characters(of: .translation, momentum: [momentum], irrep: nil)
            let sum = NeuralQuantumState(
                Symmetrised(
                    PairProduct(sector, variant: .general, dataType: type), group: group, characters: characters,
                    parity: 1), seed: 4)
            let projected = NeuralQuantumState(
                ProjectedPairProduct(
                    Pairing(sector, variant: .general, dataType: type),
                    elements: zip(group.symmetries, characters).map { .init(preimages: $0, character: $1) }, parity: 1,
                    factor: 1 / 12), seed: 4)
            #expect(sum.parameters.values == projected.parameters.values)
            let found = [sum, projected].map { state in
                let logPsi = state.amplitudes(blockRows: 8).logPsi(of: basis)
                return (0..<basis.count).map { C(length: .exp(logPsi[2 * $0]), phase: logPsi[2 * $0 + 1]) }
            }
            for (a, b) in zip(found[0], found[1]) { #expect((a - b).length < 1e-13) }
        }
    }

    /// Terms that are equal at all parameters are summed once, and the sum is the same.
    @Test(arguments: [DataType.float64, .complex128]) func equalTermsAreSummedOnce(_ type: DataType) throws {
        let space = try HilbertSpace.fermions(siteCount: 6, up: 2, down: 2)
        let sector = try #require(FermionSector(space))
        // By the parity of the first site and the displacement; with a sign wherever a step of two crosses the boundary.
        let places = (0..<36).map { ($0 / 6, $0 % 6) }
        let index = places.map { $0 % 2 * 6 + ($1 - $0 + 6) % 6 }
        let crosses = places.map { i, j in (j - i + i % 2 + 6) / 6 % 2 == 0 }
        for isAntiperiodic in [false, true] {
            let tying = ParameterTying(count: 12, index: index, isNegated: isAntiperiodic ? crosses : nil)
            let pairing = Pairing(sector, variant: .antiparallel, dataType: type, tying: tying)
            let free = Pairing(sector, variant: .antiparallel, dataType: type)
            func state(_ pairing: Pairing, momentum: Int) -> ProjectedPairProduct {
                ProjectedPairProduct(
                    pairing,
                    elements: (0..<6).map { shift in
                        .init(
                            preimages: (0..<6).map { ($0 + 6 - shift) % 6 },
                            character: C(length: 1, phase: .pi * Double(momentum * shift) / 3),
                            isNegated: isAntiperiodic ? (0..<6).map { $0 < shift } : nil)
                    }, spin: SpinProjection(spin: 0, points: 2))
            }
            let (few, all) = (state(pairing, momentum: 3), state(free, momentum: 3))
            #expect(all.terms.count == 12 && few.terms.count < 12)
            let basis = try BasisNumbering(space).everyConfiguration()
            let encoder = Encoder(space.defaultEncoding, of: space)
            let (tied, whole) = (
                NeuralQuantumState(few, reading: encoder, seed: 2), NeuralQuantumState(all, reading: encoder)
            )
            let width = type.isComplex ? 2 : 1
            for place in 0..<36 {
                for part in 0..<width {
                    let sign = tying.isNegated?[place] == true ? -1.0 : 1
                    whole.parameters[width * place + part] = sign * tied.parameters[width * index[place] + part]
                }
            }
            whole.parametersChanged()
            let found = [tied, whole].map { state in
                let logPsi = state.amplitudes(blockRows: 8).logPsi(of: basis)
                return (0..<basis.count).map { C(length: .exp(logPsi[2 * $0]), phase: logPsi[2 * $0 + 1]) }
            }
            #expect(found[1].contains { $0.length > 0.1 })
            for (a, b) in zip(found[0], found[1]) { #expect((a - b).length < 1e-12) }
        }
    }

    /// Roots and weights integrate every polynomial that they should, and P_S is a projector.
    @Test func quadratureIsExact() {
        for points in 1...12 {
            let rule = SpinProjection(spin: 0, points: points).rotations
            for power in 0..<2 * points {
                let sum = rule.reduce(0) { $0 + 2 * $1.weight * Double.pow(Double.cos($1.rotation.angle), power) }
                #expect(abs(sum - (power % 2 == 0 ? 2 / Double(power + 1) : 0)) < 1e-13)
            }
        }
        let file = SpinProjection(spin: 1, points: 4).rotations
        #expect(abs(file[0].rotation.angle - 2.608296973340666) < 1e-14)
        #expect(abs(file[0].weight + 0.4493256574676807) < 1e-14)
        #expect(SpinProjection.exactPoints(spin: 0, fermions: 6) == 2)
        #expect(SpinProjection.exactPoints(spin: 1, fermions: 8) == 3)
    }

    /// Terms without an inverse drop out, and a sum of exactly nothing is a node, not a number that is none.
    @Test(arguments: [DataType.float64, .complex128]) func singularTermsDropOut(_ type: DataType) throws {
        let space = try HilbertSpace.fermions(siteCount: 4, up: 1, down: 1)
        let sector = try #require(FermionSector(space))
        let ansatz = ProjectedPairProduct(
            Pairing(sector, variant: .antiparallel, dataType: type),
            elements: (0..<4).map { shift in
                .init(preimages: (0..<4).map { ($0 + shift) % 4 }, character: shift % 2 == 0 ? 1 : -1)
            })
        let state = NeuralQuantumState(ansatz, reading: Encoder(space.defaultEncoding, of: space), seed: 4)
        state.parameters.storage.buffer.update(repeating: 0)
        // f_01 alone: of up on 0 and down on 1, and of what translations make of it.
        state.parameters[type.isComplex ? 2 : 1] = 0.5
        state.parametersChanged()
        let basis = try BasisNumbering(space).everyConfiguration()
        let sample = try SampleSpace(communicator: .alone(), localCount: basis.count, isComplex: state.isComplex)
        let jacobian = state.linearise(basis, in: sample)
        let rows = jacobian.rows()
        #expect(rows.allSatisfy { $0.isFinite })
        let width = sample.components * state.layout.count
        for row in 0..<basis.count {
            let codes = Array(basis[row: row])
            let (up, down) = (codes.firstIndex { $0 & 1 == 1 } ?? 0, codes.firstIndex { $0 & 2 == 2 } ?? 0)
            let isNode = down != (up + 1) % 4
            #expect(jacobian.logPsi[2 * row] == (isNode ? -.infinity : .log(0.5)))
            let own = rows[row * width..<(row + 1) * width]
            #expect(own.contains { $0 != 0 } == !isNode)
        }
        let ratios = state.amplitudes(blockRows: 4).makeTransitionRatios()
        let list = TransitionList()
        for row in 0..<basis.count { list.append(from: [1, 2, 0, 0], to: Array(basis[row: row])) }
        var found = [Double](repeating: .nan, count: 2 * list.count)
        ratios.evaluate([1, 2, 0, 0], list, into: &found)
        for row in 0..<basis.count {
            let exact = jacobian.logPsi[2 * row] == -.infinity ? 0.0 : 1
            #expect(abs(abs(found[2 * row]) - exact) < 1e-14 && abs(found[2 * row + 1]) < 1e-14)
        }
    }
}

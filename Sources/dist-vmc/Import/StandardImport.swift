import DistQGT
import Foundation
import Numerics

/// StdFace's inputs, the standard mode of mVMC, read for a configuration.
enum StandardImport {
    private struct Model {
        let isOfSpins: Bool
        /// Whether the spins are not conserved.
        let mixesSpins: Bool

        init(_ input: inout StandardInput) throws {
            guard let name = input.text("model") else { throw input.file.error("the key model is missing") }
            mixesSpins = name.hasSuffix("gc")
            switch mixesSpins ? String(name.dropLast(2)) : name {
            case "spin": isOfSpins = true
            case "fermionhubbard", "hubbard": isOfSpins = false
            case "kondolattice", "kondo":
                throw input.error("model", "local spins beside itinerant electrons have no counterpart")
            default:
                throw input.error(
                    "model", "'\(name)' has no counterpart; accepted: FermionHubbard, Spin, and both with GC")
            }
        }
    }

    static func problem(_ path: String) throws -> ImportedProblem {
        var input = try StandardInput(path)
        let model = try Model(&input)
        guard let name = input.text("lattice") else { throw input.file.error("the key lattice is missing") }
        guard let kind = StandardLattice.Kind(name: name) else {
            throw input.error(
                "lattice",
                "'\(name)' has no counterpart; accepted: "
                    + StandardLattice.Kind.allCases.map(\.rawValue).joined(separator: ", "))
        }
        let lattice = try StandardLattice(kind, &input)
        let hamiltonian = try hamiltonian(model, lattice, &input)
        let particles = try particles(model, lattice, &input)
        for key in ["OutputMode", "CDataFileHead", "CParaFileHead"] { _ = input.take(key) }
        let (hasParallelPairs, isPolarised) =
            switch particles {
            case .spins(let doubled): (doubled != 0, doubled != 0)
            case .electrons(let up, let down): (up != down, up != down)
            case .modes: (true, true)
            }
        let complexType = try input.integer("ComplexType")
        let parameters = try input.parameters(
            defaults: [("NVMCSample", "1000"), ("RndSeed", "123456789"), ("NMPTrans", "-1")]
                + (isPolarised ? [] : [("NSPGaussLeg", "8")]))
        try input.requireAllUsed("this model on this lattice")
        guard !hamiltonian.isEmpty else { throw input.file.error("the hamiltonian has no terms") }
        _ = try MVMCProjection.translationCount(parameters, atMost: 1)
        let rotations = try MVMCProjection.rotations(parameters)
        guard rotations == nil || !hasParallelPairs else {
            throw parameters.error("NSPGaussLeg", "needs antiparallel pairs alone; accepted with others: 1")
        }
        let isComplex = (complexType ?? (isPolarised ? 1 : 0)) != 0
        guard isComplex || !hamiltonian.hasPhases else {
            throw input.file.error("complex hopping needs ComplexType = 1: mVMC leaves out imaginary parts otherwise")
        }
        let usesSigns = try parameters.integer("NMPTrans", default: -1) < 0
        return ImportedProblem(
            source: "StdFace's input \(path)", particles: particles, hamiltonian: hamiltonian,
            factors: factors(
                lattice, particles, usesSigns: usesSigns, hasParallelPairs: hasParallelPairs, isComplex: isComplex,
                rotations: rotations),
            settings: try MVMCImport.settings(parameters, siteCount: lattice.siteCount),
            notices: try MVMCImport.withoutCounterpart(parameters))
    }

    private static func particles(
        _ model: Model, _ lattice: StandardLattice, _ input: inout StandardInput
    ) throws -> ImportedProblem.Particles {
        let sites = lattice.siteCount
        let doubled = model.mixesSpins ? nil : try input.integer("2Sz")
        guard model.isOfSpins else {
            guard !input.has("nelec") || !input.has("ncond") else { throw input.error("ncond", "beside nelec") }
            guard let count = try input.integer("nelec") ?? input.integer("ncond") else {
                throw input.file.error("the key nelec is missing")
            }
            guard count >= 2, count % 2 == 0, count <= 2 * sites else {
                throw input.error(
                    input.has("nelec") ? "nelec" : "ncond", "accepted: even numbers from 2 to \(2 * sites)")
            }
            guard !model.mixesSpins else { return .modes(count: count) }
            let difference = doubled ?? 0
            let up = (count + difference) / 2
            guard difference % 2 == 0, 0...sites ~= up, 0...sites ~= count - up else {
                throw input.error("2Sz", "\(difference) cannot be reached with \(count) electrons, or is odd")
            }
            return .electrons(up: up, down: count - up)
        }
        let spin = try input.integer("2S") ?? 1
        guard spin == 1 else {
            throw input.error("2S", "is \(spin); mVMC and this program pair spins 1/2: accepted: 1")
        }
        guard sites % 2 == 0 else {
            throw input.file.error("\(sites) spins cannot be paired; accepted: an even number")
        }
        guard !model.mixesSpins else { return .spins(doubledSz: nil) }
        guard let doubled else { throw input.file.error("the key 2Sz is missing") }
        guard doubled % 2 == 0, abs(doubled) <= sites else {
            throw input.error("2Sz", "accepted: even numbers from \(-sites) to \(sites)")
        }
        return .spins(doubledSz: doubled)
    }

    // MARK: Hamiltonian

    private typealias Mode = ElectronHamiltonian.Mode

    private static func hamiltonian(
        _ model: Model, _ lattice: StandardLattice, _ input: inout StandardInput
    ) throws -> ElectronHamiltonian {
        var sum = ElectronHamiltonian(siteCount: lattice.siteCount)
        let field = try input.real("h") ?? 0
        let transverse = try input.real("Gamma") ?? 0
        guard transverse == 0 || model.mixesSpins else {
            throw input.error("Gamma", "changes spins; accepted: the model with GC")
        }
        let (potential, repulsion) =
            model.isOfSpins ? (0, 0) : (try input.real("mu") ?? 0, try input.real("U") ?? 0)
        if let anisotropy = model.isOfSpins ? try input.real("D") : nil, anisotropy != 0 {
            throw input.error("D", "is a constant for spins 1/2; accepted: 0")
        }
        for site in 0..<lattice.siteCount {
            let modes = (0..<2).map { Mode(site: site, spin: $0) }
            for (mode, sign) in zip(modes, [1.0, -1.0]) where potential + sign * field / 2 != 0 {
                sum.hop(to: mode, from: mode, t: Complex(potential + sign * field / 2))
            }
            if transverse != 0 {
                sum.hop(to: modes[0], from: modes[1], t: Complex(transverse / 2))
                sum.hop(to: modes[1], from: modes[0], t: Complex(transverse / 2))
            }
            if repulsion != 0 { sum.repulsion(site, repulsion) }
        }
        let couplings = try StandardCouplings(lattice, isOfSpins: model.isOfSpins, &input)
        for bond in lattice.bonds {
            for (sites, crossings) in lattice.pairs(bond) {
                let turn = zip(lattice.phases, crossings).map { $0 * Double($1) }.reduce(0, +)
                if let t = couplings.hopping[bond.type], t != .zero {
                    let t = t * phase(turn)
                    for spin in 0..<2 {
                        let (i, j) = (Mode(site: sites.0, spin: spin), Mode(site: sites.1, spin: spin))
                        sum.hop(to: j, from: i, t: t)
                        sum.hop(to: i, from: j, t: t.conjugate)
                    }
                }
                if let V = couplings.repulsion[bond.type], V != 0 { sum.coupling(sites.0, sites.1, V) }
                if let J = couplings.exchange[bond.type] { add(J, sites, to: &sum) }
            }
        }
        if let J = couplings.exchange.values.first(where: { $0[0] != $0[1] }), !model.mixesSpins {
            throw input.file.error("Jx \(J[0]) and Jy \(J[1]) do not conserve 2Sz; accepted: equal ones, or SpinGC")
        }
        return sum
    }

    /// e^{i angle}, exact for multiples of a half turn.
    private static func phase(_ degrees: Double) -> Complex<Double> {
        let halves = degrees / 180
        if halves.rounded() == halves { return Complex(halves.truncatingRemainder(dividingBy: 2) == 0 ? 1 : -1) }
        return Complex(cos(halves * .pi), sin(halves * .pi))
    }

    /// Σ_a J_a S^a_i S^a_j.
    private static func add(_ J: [Double], _ sites: (Int, Int), to sum: inout ElectronHamiltonian) {
        let (i, j) = sites
        if J[2] != 0 {
            sum.hund(i, j, -J[2] / 2)
            sum.coupling(i, j, -J[2] / 4)
        }
        if J[0] + J[1] != 0 { sum.exchange(i, j, -(J[0] + J[1]) / 4) }
        guard J[0] != J[1] else { return }
        // (Jx − Jy)/4 (S+ S+ + S− S−).
        for spin in 0..<2 {
            sum.general(
                [i, j].map { (Mode(site: $0, spin: spin), Mode(site: $0, spin: 1 - spin)) }, Complex((J[0] - J[1]) / 4))
        }
    }

    // MARK: Wave function

    private static func factors(
        _ lattice: StandardLattice, _ particles: ImportedProblem.Particles, usesSigns: Bool, hasParallelPairs: Bool,
        isComplex: Bool, rotations: [(angle: Double, weight: Double)]?
    ) -> [ImportedFactor] {
        let sites = lattice.siteCount
        let (index, isNegated) = lattice.pairings(usesSigns: usesSigns)
        /// Unordered pairs of sites whose f are tied in one order or the other.
        func pair(_ i: Int, _ j: Int) -> Int { min(index[i * sites + j], index[j * sites + i]) }
        var entries: [MVMCPairs.Entry] = zip(index, isNegated).map { ($0, $1) }
        if hasParallelPairs {
            let count = 1 + (index.max() ?? 0)
            entries = (0..<2 * sites).flatMap { a in
                (a + 1..<max(a + 1, 2 * sites)).map { b -> MVMCPairs.Entry in
                    let (i, j) = (a % sites, b % sites)
                    guard a / sites == b / sites else { return (index[i * sites + j], isNegated[i * sites + j]) }
                    // f_ij = −f_ji: the tied ones in the order that has the lower number.
                    let isSwapped = index[i * sites + j] > index[j * sites + i]
                    let place = isSwapped ? j * sites + i : i * sites + j
                    return (count * (1 + a / sites) + pair(i, j), isNegated[place] != isSwapped)
                }
            }
        }
        let isOfSpins = if case .spins = particles { true } else { false }
        let pairs: ImportedFactor =
            rotations == nil
            ? .pairProduct(entries, isAntiparallel: !hasParallelPairs, siteCount: sites, isComplex: isComplex, nil)
            : .projectedPairs(
                entries, MVMCProjection(siteCount: sites, rotations: rotations), isOfSpins: isOfSpins,
                isAntiparallel: true, siteCount: sites, isComplex: isComplex, nil)
        var factors = [pairs]
        let doublons = (0..<sites).map { index[$0 * sites + $0] }
        let densities = (0..<sites).flatMap { i in (0..<i).map { pair(i, $0) } }
        switch particles {
        case .spins: break
        case .electrons:
            factors.append(.gutzwiller(doublons, nil))
            if sites > 1 { factors.append(.jastrow(densities, reference: 1, nil)) }
        case .modes:
            factors.append(.gutzwiller(ofModes: ImportedFactor.compact(doublons).index, nil))
            if sites > 1 {
                factors.append(.jastrow(ofModes: ImportedFactor.compact(densities).index, sites: sites, nil))
            }
        }
        return factors
    }
}

/// t, V and J by type of bond.
private struct StandardCouplings {
    private(set) var hopping: [String: Complex<Double>] = [:]
    private(set) var repulsion: [String: Double] = [:]
    /// Of x, y and z.
    private(set) var exchange: [String: [Double]] = [:]

    init(_ lattice: StandardLattice, isOfSpins: Bool, _ input: inout StandardInput) throws {
        for type in Set(lattice.bonds.map(\.type)).sorted() {
            // A ladder has no couplings of all types.
            let suffixes = lattice.kind == .ladder ? [type] : [type, String(type.drop { $0.isNumber })]
            guard isOfSpins else {
                hopping[type] = try Self.one(suffixes.map { "t" + $0 }, &input) { try $0.complex($1) }
                repulsion[type] = try Self.one(suffixes.map { "V" + $0 }, &input) { try $0.real($1) }
                continue
            }
            let isotropic = try Self.one(suffixes.map { "J" + $0 }, &input) { try $0.real($1) }
            let components = try ["x", "y", "z"].map { axis in
                try Self.one(suffixes.map { "J" + $0 + axis }, &input) { try $0.real($1) }
            }
            if isotropic != nil, components.contains(where: { $0 != nil }) {
                throw input.file.error("J\(type) is given as one number and by components")
            }
            exchange[type] = components.map { $0 ?? isotropic ?? 0 }
        }
    }

    /// The value of the one key that is given.
    private static func one<Value>(
        _ keys: [String], _ input: inout StandardInput, _ read: (inout StandardInput, String) throws -> Value?
    ) throws -> Value? {
        var found: Value?
        for key in keys {
            guard let value = try read(&input, key) else { continue }
            guard found == nil else { throw input.error(key, "beside \(keys[0])") }
            found = value
        }
        return found
    }
}

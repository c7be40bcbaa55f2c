import LinearAlgebra
import Numerics

/// What walkers of determinants and Pfaffians have in common: modes, signs of orders, and when what is kept is made
/// afresh.
package class FermionWalker: FactorWalker {
    package let sector: FermionSector
    let occupation: ModeOccupation
    /// Occupied modes by the fermion that sits there; ascending after `load`.
    let modes: UnsafeMutablePointer<Int32>
    /// By mode its fermion, meaningful where it is occupied.
    let fermions: UnsafeMutablePointer<Int32>
    package final private(set) var isNode = true
    private var accepted = 0
    private let changed: UnsafeMutablePointer<Int8>
    /// Of configurations that are evaluated from scratch.
    private lazy var other = ModeOccupation(sector)
    private let buffers = BufferSet()

    /// What is kept is made afresh after so many accepted transitions, and where a residual exceeds this.
    private let refreshInterval: Int
    private static let largestResidual = 1e-10
    /// Squared moduli of the ratios of single hops that are followed. An inverse that is near a singular one has an error
    /// that grows as the square of how near, and keeps it where it goes from there.
    static let followed = 1e-3...1e3

    init(_ sector: FermionSector) {
        self.sector = sector
        occupation = ModeOccupation(sector)
        modes = buffers.filled(with: 0, count: max(1, sector.count))
        fermions = buffers.filled(with: 0, count: sector.modeCount)
        changed = buffers.filled(with: 0, count: sector.siteCount)
        refreshInterval = max(32, sector.count)
    }

    /// Prepares what is kept for the occupied modes; returns log |ψ_f|.
    func prepare() -> Double { preconditionFailure("a walker of its own") }
    /// ψ_f(σ′)/ψ_f(σ) of hops that keep every fermion at its place in the order.
    func ratio(ofHops count: Int) -> Complex<Double> { preconditionFailure("a walker of its own") }
    /// |ψ_f(σ′)/ψ_f(σ)|² of one hop; 0 where it cannot be followed.
    func squaredRatio(from: Int, to: Int) -> Double { preconditionFailure("a walker of its own") }
    /// Follows one hop.
    func follow(from: Int, to: Int) { preconditionFailure("a walker of its own") }
    /// How far one of the relations that hold of what is kept is from holding: that of fermion `number`, modulo all.
    func residual(_ number: Int) -> Double { 0 }
    /// log |ψ_f| and the phase at the modes of a configuration, from scratch and without a change of what is kept.
    func logarithm(of modes: UnsafePointer<Int32>) -> (modulus: Double, phase: Double) {
        preconditionFailure("a walker of its own")
    }

    package final func load(_ codes: UnsafePointer<Int8>) {
        accepted = 0
        guard occupation.load(codes, occupied: modes) == sector.count else {
            isNode = true
            return
        }
        for fermion in 0..<sector.count { fermions[Int(modes[fermion])] = Int32(truncatingIfNeeded: fermion) }
        let modulus = prepare()
        isNode = !(modulus > -.infinity && modulus < .infinity)
    }

    package final func ratio(
        _ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int
    ) -> Complex<Double> {
        let hops = occupation.hops(sites, codes, count: count)
        switch hops {
        case -2: return .zero
        case -1: return ratioFromScratch(sites, codes, count: count)
        default:
            let sign = occupation.sortingSign(hops: hops) * occupation.basisSign(sites, codes, count: count)
            let ratio = ratio(ofHops: hops).rawStorage
            return Complex(sign * ratio.x, sign * ratio.y)
        }
    }

    private func ratioFromScratch(
        _ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int
    ) -> Complex<Double> {
        let sign = occupation.basisSign(sites, codes, count: count)
        changed.update(from: occupation.codes, count: sector.siteCount)
        return withUnsafeTemporaryAllocation(of: Int32.self, capacity: max(1, sector.count)) { occupied in
            guard let occupied = occupied.baseAddress else { return .zero }
            _ = other.load(changed, occupied: occupied)
            let before = logarithm(of: occupied)
            for index in 0..<count { changed[Int(sites[index])] = codes[index] }
            guard other.load(changed, occupied: occupied) == sector.count else { return .zero }
            let after = logarithm(of: occupied)
            if after.modulus == -.infinity { return .zero }
            let modulus = sign * .exp(after.modulus - before.modulus)
            let phase = after.phase - before.phase
            return Complex(modulus * .cos(phase), modulus * .sin(phase))
        }
    }

    package final func accept(_ sites: UnsafePointer<Int32>, _ codes: UnsafePointer<Int8>, count: Int) {
        let hops = isNode ? -1 : occupation.hops(sites, codes, count: count)
        accepted += 1
        let follows = hops >= 0 && accepted < refreshInterval && follow(hops)
        guard follows else {
            changed.update(from: occupation.codes, count: sector.siteCount)
            for index in 0..<count { changed[Int(sites[index])] = codes[index] }
            load(changed)
            return
        }
        occupation.accept(sites, codes, count: count, hops: hops)
        // False where it is not a number.
        if !(residual(accepted) < Self.largestResidual) {
            changed.update(from: occupation.codes, count: sector.siteCount)
            load(changed)
        }
    }

    /// Follows the last transition, hop after hop; returns whether that was possible.
    ///
    /// Which of two fermions goes where is free, as their order is: the first hop is the one with the largest ratio.
    private func follow(_ hops: Int) -> Bool {
        var (from, to) = (occupation.emptied, occupation.filled)
        if hops == 2 {
            if let isFollowed = followTogether() {
                if isFollowed { for hop in 0..<2 { move(Int(fermions[from[hop]]), to: to[hop]) } }
                return isFollowed
            }
            var largest = -1.0
            for fermion in 0..<2 {
                for mode in 0..<2 {
                    let ratio = squaredRatio(from: occupation.emptied[fermion], to: occupation.filled[mode])
                    // What is not a number is found below.
                    guard ratio > largest else { continue }
                    largest = ratio
                    from = SIMD2(occupation.emptied[fermion], occupation.emptied[1 - fermion])
                    to = SIMD2(occupation.filled[mode], occupation.filled[1 - mode])
                }
            }
        }
        for hop in 0..<hops {
            guard Self.followed.contains(squaredRatio(from: from[hop], to: to[hop])) else { return false }
            let fermion = Int(fermions[from[hop]])
            follow(from: from[hop], to: to[hop])
            move(fermion, to: to[hop])
        }
        return true
    }

    /// Follows the two hops at hand in one; nil where that has to be done one after the other, false where it is not
    /// possible.
    func followTogether() -> Bool? { nil }

    /// A hop of a fermion, in the lists.
    private func move(_ fermion: Int, to mode: Int) {
        modes[fermion] = Int32(truncatingIfNeeded: mode)
        fermions[mode] = Int32(truncatingIfNeeded: fermion)
    }
}

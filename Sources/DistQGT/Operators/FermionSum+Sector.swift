import Numerics

extension FermionSum {
    /// Whether H commutes with all sums that a space conserves; false for other local states.
    public func conserves(_ space: HilbertSpace) -> Bool {
        space.localSpaces == modes.localSpaces
            && space.conservedSums.allSatisfy { sum in
                let values = Dictionary(uniqueKeysWithValues: zip(sum.sites, sum.values))
                return transitions.allSatisfy { $0.conserves(values, modes: modes) }
            }
    }

    /// Tr H / dim over a space.
    ///
    /// The mean of a product of occupations is hypergeometric where numbers of particles are conserved; where other sums
    /// are it is counted (`SectorMarginals`).
    ///
    /// - Throws: `OperatorError.siteCountsDiffer`, `.localStatesDiffer`, `.meanNotKnown`.
    public func meanDiagonal(in space: HilbertSpace) throws(OperatorError) -> Complex<Double> {
        guard space.siteCount == siteCount else {
            throw .siteCountsDiffer(operatorSites: siteCount, spaceSites: space.siteCount)
        }
        guard space.localSpaces == modes.localSpaces else { throw .localStatesDiffer }
        do {
            var sum = Complex<Double>.zero
            if let sector = try ParticleNumbers(space, modes: modes) {
                for term in diagonal { sum += term.element * Complex(sector.mean(of: term.counted)) }
                return sum
            }
            var marginals = try SectorMarginals(space)
            for term in diagonal {
                let sites = Set(term.counted.map(modes.site)).sorted()
                let probabilities = try marginals.probabilities(of: sites)
                // The codes of electrons and modes are the numbers of their local states.
                let asked = sites.map { site in
                    term.counted.reduce(0) { modes.site(of: $1) == site ? $0 | Int(modes.codeBit($1)) : $0 }
                }
                let dimension = modes.localSpace.dimension
                var mean = 0.0
                for (state, probability) in probabilities.enumerated() {
                    var rest = state
                    let isOccupied = asked.reversed().allSatisfy { bits in
                        defer { rest /= dimension }
                        return (rest % dimension) & bits == bits
                    }
                    if isOccupied { mean += probability }
                }
                sum += term.element * Complex(mean)
            }
            return sum
        } catch {
            throw .meanNotKnown(error)
        }
    }
}

extension FermionTransition {
    /// Whether a sum over sites has the same value in σ and σ′ wherever the element is not 0.
    ///
    /// A sum that is not linear in occupations may change or not according to the other electron on a site that is
    /// changed; the element is a polynomial in the occupations that are left once those are given.
    fileprivate func conserves(_ values: [Int: [Int]], modes: FermionModes) -> Bool {
        let changed = created + annihilated
        let sites = Set(changed.map(modes.site)).sorted()
        let free = changed.compactMap(modes.partner).filter { !changed.contains($0) }
        for pattern in 0..<1 << free.count {
            let occupied = free.indices.filter { pattern >> $0 & 1 == 1 }.map { free[$0] }
            if modes.excludesDoubleOccupancy, !occupied.isEmpty { continue }
            let change = sites.reduce(0) { sum, site in
                guard let values = values[site] else { return sum }
                func code(_ modesOfState: [Int]) -> Int {
                    modesOfState.reduce(0) { modes.site(of: $1) == site ? $0 | Int(modes.codeBit($1)) : $0 }
                }
                return sum + values[code(annihilated + occupied)] - values[code(created + occupied)]
            }
            if change == 0 { continue }
            var polynomial: [[Int]: (real: ExactSum, imaginary: ExactSum)] = [:]
            for term in terms where term.counted.allSatisfy({ !free.contains($0) || occupied.contains($0) }) {
                let rest = term.counted.filter { !free.contains($0) }
                polynomial[rest, default: (ExactSum(), ExactSum())].real.add(term.element.rawStorage.x)
                polynomial[rest, default: (ExactSum(), ExactSum())].imaginary.add(term.element.rawStorage.y)
            }
            guard polynomial.values.allSatisfy({ $0.real.isZero && $0.imaginary.isZero }) else { return false }
        }
        return true
    }
}

/// A space in which numbers of particles and nothing else are conserved.
private struct ParticleNumbers {
    private let modes: FermionModes
    /// Of up and of down electrons.
    private var ofEachSpin: (up: Int, down: Int)?
    /// Of all particles.
    private var ofAll: Int?

    /// - Returns: nil for any other space.
    /// - Throws: `HilbertSpaceError.noStates`.
    init?(_ space: HilbertSpace, modes: FermionModes) throws(HilbertSpaceError) {
        self.modes = modes
        let sums = space.conservedSums
        if sums.isEmpty { return }
        let (local, siteCount) = (modes.localSpace, modes.siteCount)
        if modes.isSpinful {
            func isNumber(_ sum: ConservedSum, _ spin: ElectronSpin) -> Bool {
                sum == .electrons(spin, in: local, siteCount: siteCount, total: sum.total)
            }
            if sums.count == 1, isNumber(sums[0], .both) {
                ofAll = sums[0].total
            } else if sums.count == 2, isNumber(sums[0], .up), isNumber(sums[1], .down) {
                guard !modes.excludesDoubleOccupancy || sums[0].total + sums[1].total <= siteCount else {
                    throw .noStates
                }
                ofEachSpin = (sums[0].total, sums[1].total)
            } else {
                return nil
            }
        } else {
            guard sums.count == 1, sums[0] == .ofCodes(space.localSpaces, sites: 0..<siteCount, total: sums[0].total)
            else { return nil }
            ofAll = sums[0].total
        }
    }

    /// The mean of Π n_m over distinct modes, no two of them on a site where double occupancy is excluded.
    func mean(of counted: [Int]) -> Double {
        let down = counted.count(where: modes.isDown)
        let up = counted.count - down
        let sites = modes.siteCount
        if let ofEachSpin {
            let factors = (Self.falling(ofEachSpin.up, up), Self.falling(ofEachSpin.down, down))
            guard modes.excludesDoubleOccupancy else {
                return Self.ratio(factors.0, Self.falling(sites, up)) * Self.ratio(factors.1, Self.falling(sites, down))
            }
            return Self.ratio(factors.0 + factors.1, Self.falling(sites, counted.count))
        }
        if let ofAll {
            let mean = Self.ratio(
                Self.falling(ofAll, counted.count),
                Self.falling(modes.excludesDoubleOccupancy ? sites : modes.modeCount, counted.count))
            return modes.excludesDoubleOccupancy ? counted.reduce(mean) { mean, _ in mean / 2 } : mean
        }
        let occupied = modes.excludesDoubleOccupancy ? 1.0 / 3 : 1.0 / 2
        return counted.reduce(1) { mean, _ in mean * occupied }
    }

    /// n, n − 1, …, `count` of them; 0 in place of what is negative.
    private static func falling(_ n: Int, _ count: Int) -> [Double] { (0..<count).map { Double(max(0, n - $0)) } }

    private static func ratio(_ numerators: [Double], _ denominators: [Double]) -> Double {
        zip(numerators, denominators).reduce(1) { $0 * ($1.0 / $1.1) }
    }
}

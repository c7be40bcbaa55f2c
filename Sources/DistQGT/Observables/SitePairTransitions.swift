import Numerics

/// The transitions of two-point functions from one configuration, and what each of them adds to which function.
///
/// With T^s_ij = c†_is c_js everything of electrons is a product of one T of each spin at most: c†_is c_js itself,
/// S⁺_i S⁻_j = −T^↑_ij T^↓_ji, and P†_ab P_a′b′ = T^↑_aa′ T^↓_bb′ for P_ab = c_a↑ c_b↓. ⟨σ|T_ij|σ′⟩ is
/// (−1)^{fermions of that spin between i and j}; operators of the two spins commute.
final class SitePairTransitions {
    /// What a ratio adds to the sum of a function and slot.
    private struct Addition {
        let target: Int32
        let transition: Int32
        /// Of the real and the imaginary part.
        let weights: SIMD2<Double>
    }

    /// Where c_a↑ c_b↓ stands among the pairs Δ_i: a form's number and, for each i, the coefficient.
    private struct Bond {
        let up: Int
        let down: Int
        var uses: [(form: Int, site: Int, coefficient: Double)] = []
    }

    let list = TransitionList()
    private let siteCount: Int
    private let slotCount: Int
    private let local: LocalSpace
    /// Of (i, j); −1 for pairs that nobody asks for.
    private let slotOfPair: [Int32]
    private let rotation: [Int]?
    private let exchange: Int?
    /// Number of the function for up and for down; particles without spin count as up.
    private var hop: (Int?, Int?) = (nil, nil)
    private var bonds: [Bond] = []
    private let maximumCode: Int

    private var additions: [Addition] = []
    /// Of each spin: the sites that are occupied, those that are empty, and the number of occupied sites below each.
    private var occupied: [[Int]] = [[], []]
    private var empty: [[Int]] = [[], []]
    private var below: [[Int]]
    private var isOccupied: [[Bool]]
    /// The transitions T_ij of each spin in the list, −1 for none, and which these are.
    private var moves: [Int32]
    private var moved: [Int] = []

    /// - Parameters:
    ///   - functions: with their numbers.
    ///   - slotOfPair: N × N.
    ///   - rotation: as of `SitePairExpectations`.
    init(
        _ functions: [SitePairFunction: Int], _ slotOfPair: [Int32], slotCount: Int, _ space: HilbertSpace,
        _ rotation: [Int]?
    ) {
        siteCount = space.siteCount
        local = space.localSpaces[0]
        self.slotOfPair = slotOfPair
        self.slotCount = slotCount
        self.rotation = rotation
        exchange = functions[.exchange]
        below = [[Int]](repeating: [Int](repeating: 0, count: space.siteCount + 1), count: 2)
        isOccupied = [[Bool]](repeating: [Bool](repeating: false, count: space.siteCount), count: 2)
        maximumCode = local.codes.map(Int.init).max() ?? 0
        hop = (functions[.hop(.up)] ?? functions[.hop(.both)], functions[.hop(.down)])
        precondition(!local.isOfElectrons || functions[.hop(.both)] == nil, "one spin of electrons after the other")
        var numbers: [SIMD2<Int>: Int] = [:]
        for (function, form) in functions.sorted(by: { $0.value < $1.value }) {
            guard case .pair(let pairForm) = function else { continue }
            for (site, partners) in pairForm.partners.enumerated() {
                for partner in partners {
                    for (up, down) in [(site, partner.site), (partner.site, site)] {
                        let number = numbers[SIMD2(up, down), default: bonds.count]
                        if number == bonds.count {
                            numbers[SIMD2(up, down)] = number
                            bonds.append(Bond(up: up, down: down))
                        }
                        bonds[number].uses.append((form, site, partner.factor * 0.5.squareRoot()))
                    }
                }
            }
        }
        let needsMoves = local.isOfElectrons || local == .mode
        moves = [Int32](repeating: -1, count: needsMoves ? 2 * space.siteCount * space.siteCount : 0)
    }

    /// Lists the transitions of a configuration, and adds what is diagonal.
    ///
    /// - Parameter sums: (function, slot).
    func collect(_ configuration: UnsafePointer<Int8>, diagonal sums: UnsafeMutablePointer<SIMD2<Double>>) {
        list.removeAll()
        additions.removeAll(keepingCapacity: true)
        switch local {
        case .spin, .bosons: collectLadders(configuration, sums)
        case .mode, .electrons, .singleElectron:
            for place in moved { moves[place] = -1 }
            moved.removeAll(keepingCapacity: true)
            read(configuration)
            collectHops(configuration, sums)
            guard local.isOfElectrons else { return }
            if let exchange { collectExchange(exchange, configuration, sums) }
            collectPairs(configuration, sums)
        }
    }

    /// Adds the transitions' ratios, real and imaginary part in turn.
    func add(_ ratios: UnsafePointer<Double>, to sums: UnsafeMutablePointer<SIMD2<Double>>) {
        for addition in additions {
            let place = 2 * Int(addition.transition)
            sums[Int(addition.target)] += addition.weights * SIMD2(ratios[place], ratios[place + 1])
        }
    }

    /// Adds weight · ratio as a part of A_ij: half of it to the Hermitian part of the pair, for i > j half of its conjugate.
    private func add(_ function: Int, _ i: Int, _ j: Int, _ slot: Int32, _ weight: Double, _ transition: Int) {
        // The imaginary part of what is Hermitian has no mean: of i = j, and of the exchange.
        let weights =
            i == j ? SIMD2(weight, 0) : SIMD2(weight, function == exchange ? 0 : i < j ? weight : -weight) / 2
        additions.append(
            Addition(
                target: Int32(truncatingIfNeeded: function * slotCount) + slot,
                transition: Int32(truncatingIfNeeded: transition), weights: weights))
    }

    // MARK: Spins and bosons

    /// ⟨σ|R†_i R_j|σ′⟩ for S⁺_i S⁻_j of spins and b†_i b_j of bosons: σ′ has a quantum less at i and one more at j.
    private func collectLadders(_ configuration: UnsafePointer<Int8>, _ sums: UnsafeMutablePointer<SIMD2<Double>>) {
        guard let function = exchange ?? hop.0 else { return }
        let isSpin = exchange != nil
        let step = isSpin ? 2 : 1
        /// The square of ⟨c|R†|c − step⟩.
        func square(_ code: Int) -> Double {
            isSpin ? Double((maximumCode + code) * (maximumCode - code + 2)) / 4 : Double(code)
        }
        for i in 0..<siteCount {
            let own = Int(configuration[i])
            let slot = slotOfPair[i * siteCount + i]
            if slot >= 0 {
                // b† b = n; of spins the half of S⁺S⁻ + S⁻S⁺.
                let value = isSpin ? (square(own) + square(own + step)) / 2 : Double(own)
                sums[function * slotCount + Int(slot)].x += value
            }
            guard square(own) > 0 else { continue }
            for j in 0..<siteCount where j != i && slotOfPair[i * siteCount + j] >= 0 {
                let other = Int(configuration[j])
                guard other < maximumCode else { continue }
                let sign = isSpin ? Double(rotation.map { $0[i] * $0[j] } ?? 1) : 1
                let element = sign * (square(own) * square(other + step)).squareRoot()
                list.append(element: Complex(element))
                list.change(i, to: Int8(truncatingIfNeeded: own - step))
                list.change(j, to: Int8(truncatingIfNeeded: other + step))
                add(function, i, j, slotOfPair[i * siteCount + j], element, list.count - 1)
            }
        }
    }

    // MARK: Fermions

    private func read(_ configuration: UnsafePointer<Int8>) {
        for spin in 0..<(local.isOfElectrons ? 2 : 1) {
            occupied[spin].removeAll(keepingCapacity: true)
            empty[spin].removeAll(keepingCapacity: true)
            for site in 0..<siteCount {
                let isHere = configuration[site] >> Int8(spin) & 1 == 1
                isOccupied[spin][site] = isHere
                below[spin][site] = occupied[spin].count
                if isHere { occupied[spin].append(site) } else { empty[spin].append(site) }
            }
            below[spin][siteCount] = occupied[spin].count
        }
    }

    /// (−1)^{fermions of a spin between i and j}.
    private func sign(_ spin: Int, _ i: Int, _ j: Int) -> Double {
        let (low, high) = (min(i, j) + 1, max(i, j))
        return (below[spin][high] - below[spin][low]) & 1 == 0 ? 1 : -1
    }

    /// The transition of T_ij of one spin, i occupied and j empty; nil where it leads out of the space.
    private func move(_ spin: Int, _ i: Int, _ j: Int, _ configuration: UnsafePointer<Int8>) -> Int? {
        let place = (spin * siteCount + i) * siteCount + j
        if moves[place] >= 0 { return Int(moves[place]) }
        if local == .singleElectron, configuration[j] != 0 { return nil }
        let bit = Int8(1) << Int8(spin)
        list.append(element: .one)
        list.change(i, to: configuration[i] ^ bit)
        list.change(j, to: configuration[j] ^ bit)
        moves[place] = Int32(truncatingIfNeeded: list.count - 1)
        moved.append(place)
        return list.count - 1
    }

    /// The transition of T^↑_aa′ T^↓_bb′; nil where it leads out of the space.
    private func doubleMove(
        up: (to: Int, from: Int), down: (to: Int, from: Int), _ configuration: UnsafePointer<Int8>
    ) -> Int? {
        func code(_ site: Int) -> Int8 {
            var code = configuration[site]
            if site == up.to || site == up.from { code ^= 1 }
            if site == down.to || site == down.from { code ^= 2 }
            return code
        }
        if local == .singleElectron, code(up.from) == 3 || code(down.from) == 3 { return nil }
        list.append(element: .one)
        // A site may be one of both spins; what stays as it is is no change.
        list.change(up.to, to: code(up.to))
        list.change(up.from, to: code(up.from))
        if down.to != up.to, down.to != up.from { list.change(down.to, to: code(down.to)) }
        if down.from != up.to, down.from != up.from { list.change(down.from, to: code(down.from)) }
        return list.count - 1
    }

    private func collectHops(_ configuration: UnsafePointer<Int8>, _ sums: UnsafeMutablePointer<SIMD2<Double>>) {
        for (spin, function) in [hop.0, hop.1].enumerated() {
            guard let function else { continue }
            for i in occupied[spin] {
                let slot = slotOfPair[i * siteCount + i]
                if slot >= 0 { sums[function * slotCount + Int(slot)].x += 1 }
                for j in empty[spin] where slotOfPair[i * siteCount + j] >= 0 {
                    guard let transition = move(spin, i, j, configuration) else { continue }
                    add(function, i, j, slotOfPair[i * siteCount + j], sign(spin, i, j), transition)
                }
            }
        }
    }

    private func collectExchange(
        _ function: Int, _ configuration: UnsafePointer<Int8>, _ sums: UnsafeMutablePointer<SIMD2<Double>>
    ) {
        for i in 0..<siteCount where configuration[i] == 1 || configuration[i] == 2 {
            let slot = slotOfPair[i * siteCount + i]
            if slot >= 0 { sums[function * slotCount + Int(slot)].x += 0.5 }
            guard configuration[i] == 1 else { continue }
            for j in 0..<siteCount where configuration[j] == 2 && slotOfPair[i * siteCount + j] >= 0 {
                list.append(element: .one)
                list.change(i, to: 2)
                list.change(j, to: 1)
                add(
                    function, i, j, slotOfPair[i * siteCount + j], -sign(0, i, j) * sign(1, i, j), list.count - 1)
            }
        }
    }

    private func collectPairs(_ configuration: UnsafePointer<Int8>, _ sums: UnsafeMutablePointer<SIMD2<Double>>) {
        for created in bonds where isOccupied[0][created.up] && isOccupied[1][created.down] {
            for annihilated in bonds {
                let keepsUp = created.up == annihilated.up
                let keepsDown = created.down == annihilated.down
                guard keepsUp || !isOccupied[0][annihilated.up], keepsDown || !isOccupied[1][annihilated.down] else {
                    continue
                }
                var transition: Int?
                var sign = 1.0
                if !keepsUp { sign *= self.sign(0, created.up, annihilated.up) }
                if !keepsDown { sign *= self.sign(1, created.down, annihilated.down) }
                for (form, i, left) in created.uses {
                    for (otherForm, j, right) in annihilated.uses where otherForm == form {
                        let slot = slotOfPair[i * siteCount + j]
                        guard slot >= 0 else { continue }
                        if keepsUp, keepsDown {
                            let weight = i == j ? left * right : left * right / 2
                            sums[form * slotCount + Int(slot)].x += weight
                            continue
                        }
                        if transition == nil {
                            transition =
                                keepsUp
                                ? move(1, created.down, annihilated.down, configuration)
                                : keepsDown
                                    ? move(0, created.up, annihilated.up, configuration)
                                    : doubleMove(
                                        up: (created.up, annihilated.up), down: (created.down, annihilated.down),
                                        configuration)
                        }
                        guard let transition else { continue }
                        add(form, i, j, slot, left * right * sign, transition)
                    }
                }
            }
        }
    }
}

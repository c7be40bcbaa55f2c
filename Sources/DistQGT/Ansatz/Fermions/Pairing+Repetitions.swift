import Numerics

extension Pairing {
    /// One map of modes for all those that give the same Pfaffians at all parameters, with the sum of their weights:
    /// translations that lead from one sublattice cell to another where the pairings are tied, or elements that act alike.
    /// Maps whose weights cancel are left out, unless all of them do.
    ///
    /// - Parameter maps: none of which turns spins over, or all: a rotation of spins then does the same to each.
    func withoutRepetitions(_ maps: [PairTerms.Map]) -> [PairTerms.Map] {
        guard maps.count > 1 else { return maps }
        let (modes, entries) = (sector.modeCount, matrix)
        // 0, or ± the number of the parameter from 1 on.
        let codes = entries.map { entry in entry.map { $0.isNegated ? -$0.parameter - 1 : $0.parameter + 1 } ?? 0 }
        var numbers: [[Int]: Int] = [:]
        var kept: [(map: PairTerms.Map, sign: Double, weight: Complex<Double>)] = []
        for map in maps {
            var key: [Int] = []
            key.reserveCapacity(modes * (modes - 1) / 2)
            for i in 0..<modes {
                for j in i + 1..<max(i + 1, modes) {
                    let code = codes[map.images[i] * modes + map.images[j]]
                    let isNegated = map.isNegated.map { $0[i] != $0[j] } ?? false
                    key.append(isNegated ? -code : code)
                }
            }
            // Pf(−F) = (−1)^{n/2} Pf F.
            var sign = 1.0
            if key.first(where: { $0 != 0 }).map({ $0 < 0 }) == true {
                key = key.map { -$0 }
                if sector.count / 2 % 2 == 1 { sign = -1 }
            }
            if let known = numbers[key] {
                kept[known].weight += map.weight * Complex(sign * kept[known].sign)
            } else {
                numbers[key] = kept.count
                kept.append((map, sign, map.weight))
            }
        }
        let largest = maps.reduce(0) { max($0, $1.weight.length) }
        let remaining = kept.filter { $0.weight.length > 1e-12 * largest }
        guard !remaining.isEmpty else { return maps }
        return remaining.map { .init(images: $0.map.images, weight: $0.weight, isNegated: $0.map.isNegated) }
    }
}

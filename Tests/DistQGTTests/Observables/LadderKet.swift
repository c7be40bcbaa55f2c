import DistQGT
import Numerics

/// A vector as a map from basis states to amplitudes, on which single ladder operators act, whatever they do to conserved
/// numbers. Electrons and spinless fermions are occupations of modes, spins and bosons the codes of sites.
struct LadderKet {
    private(set) var amplitudes: [[Int]: Complex<Double>] = [:]
    private let local: LocalSpace

    /// - Parameter vector: (re, im) in turn, in the order of the basis.
    init(_ vector: [Double], of numbering: BasisNumbering) throws {
        local = numbering.space.localSpaces[0]
        for index in 0..<numbering.dimension {
            let codes = try numbering.configuration(at: index).map(Int.init)
            let key = local.isOfElectrons ? codes.map { $0 & 1 } + codes.map { $0 >> 1 } : codes
            amplitudes[key] = Complex(vector[2 * index], vector[2 * index + 1])
        }
    }

    private init(_ amplitudes: [[Int]: Complex<Double>], _ local: LocalSpace) {
        self.amplitudes = amplitudes
        self.local = local
    }

    private func mapped(_ body: ([Int]) -> ([Int], Double)?) -> LadderKet {
        var image: [[Int]: Complex<Double>] = [:]
        for (key, amplitude) in amplitudes {
            guard let (next, factor) = body(key) else { continue }
            image[next, default: .zero] += amplitude * Complex(factor)
        }
        return LadderKet(image, local)
    }

    /// c_m, or c†_m, with the sign of the occupied modes below.
    func fermion(_ mode: Int, creates: Bool) -> LadderKet {
        mapped { key in
            guard key[mode] == (creates ? 0 : 1) else { return nil }
            var next = key
            next[mode] = creates ? 1 : 0
            return (next, key[..<mode].reduce(0, +) % 2 == 0 ? 1 : -1)
        }
    }

    /// b of bosons, S⁻ of spins.
    func lowered(_ site: Int) -> LadderKet {
        mapped { key in
            var next = key
            switch local {
            case .spin(let doubled):
                guard key[site] > -doubled else { return nil }
                next[site] -= 2
                let (s, m) = (Double(doubled) / 2, Double(key[site]) / 2)
                return (next, (s * (s + 1) - m * (m - 1)).squareRoot())
            default:
                guard key[site] > 0 else { return nil }
                next[site] -= 1
                return (next, Double(key[site]).squareRoot())
            }
        }
    }

    func diagonal(_ value: ([Int]) -> Double) -> LadderKet { mapped { ($0, value($0)) } }

    static func + (left: LadderKet, right: LadderKet) -> LadderKet {
        LadderKet(left.amplitudes.merging(right.amplitudes, uniquingKeysWith: +), left.local)
    }

    func scaled(by factor: Double) -> LadderKet { mapped { ($0, factor) } }

    /// ⟨self|other⟩
    func inner(_ other: LadderKet) -> Complex<Double> {
        amplitudes.reduce(.zero) { $0 + $1.value.conjugate * (other.amplitudes[$1.key] ?? .zero) }
    }
}

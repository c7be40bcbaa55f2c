import LinearAlgebra
import Numerics

/// What pairs read of the code of a site.
package enum PairFieldNumber: Sendable {
    /// The code itself: of spins, bosons, spinless fermions.
    case code
    /// The number of electrons.
    case density
    /// S^z of electrons.
    case spin
}

/// log ψ = Σ_{i>j} v_ij x_i x_j + Σ_i g_i d_i with numbers x and d of each site's code, with the kept fields Σ_j v_ij x_j.
package final class PairFieldWalker<S: MatrixScalar>: FactorWalker {
    /// x and d of a code.
    package struct Values: Sendable {
        /// By code, from −128 on.
        let x: [Double]
        let d: [Double]

        /// x is the number, d the number of pairs of electrons.
        ///
        /// - Parameter reference: what x is measured from.
        package init(_ number: PairFieldNumber, reference: Double = 0) {
            let codes = (-128...127).map { $0 }
            x = codes.map { code in
                let (up, down) = (Double(code & 1), Double(code >> 1 & 1))
                return switch number {
                case .code: Double(code) - reference
                case .density: up + down - reference
                case .spin: (up - down) / 2 - reference
                }
            }
            d = codes.map { number != .code && $0 == 3 ? 1 : 0 }
        }
    }

    private let sites: Int
    private let values: Values
    /// v of all ordered pairs, row by row, and g of all sites; nil where there are none.
    private let pairTable: ExpandedParameters<S>?
    private let singleTable: ExpandedParameters<S>?
    private var pairs: UnsafePointer<S>?
    private var singles: UnsafePointer<S>?
    private let codes: UnsafeMutablePointer<Int8>
    private let fields: UnsafeMutablePointer<S>
    private let memory = BufferSet()

    package init(
        siteCount: Int, values: Values, pairs: ExpandedParameters<S>? = nil, singles: ExpandedParameters<S>? = nil
    ) {
        self.values = values
        (pairTable, singleTable) = (pairs, singles)
        sites = siteCount
        codes = memory.filled(with: 0, count: siteCount)
        fields = memory.filled(with: .zero, count: siteCount)
    }

    package static func byteCount(siteCount: Int) -> Int { siteCount * MemoryLayout<S>.stride }

    /// Of a change of two sites: their fields and the pair of them; a row of v added to all fields for each; all pairs.
    package static func floor(siteCount: Int, hasPairs: Bool) -> RatioFloor {
        guard hasPairs else { return RatioFloor(asked: S.traffic(2)) }
        return RatioFloor(
            asked: S.products(3) + S.traffic(3), followed: 2 * (S.products(siteCount) + S.traffic(3 * siteCount)),
            loaded: S.products(siteCount * siteCount) + S.traffic(siteCount * siteCount))
    }

    package var isNode: Bool { false }

    @inline(__always) private func x(_ code: Int8) -> Double { values.x[Int(code) + 128] }
    @inline(__always) private func d(_ code: Int8) -> Double { values.d[Int(code) + 128] }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func load(_ configuration: UnsafePointer<Int8>) {
        codes.update(from: configuration, count: sites)
        pairs = pairTable?.upToDate()
        singles = singleTable?.upToDate()
        guard let pairs else { return }
        fields.update(repeating: .zero, count: sites)
        // v is symmetric.
        for j in 0..<sites {
            let number = x(codes[j])
            if number != 0 { add(pairs + j * sites, times: number) }
        }
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func ratio(
        _ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int
    ) -> Complex<Double> { exponent(changed, newCodes, count: count).exponential }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func logModulusRatio(
        _ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int
    ) -> Double { exponent(changed, newCodes, count: count).logModulusOfExponential }

    /// log ψ(σ′) − log ψ(σ).
    @inline(__always)
    private func exponent(_ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int) -> S {
        var exponent = S.zero
        for place in 0..<count {
            let i = Int(changed[place])
            if let pairs {
                let change = x(newCodes[place]) - x(codes[i])
                if change != 0 {
                    var field = fields[i]
                    for earlier in 0..<place {
                        let j = Int(changed[earlier])
                        field = field + pairs[i * sites + j].scaled(by: x(newCodes[earlier]) - x(codes[j]))
                    }
                    exponent = exponent + field.scaled(by: change)
                }
            }
            if let singles {
                let change = d(newCodes[place]) - d(codes[i])
                if change != 0 { exponent = exponent + singles[i].scaled(by: change) }
            }
        }
        return exponent
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    package func accept(_ changed: UnsafePointer<Int32>, _ newCodes: UnsafePointer<Int8>, count: Int) {
        for place in 0..<count {
            let i = Int(changed[place])
            let change = x(newCodes[place]) - x(codes[i])
            codes[i] = newCodes[place]
            guard let pairs, change != 0 else { continue }
            add(pairs + i * sites, times: change)
        }
    }

    /// Adds a row of v to the fields.
    @inline(__always)
    private func add(_ row: UnsafePointer<S>, times change: Double) {
        S.add(change, times: row, to: fields, count: sites)
    }
}

extension AmplitudeMethods {
    /// The way by fields of pairs and of single sites.
    ///
    /// - Parameters:
    ///   - number: what pairs read of a site.
    ///   - pairs: the leaf of v, and by pair i > j, i(i−1)/2 + j, what v_ij is; nil for none.
    ///   - singles: the leaf of g, and by site what g_i is; nil for none.
    ///   - reference: what numbers are measured from.
    package static func fields(
        _ factor: RecordedFactor, isComplex: Bool, of number: PairFieldNumber,
        pairs: (leaf: String, entries: [ParameterEntry])? = nil,
        singles: (leaf: String, entries: [ParameterEntry])? = nil, reference: Double = 0
    ) -> AmplitudeMethods {
        func way<S: MatrixScalar>(_: S.Type) -> AmplitudeMethods {
            let sites = factor.siteCount
            let values = PairFieldWalker<S>.Values(number, reference: reference)
            let pairTable = pairs.map { leaf, ofPairs in
                ExpandedParameters<S>(
                    factor, leaf: leaf,
                    entries: (0..<sites * sites).map { place in
                        let (i, j) = (place / sites, place % sites)
                        if i == j { return nil }
                        let (large, small) = (max(i, j), min(i, j))
                        return ofPairs[large * (large - 1) / 2 + small]
                    })
            }
            let singleTable = singles.map { ExpandedParameters<S>(factor, leaf: $0, entries: $1) }
            let bytes = PairFieldWalker<S>.byteCount(siteCount: sites)
            return AmplitudeMethods(ratios: [
                WalkerRatios(
                    factor, bytesPerWalker: bytes,
                    floor: PairFieldWalker<S>.floor(siteCount: sites, hasPairs: pairTable != nil)
                ) {
                    PairFieldWalker<S>(siteCount: sites, values: values, pairs: pairTable, singles: singleTable)
                }
            ])
        }
        return isComplex ? way(ComplexScalar.self) : way(Double.self)
    }
}

import LinearAlgebra
import Numerics

/// A determinant whose rows depend on what is near the fermion, with the inverse of A, the rows of occupied modes with their
/// corrections, and the kept products W_f = Θ_f A⁻¹ of occupied modes.
///
/// Hops change the rows K of the fermions within reach into B: ψ′/ψ = det (B A⁻¹)[:, K], where a row of B A⁻¹ is
/// (Φ[m, :] + Σ_f h′_f Θ_f[m, :]) A⁻¹ of a fermion that moves to mode m, and e_k + Σ_f (h′_f − h_f) W_f[m, :] of one that
/// stays. To follow it takes a change of rank |K| of what is kept.
package final class LocalBackflowWalker<S: MatrixScalar>: FermionWalker {
    private let factor: RecordedFactor
    private let network: KeptSiteFeatures<S>.Network
    private let features: KeptSiteFeatures<S>
    /// Of configurations that are evaluated from scratch.
    private lazy var other = KeptSiteFeatures<S>(network)
    private let offsets: (orbitals: Int, corrections: Int)
    private let small: SmallInverse<S>
    /// (A⁻¹)ᵀ: a row for each fermion.
    private let inverse: UnsafeMutablePointer<S>
    /// F rows of W for each fermion, at the mode that it sits on.
    private let products: UnsafeMutablePointer<S>
    /// The rows K.
    private let rows: UnsafeMutablePointer<Row>
    private var rank = 0
    /// The hops that the rows K are those of; nil where what is kept has changed since.
    private var listed: (hops: Int, emptied: SIMD2<Int>, filled: SIMD2<Int>)?
    /// By fermion its row, and h′ − h by row.
    private let place: UnsafeMutablePointer<Int32>
    private let differences: UnsafeMutablePointer<S>
    private let fermionsOfRows: UnsafeMutablePointer<Int32>
    /// (B A⁻¹)[:, K]; and B A⁻¹ less the rows e_k, in which rows of fermions that move are filled when they are followed.
    private let square: UnsafeMutablePointer<S>
    private let right: UnsafeMutablePointer<S>
    /// Corrected rows of the fermions that move.
    private let moved: UnsafeMutablePointer<S>
    private let columns: UnsafeMutablePointer<S>
    private let memory = BufferSet()

    private struct Row: BitwiseCopyable {
        var mode: Int32
        var fermion: Int32
        /// Its place in `moved`; −1 of a fermion that stays.
        var moved: Int32
    }

    init(_ sector: FermionSector, _ factor: RecordedFactor, _ network: KeptSiteFeatures<S>.Network) {
        self.factor = factor
        self.network = network
        features = KeptSiteFeatures(network)
        offsets = (factor.offset(of: "orbitals"), factor.offset(of: "corrections"))
        let count = sector.count
        let square = max(1, count * count)
        small = SmallInverse(.determinant, size: count)
        inverse = memory.filled(with: .zero, count: square)
        products = memory.filled(with: .zero, count: square * network.features)
        rows = memory.filled(with: Row(mode: 0, fermion: 0, moved: -1), count: max(1, count))
        place = memory.filled(with: 0, count: max(1, count))
        differences = memory.filled(with: .zero, count: max(1, count) * network.features)
        fermionsOfRows = memory.filled(with: -1, count: max(1, count))
        self.square = memory.filled(with: .zero, count: square)
        right = memory.filled(with: .zero, count: square)
        moved = memory.filled(with: .zero, count: ModeOccupation.maximumHops * max(1, count))
        columns = memory.filled(with: .zero, count: square * network.features)
        super.init(sector)
    }

    static func byteCount(_ sector: FermionSector, _ network: KeptSiteFeatures<S>.Network) -> Int {
        let (count, terms) = (sector.count, network.features)
        // Features a second time for configurations that are evaluated from scratch; elimination works on one more matrix.
        return 2 * KeptSiteFeatures<S>.byteCount(network)
            + (count * count * (6 + 2 * terms) + count * (terms + ModeOccupation.maximumHops)) * MemoryLayout<S>.stride
            + count * (MemoryLayout<Row>.stride + 2 * MemoryLayout<Int32>.stride)
    }

    /// A matrix of the fermions within reach of a hop between neighbours, its rows from F products of each and one from a row and
    /// the inverse; a change of all that is kept of its rank, and F new products; an inverse and all products with it.
    static func floor(_ sector: FermionSector, _ network: KeptSiteFeatures<S>.Network) -> RatioFloor {
        let (count, terms) = (sector.count, network.features)
        let rank = max(1, min(count, network.reach * network.sitesPerCell * count / max(1, sector.siteCount)))
        let kept = count * count * (terms + 1)
        return RatioFloor(
            asked: S.products(rank * rank * terms + count * (terms + rank) + rank * rank * rank / 3)
                + S.traffic(rank * rank * terms + count * (terms + rank)),
            followed: S.products(kept * rank + count * count * terms) + S.traffic(2 * kept),
            loaded: S.products(count * kept) + S.traffic(kept))
    }

    /// The row of orbitals of a mode with features, corrected.
    @inline(__always)
    private func correct(_ row: UnsafeMutablePointer<S>, _ mode: Int, _ own: UnsafePointer<S>) {
        let (count, terms) = (sector.count, network.features)
        row.update(from: S.numbers(factor.parameters.pointer + offsets.orbitals) + mode * count, count: count)
        for term in 0..<terms {
            let (factor, source) = (own[term], corrections(of: mode) + term * count)
            for place in 0..<count { row[place] = row[place] + factor * source[place] }
        }
    }

    /// F rows of Θ.
    @inline(__always)
    private func corrections(of mode: Int) -> UnsafePointer<S> {
        S.numbers(factor.parameters.pointer + offsets.corrections) + mode * network.features * sector.count
    }

    /// The rows of modes, with corrections, into the matrix to be inverted.
    @inline(__always)
    private func fill(_ modes: UnsafePointer<Int32>, _ features: KeptSiteFeatures<S>) {
        for fermion in 0..<sector.count {
            let mode = Int(modes[fermion])
            correct(
                small.matrix + fermion * sector.count, mode,
                features.values + network.site(of: mode) * network.features)
        }
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func prepare() -> Double {
        factor.bringUpToDate()
        let (count, terms) = (sector.count, network.features)
        listed = nil
        features.load(modes, count: count)
        fill(modes, features)
        let modulus = small.logarithm(inverts: true).modulus
        guard modulus > -.infinity else { return modulus }
        inverse.update(from: small.slope, count: count * count)
        for fermion in 0..<count {
            (columns + fermion * terms * count).update(from: corrections(of: Int(modes[fermion])), count: terms * count)
        }
        S.multiply(columns, inverse, transposed: true, products, m: count * terms, n: count, k: count)
        return modulus
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func logarithm(of modes: UnsafePointer<Int32>) -> (modulus: Double, phase: Double) {
        factor.bringUpToDate()
        other.load(modes, count: sector.count)
        fill(modes, other)
        return small.logarithm(inverts: false)
    }

    /// Lists the rows K of hops, with features after them and with B A⁻¹.
    private func change(_ hops: Int, emptied: SIMD2<Int>, filled: SIMD2<Int>) {
        if let listed, listed == (hops, emptied, filled) { return }
        listed = (hops, emptied, filled)
        features.change(hops, emptied: emptied, filled: filled)
        let (perCell, terms, siteCount, count) = (
            network.sitesPerCell, network.features, sector.siteCount, sector.count
        )
        var rank = 0
        for index in 0..<features.changedCount {
            for number in 0..<perCell {
                let site = Int(features.changed[index]) * perCell + number
                let (after, before) = (
                    features.changedValues + (index * perCell + number) * terms, features.values + site * terms
                )
                var mode = site
                while mode < sector.modeCount {
                    defer { mode += siteCount }
                    var (fermion, target) = (Int(fermions[mode]), -1)
                    var isOccupied = Int(modes[fermion]) == mode
                    for hop in 0..<hops {
                        if emptied[hop] == mode { isOccupied = false }
                        if filled[hop] == mode {
                            isOccupied = true
                            (fermion, target) = (Int(fermions[emptied[hop]]), hop)
                        }
                    }
                    guard isOccupied else { continue }
                    rows[rank] = Row(
                        mode: Int32(truncatingIfNeeded: mode), fermion: Int32(truncatingIfNeeded: fermion),
                        moved: Int32(truncatingIfNeeded: target))
                    place[fermion] = Int32(truncatingIfNeeded: rank)
                    // What moves is no combination of what is kept.
                    fermionsOfRows[rank] = target >= 0 ? -1 : rows[rank].fermion
                    if target >= 0 {
                        correct(moved + target * count, mode, after)
                    } else {
                        let difference = differences + rank * terms
                        for term in 0..<terms { difference[term] = after[term] - before[term] }
                    }
                    rank += 1
                }
            }
        }
        self.rank = rank
        S.combineRows(
            fermionsOfRows, rows: rank, coefficients: differences, place: place, terms: terms, products, right,
            length: count)
    }

    /// (B A⁻¹)[:, K].
    @inline(__always)
    private func fillSquare() {
        let (count, rank) = (sector.count, rank)
        for a in 0..<rank {
            let row = rows[a]
            let target = square + a * rank
            if row.moved >= 0 {
                let own = moved + Int(row.moved) * count
                for b in 0..<rank { target[b] = S.dot(own, inverse + Int(rows[b].fermion) * count, count) }
            } else {
                let own = right + a * count
                for b in 0..<rank { target[b] = own[Int(rows[b].fermion)] }
                target[a] = target[a] + S.one
            }
        }
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func ratio(ofHops count: Int) -> Complex<Double> {
        change(count, emptied: occupation.emptied, filled: occupation.filled)
        fillSquare()
        return S.eliminate(square, size: rank, nil, columns: 0).inComplex
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func squaredRatio(from: Int, to: Int) -> Double {
        change(1, emptied: SIMD2(from, 0), filled: SIMD2(to, 0))
        // A change of half of the rows is no cheaper than all products anew.
        guard 2 * rank <= sector.count else { return 0 }
        fillSquare()
        return S.eliminate(square, size: rank, nil, columns: 0).squaredModulus
    }

    override func follow(from: Int, to: Int) { _ = follow(1, emptied: SIMD2(from, 0), filled: SIMD2(to, 0)) }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func followTogether() -> Bool? {
        follow(2, emptied: occupation.emptied, filled: occupation.filled)
    }

    /// A⁻¹ ← A⁻¹ − A⁻¹[:, K] X and W ← W − W[:, K] X with X = (B A⁻¹)[:, K]⁻¹ (B A⁻¹ − E), the rows of E being e_k; returns
    /// whether that was possible.
    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    private func follow(_ hops: Int, emptied: SIMD2<Int>, filled: SIMD2<Int>) -> Bool {
        change(hops, emptied: emptied, filled: filled)
        let (count, terms) = (sector.count, network.features)
        guard 2 * rank <= count else { return false }
        fillSquare()
        listed = nil
        for a in 0..<rank where rows[a].moved >= 0 {
            let target = right + a * count
            S.multiply(inverse, vector: moved + Int(rows[a].moved) * count, target, m: count, n: count)
            let own = Int(rows[a].fermion)
            target[own] = target[own] - S.one
        }
        guard Self.followed.contains(S.eliminate(square, size: rank, right, columns: count).squaredModulus) else {
            return false
        }
        for place in 0..<count * terms {
            let (target, source) = (columns + place * rank, products + place * count)
            for b in 0..<rank { target[b] = -source[Int(rows[b].fermion)] }
        }
        S.addProducts(columns, right, products, m: count * terms, n: count, k: rank)
        // Transposed: the rows K, times −Xᵀ.
        for b in 0..<rank {
            (columns + b * count).update(from: inverse + Int(rows[b].fermion) * count, count: count)
        }
        let transposed = columns + rank * count
        for place in 0..<count {
            for b in 0..<rank { transposed[place * rank + b] = -right[b * count + place] }
        }
        S.addProducts(transposed, columns, inverse, m: count, n: count, k: rank)
        for a in 0..<rank where rows[a].moved >= 0 {
            S.multiply(
                corrections(of: Int(rows[a].mode)), inverse, transposed: true,
                products + Int(rows[a].fermion) * terms * count, m: terms, n: count, k: count)
        }
        features.follow()
        return true
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func residual(_ number: Int) -> Double {
        let (count, terms) = (sector.count, network.features)
        guard count > 0 else { return 0 }
        let fermion = number % count
        let mode = Int(modes[fermion])
        // One relation of the inverse, and one of W. What rows move is overwritten.
        listed = nil
        correct(moved, mode, features.values + network.site(of: mode) * terms)
        let term = number / count % terms
        let own = products + (fermion * terms + term) * count
        let correction = corrections(of: mode) + term * count
        var largest = 0.0
        for place in 0..<count {
            let column = inverse + place * count
            let sum = S.dot(moved, column, count)
            let difference = place == fermion ? sum - S.one : sum
            largest = max(
                largest, difference.squaredModulus, (S.dot(correction, column, count) - own[place]).squaredModulus)
        }
        return largest.squareRoot()
    }
}

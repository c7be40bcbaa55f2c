import LinearAlgebra
import Numerics

/// det A with A = f[R_up, R_down] of a product of antiparallel pairs, with M = A⁻¹ and the kept product W = f[:, R_down] M:
/// a hop of up fermion k to site b multiplies ψ by α = W[b, k]; one of down fermion l to site d by
/// β = Σ_k M[l, k] f[u_k, d]; both together by αβ + M[l, k] (f[b, d] − Σ_k′ W[b, k′] f[u_k′, d]).
package final class PairingWalker<S: MatrixScalar>: FermionWalker {
    private let table: ExpandedParameters<S>
    /// f, row-major: of `table`.
    private var pairing: UnsafePointer<S>
    /// fᵀ: of `transposedTable`.
    private let transposedTable: ExpandedParameters<S>
    private var transposed: UnsafePointer<S>
    private let sites: Int
    /// Pairs.
    private let pairs: Int
    /// M: row l of a down fermion, column k of an up fermion.
    private let inverse: UnsafeMutablePointer<S>
    /// W: N × pairs.
    private let products: UnsafeMutablePointer<S>
    private let elimination: SmallInverse<S>
    /// f[:, R_down], and vectors.
    private let columns: UnsafeMutablePointer<S>
    /// f[R_up, d], and two rows of M.
    private let partners: UnsafeMutablePointer<S>
    private let rows: UnsafeMutablePointer<S>
    private let first: UnsafeMutablePointer<S>
    private let second: UnsafeMutablePointer<S>
    private let third: UnsafeMutablePointer<S>
    private let memory = BufferSet()

    /// - Parameters:
    ///   - table: f_ij, row by row.
    ///   - transposed: f_ij, column by column.
    /// - Precondition: as many up as down.
    package init(_ sector: FermionSector, _ table: ExpandedParameters<S>, transposed: ExpandedParameters<S>) {
        self.table = table
        transposedTable = transposed
        pairing = table.upToDate()
        self.transposed = transposed.upToDate()
        sites = sector.siteCount
        pairs = sector.count / 2
        inverse = memory.filled(with: .zero, count: pairs * pairs)
        products = memory.filled(with: .zero, count: sites * pairs)
        columns = memory.filled(with: .zero, count: sites * max(2, pairs))
        partners = memory.filled(with: .zero, count: max(1, pairs))
        rows = memory.filled(with: .zero, count: 2 * max(1, pairs))
        first = memory.filled(with: .zero, count: max(sites, pairs))
        second = memory.filled(with: .zero, count: max(sites, pairs))
        third = memory.filled(with: .zero, count: max(sites, pairs))
        elimination = SmallInverse(.determinant, size: pairs)
        super.init(sector)
    }

    /// A number of W, or a row of f with a row of M; changes of rank one of M and W; an inverse of n³ and W = f M.
    package static func floor(_ sector: FermionSector) -> RatioFloor {
        let (pairs, sites, hops) = (sector.count / 2, sector.siteCount, sector.hopsPerProposal)
        return RatioFloor(
            asked: S.products((hops == 1 ? 1 : 2) * pairs) + S.traffic(2 * pairs * (hops == 1 ? 1 : 2)),
            followed: Double(hops) * S.update((sites + pairs) * pairs),
            loaded: S.products(pairs * pairs * (pairs + sites)) + S.traffic((sites + pairs) * pairs))
    }

    package static func byteCount(_ sector: FermionSector) -> Int {
        let pairs = sector.count / 2
        return (4 * pairs + 2 * sector.siteCount) * pairs * MemoryLayout<S>.stride
    }

    @inline(__always) private func up(_ fermion: Int) -> Int { Int(modes[fermion]) }
    @inline(__always) private func down(_ fermion: Int) -> Int { Int(modes[pairs + fermion]) - sites }

    private func logarithm(of modes: UnsafePointer<Int32>, inverts: Bool) -> (modulus: Double, phase: Double) {
        let all = pairing
        for row in 0..<pairs {
            let mode = Int(modes[row])
            guard mode < sites else { return (-.infinity, 0) }
            for column in 0..<pairs {
                elimination.matrix[row * pairs + column] = all[mode * sites + Int(modes[pairs + column]) - sites]
            }
        }
        return elimination.logarithm(inverts: inverts)
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func prepare() -> Double {
        pairing = table.upToDate()
        transposed = transposedTable.upToDate()
        let modulus = logarithm(of: modes, inverts: true).modulus
        guard modulus > -.infinity else { return modulus }
        for row in 0..<pairs {
            for column in 0..<pairs { inverse[row * pairs + column] = elimination.slope[column * pairs + row] }
        }
        let all = pairing
        for site in 0..<sites {
            for column in 0..<pairs { columns[site * pairs + column] = all[site * sites + down(column)] }
        }
        S.multiply(columns, inverse, transposed: false, products, m: sites, n: pairs, k: pairs)
        return modulus
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func logarithm(of modes: UnsafePointer<Int32>) -> (modulus: Double, phase: Double) {
        pairing = table.upToDate()
        transposed = transposedTable.upToDate()
        return logarithm(of: modes, inverts: false)
    }

    /// f[R_up, d], in `partners`.
    @inline(__always)
    private func gather(_ d: Int) {
        let row = transposed + d * sites
        for fermion in 0..<pairs { partners[fermion] = row[up(fermion)] }
    }

    /// Σ_k x_k y_k.
    @inline(__always)
    private func dot(_ x: UnsafePointer<S>, _ y: UnsafePointer<S>) -> S {
        S.dot(x, y, pairs)
    }

    /// Σ_k x_k f[u_k, d].
    @inline(__always)
    private func dot(_ x: UnsafePointer<S>, _ d: Int) -> S {
        gather(d)
        return dot(x, partners)
    }

    /// The up and the down fermion of the hops at hand, and where they go.
    private struct Moves {
        /// −1 for none.
        var (up, down) = (-1, -1)
        var (upSite, downSite) = (0, 0)
        /// Whether more than one of a kind moves, or a fermion changes its spin.
        var areEqualSpins = false
    }

    @inline(__always)
    private func moves(_ count: Int) -> Moves {
        var moves = Moves()
        let (emptied, filled) = (occupation.emptied, occupation.filled)
        for hop in 0..<count {
            let (from, to) = (emptied[hop], filled[hop])
            if from < sites {
                moves.areEqualSpins = moves.areEqualSpins || moves.up >= 0 || to >= sites
                (moves.up, moves.upSite) = (Int(fermions[from]), to)
            } else {
                moves.areEqualSpins = moves.areEqualSpins || moves.down >= 0 || to < sites
                (moves.down, moves.downSite) = (Int(fermions[from]) - pairs, to - sites)
            }
        }
        return moves
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func ratio(ofHops count: Int) -> Complex<Double> {
        let moves = moves(count)
        if moves.areEqualSpins { return ratioOfEqualSpins() }
        let (k, b, l, d) = (moves.up, moves.upSite, moves.down, moves.downSite)
        guard l >= 0 else { return k < 0 ? .one : products[b * pairs + k].inComplex }
        gather(d)
        let beta = dot(inverse + l * pairs, partners)
        guard k >= 0 else { return beta.inComplex }
        let rest = pairing[b * sites + d] - dot(products + b * pairs, partners)
        return (products[b * pairs + k] * beta + inverse[l * pairs + k] * rest).inComplex
    }

    /// Two fermions of one spin that hop: a determinant of two by two.
    private func ratioOfEqualSpins() -> Complex<Double> {
        let (from, to) = (occupation.emptied, occupation.filled)
        guard (0..<2).allSatisfy({ (from[$0] < sites) == (to[$0] < sites) }) else { return .zero }
        if from[0] < sites {
            let (k, l) = (Int(fermions[from[0]]), Int(fermions[from[1]]))
            let (a, b) = (products + to[0] * pairs, products + to[1] * pairs)
            return (a[k] * b[l] - a[l] * b[k]).inComplex
        }
        let (k, l) = (Int(fermions[from[0]]) - pairs, Int(fermions[from[1]]) - pairs)
        let (a, b) = (inverse + k * pairs, inverse + l * pairs)
        let (d, e) = (to[0] - sites, to[1] - sites)
        return (dot(a, d) * dot(b, e) - dot(a, e) * dot(b, d)).inComplex
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func squaredRatio(from: Int, to: Int) -> Double {
        guard (from < sites) == (to < sites) else { return 0 }
        let fermion = Int(fermions[from])
        return from < sites
            ? products[to * pairs + fermion].squaredModulus
            : dot(inverse + (fermion - pairs) * pairs, to - sites).squaredModulus
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func follow(from: Int, to: Int) {
        if from < sites {
            followUp(Int(fermions[from]), to)
        } else {
            followDown(Int(fermions[from]) - pairs, to - sites)
        }
    }

    /// Row k of A becomes f[b, R_down].
    private func followUp(_ k: Int, _ b: Int) {
        let alpha = products[b * pairs + k]
        let factor = -(S.one / alpha)
        first.update(from: products + b * pairs, count: pairs)
        first[k] = first[k] - S.one
        for l in 0..<pairs { second[l] = inverse[l * pairs + k] }
        for site in 0..<sites { third[site] = products[site * pairs + k] }
        S.addProduct(factor, second, first, inverse, m: pairs, n: pairs)
        S.addProduct(factor, third, first, products, m: sites, n: pairs)
    }

    /// Column l of A becomes f[R_up, d].
    private func followDown(_ l: Int, _ d: Int) {
        first.update(from: inverse + l * pairs, count: pairs)
        gather(d)
        let inverseBeta = S.one / dot(first, partners)
        // M ← M − (M c − e_l) M[l, :]/β, W ← W + (f[:, d] − W c) M[l, :]/β with c = f[R_up, d].
        S.multiply(inverse, vector: partners, second, m: pairs, n: pairs)
        second[l] = second[l] - S.one
        S.multiply(products, vector: partners, third, m: sites, n: pairs)
        let column = transposed + d * sites
        for site in 0..<sites { third[site] = column[site] - third[site] }
        S.addProduct(-inverseBeta, second, first, inverse, m: pairs, n: pairs)
        S.addProduct(inverseBeta, third, first, products, m: sites, n: pairs)
    }

    /// Row k and column l of A change together: A′ = A + e_k δrᵀ + δc e_lᵀ, with the new entry at (k, l) in δr.
    ///
    /// M′ = M − [M e_k, M δc] K⁻¹ [δrᵀ M; M[l, :]] with K = 1 + [δrᵀ; e_lᵀ] M [e_k, δc], whose determinant is the ratio, so
    /// that nothing is divided by what may vanish on the way (Woodbury).
    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func followTogether() -> Bool? {
        let moves = moves(2)
        let (k, b, l, d) = (moves.up, moves.upSite, moves.down, moves.downSite)
        guard !moves.areEqualSpins, k >= 0, l >= 0 else { return nil }
        gather(d)
        let formerDown = down(l)
        let own = pairing[up(k) * sites + d] - pairing[up(k) * sites + formerDown]
        // s = δrᵀ M and t = M[l, :].
        let (s, t) = (rows, rows + pairs)
        t.update(from: inverse + l * pairs, count: pairs)
        let corner = pairing[b * sites + d] - pairing[b * sites + formerDown]
        for place in 0..<pairs { s[place] = products[b * pairs + place] + corner * t[place] }
        s[k] = s[k] - S.one
        // q = M δc and F q.
        let (q, fq) = (second, third)
        S.multiply(inverse, vector: partners, q, m: pairs, n: pairs)
        S.multiply(products, vector: partners, fq, m: sites, n: pairs)
        q[l] = q[l] - S.one
        for place in 0..<pairs { q[place] = q[place] - own * inverse[place * pairs + k] }
        let former = transposed + formerDown * sites
        for site in 0..<sites { fq[site] = fq[site] - former[site] - own * products[site * pairs + k] }
        // K, with δc_k = 0.
        partners[k] = pairing[up(k) * sites + formerDown]
        var change = S.zero
        for place in 0..<pairs {
            partners[place] = partners[place] - former[up(place)]
            change = change + s[place] * partners[place]
        }
        let (k00, k01) = (S.one + s[k], change)
        let (k10, k11) = (t[k], S.one + dot(t, partners))
        let determinant = k00 * k11 - k01 * k10
        guard Self.followed.contains(determinant.squaredModulus) else { return false }
        let scale = S.one / determinant
        // −[x, y] K⁻¹, pair by pair.
        func combined(_ x: S, _ y: S) -> (S, S) {
            (-(scale * (x * k11 - y * k10)), -(scale * (y * k00 - x * k01)))
        }
        let (lastS, lastT) = combined(inverse[l * pairs + k], q[l])
        let column = transposed + d * sites
        for site in 0..<sites {
            let (x, y) = combined(products[site * pairs + k], fq[site])
            // F changes its column l, which meets row l of M′.
            let difference = column[site] - former[site]
            columns[2 * site] = x + difference * lastS
            columns[2 * site + 1] = y + difference * (S.one + lastT)
        }
        S.addProducts(columns, rows, products, m: sites, n: pairs, k: 2)
        for place in 0..<pairs {
            (columns[2 * place], columns[2 * place + 1]) = combined(inverse[place * pairs + k], q[place])
        }
        S.addProducts(columns, rows, inverse, m: pairs, n: pairs, k: 2)
        return true
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func residual(_ number: Int) -> Double {
        guard pairs > 0 else { return 0 }
        let fermion = number % pairs
        let own = products + up(fermion) * pairs
        // One relation of W, and one of M: its row l times column l of A.
        var largest = (dot(inverse + fermion * pairs, down(fermion)) - S.one).squaredModulus
        for place in 0..<pairs {
            let difference = place == fermion ? own[place] - S.one : own[place]
            largest = max(largest, difference.squaredModulus)
        }
        return largest.squareRoot()
    }
}

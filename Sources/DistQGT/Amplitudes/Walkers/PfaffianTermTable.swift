import CKernels
import LinearAlgebra

/// F^b[i, j] and the maps of modes of a projected product of pairs: term t = g·rotations + b has F^t[i, j] = F^b[g(i), g(j)].
struct PfaffianTermTable<S> {
    /// M × M × rotations.
    let pairings: UnsafePointer<S>
    /// Maps × M.
    let images: UnsafePointer<Int>
    let modeCount: Int
    let rotationCount: Int
    let elementCount: Int

    var termCount: Int { rotationCount * elementCount }
}

/// The loops over the terms of a projected product of pairs. Arrays over terms have the term fastest; R are the occupied modes.
extension MatrixScalar {
    /// F^t[rows, R], row by row.
    ///
    /// - Parameter rows: nil for all modes.
    static func select(
        _ table: PfaffianTermTable<Self>, term: Int, rows: UnsafePointer<Int32>?, rowCount: Int,
        columns: UnsafePointer<Int32>, count: Int, into matrix: UnsafeMutablePointer<Self>
    ) {
        let (element, rotation) = (term / table.rotationCount, term % table.rotationCount)
        let own = table.images + element * table.modeCount
        for place in 0..<rowCount {
            let mode = own[rows.map { Int($0[place]) } ?? place]
            let source = table.pairings + mode * table.modeCount * table.rotationCount + rotation
            let target = matrix + place * count
            for column in 0..<count { target[column] = source[own[Int(columns[column])] * table.rotationCount] }
        }
    }

    /// x ← 2 slopeᵀ: the inverse of an antisymmetric matrix from the derivative of its Pfaffian's logarithm.
    static func invert(_ slope: UnsafePointer<Self>, into x: UnsafeMutablePointer<Self>, size: Int) {
        for k in 0..<size { for l in 0..<size { x[k * size + l] = slope[l * size + k] + slope[l * size + k] } }
    }

    /// The largest Σ_l |Y[r_k, l] − δ_kl|² over k.
    static func unitError(_ y: UnsafePointer<Self>, modes: UnsafePointer<Int32>, count: Int) -> Double {
        var largest = 0.0
        for k in 0..<count {
            let row = y + Int(modes[k]) * count
            var square = 0.0
            for l in 0..<count { square += (k == l ? row[l] - one : row[l]).squaredModulus }
            largest = max(largest, square)
        }
        return largest
    }

    /// y[place·stride + terms[n]] ← x[n, place] of so many terms.
    static func spread(
        _ x: UnsafePointer<Self>, of terms: UnsafePointer<Int>, _ termCount: Int, into y: UnsafeMutablePointer<Self>,
        stride: Int, count: Int
    ) {
        for place in 0..<count {
            let (source, target) = (x + place, y + place * stride)
            for number in 0..<termCount { target[terms[number]] = source[number * count] }
        }
    }

    /// rest_t ← Σ_j F^t[d, r_j] y_jt − F^t[d, b].
    static func writeRest(
        _ table: PfaffianTermTable<Self>, of d: Int, modes: UnsafePointer<Int32>, count: Int, _ y: UnsafePointer<Self>,
        filled b: Int, into rest: UnsafeMutablePointer<Self>
    ) {
        let (rotations, terms) = (table.rotationCount, table.termCount)
        for element in 0..<table.elementCount {
            let own = table.images + element * table.modeCount
            let rest = rest + element * rotations
            let row = table.pairings + own[d] * table.modeCount * rotations
            let removed = row + own[b] * rotations
            for rotation in 0..<rotations { rest[rotation] = -removed[rotation] }
            for fermion in 0..<count {
                let entries = row + own[Int(modes[fermion])] * rotations
                let y = y + fermion * terms + element * rotations
                for rotation in 0..<rotations { rest[rotation] = rest[rotation] + entries[rotation] * y[rotation] }
            }
        }
    }

    /// Y[d, :] ← Y[d, :] − [Y[d, k] (y − e_k) − rest q]/r of every mode d and term, with 1/r in `reciprocals`.
    ///
    /// - Parameters:
    ///   - k: the fermion that moves to mode `b`.
    ///   - index: room for a number of each map and fermion.
    ///   - work: room for two numbers of each term.
    static func followProducts(
        _ table: PfaffianTermTable<Self>, modes: UnsafePointer<Int32>, count: Int, moved k: Int, filled b: Int,
        y: UnsafePointer<Self>, q: UnsafePointer<Self>, reciprocals: UnsafePointer<Self>,
        index: UnsafeMutablePointer<Int32>, work: UnsafeMutablePointer<Self>, _ products: UnsafeMutablePointer<Self>
    ) {
        let terms = table.termCount
        guard isComplex else {
            var argument = CKPairTerms(
                pairings: reals(table.pairings), images: table.images, modes: modes, mode_count: table.modeCount,
                count: count, rotations: table.rotationCount, elements: table.elementCount)
            return ck_follow_pair_products_d(
                &argument, k, b, reals(y), reals(q), reals(reciprocals), index, mutableReals(work),
                mutableReals(products))
        }
        for mode in 0..<table.modeCount {
            writeRest(table, of: mode, modes: modes, count: count, y, filled: b, into: work)
            follow(
                products + mode * count * terms, moved: k, y: y, q: q, reciprocals: reciprocals, rest: work,
                own: work + terms, count: count, terms: terms)
        }
    }

    /// Of one mode; `rest` and `own` are used up.
    private static func follow(
        _ row: UnsafeMutablePointer<Self>, moved k: Int, y: UnsafePointer<Self>, q: UnsafePointer<Self>,
        reciprocals: UnsafePointer<Self>, rest: UnsafeMutablePointer<Self>, own: UnsafeMutablePointer<Self>, count: Int,
        terms: Int
    ) {
        let moved = row + k * terms
        for term in 0..<terms {
            own[term] = reciprocals[term] * moved[term]
            rest[term] = reciprocals[term] * rest[term]
        }
        for fermion in 0..<count {
            let place = fermion * terms
            let (y, q, t) = (y + place, q + place, row + place)
            for term in 0..<terms { t[term] = t[term] - own[term] * y[term] + rest[term] * q[term] }
        }
        for term in 0..<terms { moved[term] = moved[term] + own[term] }
    }

    /// X ← X − [q (y − e_k)ᵀ − (y − e_k) qᵀ]/r of every term, antisymmetric.
    static func followInverse(
        _ x: UnsafeMutablePointer<Self>, moved k: Int, y: UnsafePointer<Self>, q: UnsafePointer<Self>,
        reciprocals: UnsafePointer<Self>, count: Int, terms: Int
    ) {
        guard isComplex else {
            return ck_follow_pair_inverses_d(mutableReals(x), k, reals(y), reals(q), reals(reciprocals), count, terms)
        }
        for i in 0..<count {
            for j in i + 1..<max(i + 1, count) {
                let (upper, lower) = (x + (i * count + j) * terms, x + (j * count + i) * terms)
                let (qi, qj) = (q + i * terms, q + j * terms)
                let (yi, yj) = (y + i * terms, y + j * terms)
                let (iShift, jShift) = (i == k ? one : .zero, j == k ? one : .zero)
                for term in 0..<terms {
                    let (left, right) = (yj[term] - jShift, yi[term] - iShift)
                    let value = upper[term] - reciprocals[term] * (qi[term] * left - right * qj[term])
                    upper[term] = value
                    lower[term] = -value
                }
            }
        }
    }

    /// Σ_t a_t r_t.
    static func sum(
        _ coefficients: UnsafePointer<ComplexScalar>, _ ratios: UnsafePointer<Self>, terms: Int
    ) -> ComplexScalar {
        var sum = ComplexScalar.zero
        for term in 0..<terms { sum = sum + coefficients[term].times(ratios[term]) }
        return sum
    }

    /// Σ_t a_t (bk dl − bl dk + x rest)_t.
    static func pairSum(
        _ coefficients: UnsafePointer<ComplexScalar>, bk: UnsafePointer<Self>, dl: UnsafePointer<Self>,
        bl: UnsafePointer<Self>, dk: UnsafePointer<Self>, x: UnsafePointer<Self>, rest: UnsafePointer<Self>, terms: Int
    ) -> ComplexScalar {
        var sum = ComplexScalar.zero
        for term in 0..<terms {
            let ratio = bk[term] * dl[term] - bl[term] * dk[term] + x[term] * rest[term]
            sum = sum + coefficients[term].times(ratio)
        }
        return sum
    }

    /// errors_t ← Σ_l |Y[r_k, l] − δ_kl|² of every term.
    static func unitErrors(
        _ row: UnsafePointer<Self>, fermion k: Int, into errors: UnsafeMutablePointer<Double>, count: Int, terms: Int
    ) {
        for term in 0..<terms { errors[term] = 0 }
        for place in 0..<count {
            let (entries, shift) = (row + place * terms, place == k ? one : .zero)
            for term in 0..<terms { errors[term] += (entries[term] - shift).squaredModulus }
        }
    }

    /// values[i, j, number] ← (R F Rᵀ)[i, j] of F row by row, for the rotation of a number among `count`.
    static func rotate(
        _ f: UnsafePointer<Self>, _ rotation: PairRotation, modeCount: Int, number: Int, count: Int,
        into values: UnsafeMutablePointer<Self>
    ) {
        let values = values + number
        guard rotation != .identity else {
            for place in 0..<modeCount * modeCount { values[place * count] = f[place] }
            return
        }
        let sites = modeCount / 2
        let (cc, ss) = (rotation.cosine * rotation.cosine, rotation.sine * rotation.sine)
        let cs = rotation.cosine * rotation.sine
        for i in 0..<sites {
            for j in 0..<sites {
                let (upUp, downDown) = (i * modeCount + j, (sites + i) * modeCount + sites + j)
                let (upDown, downUp) = (i * modeCount + sites + j, (sites + j) * modeCount + i)
                let (a, d) = (f[upUp], f[downDown])
                let (b, t) = (f[upDown], f[j * modeCount + sites + i])
                let across = b.scaled(by: cc) + t.scaled(by: ss) + (a - d).scaled(by: cs)
                values[upUp * count] = a.scaled(by: cc) + d.scaled(by: ss) + (t - b).scaled(by: cs)
                values[downDown * count] = a.scaled(by: ss) + d.scaled(by: cc) + (b - t).scaled(by: cs)
                values[upDown * count] = across
                values[downUp * count] = -across
            }
        }
    }
}

import LinearAlgebra
import Numerics

/// Σ_t w_t Pf M_t of a projected product of pairs, with what `PfaffianWalker` keeps of one Pfaffian kept of every term t:
/// X_t = M_t⁻¹ and Y_t = F^t[:, R] X_t, where F^t[i, j] = F^b[g(i), g(j)]. Terms are fastest in memory, so that a ratio
/// Σ_t a_t r_t / Σ_t a_t with a_t = w_t Pf M_t runs through them in turn.
///
/// A term without an inverse, or with one that is too inexact, is evaluated from scratch for as long as it is so.
package final class ProjectedPairWalker<S: MatrixScalar>: FermionWalker {
    private let table: RotatedPairingTable<S>
    /// F^b[i, j], the rotation fastest: of `table`.
    private var pairings: UnsafePointer<S>
    private let terms: PairTerms
    /// By map and mode the mode in its place.
    private let images: UnsafeMutablePointer<Int>
    /// By term.
    private let weights: [Complex<Double>]
    private let (termCount, rotationCount, elementCount): (Int, Int, Int)
    private let modeCount: Int
    private let count: Int
    /// X: n × n × terms.
    private let inverse: UnsafeMutablePointer<S>
    /// Y: M × n × terms.
    private let products: UnsafeMutablePointer<S>
    /// a_t/exp(scale), of terms that are kept; and of all.
    private let coefficients: UnsafeMutablePointer<ComplexScalar>
    private let amplitudes: UnsafeMutablePointer<ComplexScalar>
    private var scale = -Double.infinity
    private var total = ComplexScalar.zero
    private let states: UnsafeMutablePointer<TermState>
    private var irregular: [Int] = []
    /// By term the square of what its relations may be wrong by.
    private let allowed: UnsafeMutablePointer<Double>

    private enum TermState: UInt8 {
        case kept
        /// To be made afresh at the modes that are reached.
        case stale
        /// Without an inverse.
        case singular
    }

    private let elimination: SmallInverse<S>
    /// X and Y of terms that are made, which then go to their places together.
    private let matrix: UnsafeMutablePointer<S>
    private let matrixProducts: UnsafeMutablePointer<S>
    private let made: UnsafeMutablePointer<Int>
    private var madeCount = 0
    /// Terms whose arrays share the lines of the cache that they are written to.
    private static var madeTogether: Int { 8 }
    private let columns: UnsafeMutablePointer<S>
    private let row: UnsafeMutablePointer<S>
    private let column: UnsafeMutablePointer<S>
    private let rest: UnsafeMutablePointer<S>
    private let reciprocals: UnsafeMutablePointer<S>
    /// Two numbers for each term, and a place for each map and fermion.
    private let work: UnsafeMutablePointer<S>
    private let places: UnsafeMutablePointer<Int32>
    /// By map and mode ±1; empty where no map has signs.
    private let signs: UnsafeMutablePointer<Double>
    /// Coefficients with the signs that hops change.
    private let signed: UnsafeMutablePointer<ComplexScalar>
    private let logarithms: UnsafeMutablePointer<Double>
    private let largest: UnsafeMutablePointer<Double>
    private let moved: UnsafeMutablePointer<Int32>
    private let memory = BufferSet()

    /// What the relations of a fresh inverse may be wrong by, and what accepted hops may make of that.
    private static var freshTolerance: Double { 1e-10 }
    private static var followedTolerance: Double { 1e-12 }
    private static var growth: Double { 10 }
    /// Squared moduli of the ratios of single hops that a term is followed through: one of many terms is made afresh at
    /// less cost than a whole walker is.
    private static var followedTerms: ClosedRange<Double> { 1e-2...1e2 }

    /// - Precondition: an even number of fermions.
    package init(_ sector: FermionSector, _ table: RotatedPairingTable<S>, _ terms: PairTerms) {
        self.table = table
        self.terms = terms
        pairings = table.upToDate()
        modeCount = sector.modeCount
        count = sector.count
        (termCount, rotationCount, elementCount) = (terms.count, terms.rotations.count, terms.elementCount)
        weights = (0..<terms.count).map { [elements = terms.elementCount, rotations = terms.rotations.count] term in
            terms.weights[term % rotations * elements + term / rotations]
        }
        images = memory.filled(with: 0, count: terms.images.count)
        for (place, image) in terms.images.enumerated() { images[place] = Int(image) }
        inverse = memory.filled(with: .zero, count: count * count * termCount)
        products = memory.filled(with: .zero, count: modeCount * count * termCount)
        coefficients = memory.filled(with: .zero, count: termCount)
        amplitudes = memory.filled(with: .zero, count: termCount)
        states = memory.filled(with: .stale, count: termCount)
        allowed = memory.filled(with: 0, count: termCount)
        elimination = SmallInverse(.pfaffian, size: count)
        let together = min(termCount, Self.madeTogether)
        matrix = memory.filled(with: .zero, count: together * count * count)
        matrixProducts = memory.filled(with: .zero, count: together * modeCount * count)
        made = memory.filled(with: 0, count: together)
        columns = memory.filled(with: .zero, count: modeCount * count)
        row = memory.filled(with: .zero, count: count * termCount)
        column = memory.filled(with: .zero, count: count * termCount)
        rest = memory.filled(with: .zero, count: termCount)
        reciprocals = memory.filled(with: .zero, count: termCount)
        work = memory.filled(with: .zero, count: 2 * termCount)
        places = memory.filled(with: 0, count: max(1, elementCount * count))
        signs = memory.filled(with: 1, count: terms.isNegated.count)
        for (place, isNegated) in terms.isNegated.enumerated() where isNegated { signs[place] = -1 }
        signed = memory.filled(with: .zero, count: terms.hasSigns ? termCount : 0)
        logarithms = memory.filled(with: 0, count: 2 * termCount)
        largest = memory.filled(with: 0, count: termCount)
        moved = memory.filled(with: 0, count: max(1, count))
        super.init(sector)
    }

    /// What a Pfaffian takes, for each term.
    package static func floor(_ sector: FermionSector, _ terms: PairTerms) -> RatioFloor {
        let (one, count) = (PfaffianWalker<S>.floor(sector), Double(terms.count))
        return RatioFloor(asked: count * one.asked, followed: count * one.followed, loaded: count * one.loaded)
    }

    package static func byteCount(_ sector: FermionSector, _ terms: PairTerms) -> Int {
        let perTerm = (sector.count + sector.modeCount + 2) * sector.count + 8
        let together = min(terms.count, madeTogether)
        return (perTerm * terms.count + (together + 1) * (sector.count + sector.modeCount) * sector.count)
            * MemoryLayout<S>.stride
    }

    private var lookup: PfaffianTermTable<S> {
        PfaffianTermTable(
            pairings: pairings, images: images, modeCount: modeCount, rotationCount: rotationCount,
            elementCount: elementCount)
    }

    // MARK: Terms from scratch

    /// log Pf of one term at some modes, in their order.
    private func logarithm(
        _ term: Int, _ modes: UnsafePointer<Int32>, inverts: Bool
    ) -> (modulus: Double, phase: Double) {
        S.select(
            lookup, term: term, rows: modes, rowCount: count, columns: modes, count: count, into: elimination.matrix)
        return elimination.logarithm(inverts: inverts)
    }

    /// Makes X, Y and the logarithm of a term afresh, at the modes at hand; X and Y are in their places after `spread`.
    private func make(_ term: Int) {
        let value = logarithm(term, modes, inverts: true)
        (logarithms[2 * term], logarithms[2 * term + 1]) = value
        states[term] = .singular
        guard value.modulus > -.infinity else { return }
        if madeCount == min(termCount, Self.madeTogether) { spread() }
        let (matrix, matrixProducts) = (
            matrix + madeCount * count * count, matrixProducts + madeCount * modeCount * count
        )
        // The slope is half of the transposed inverse.
        S.invert(elimination.slope, into: matrix, size: count)
        S.select(lookup, term: term, rows: nil, rowCount: modeCount, columns: modes, count: count, into: columns)
        S.multiply(columns, matrix, transposed: false, matrixProducts, m: modeCount, n: count, k: count)
        let largest = S.unitError(matrixProducts, modes: modes, count: count)
        guard largest < Self.freshTolerance * Self.freshTolerance else { return }
        allowed[term] = max(Self.followedTolerance * Self.followedTolerance, Self.growth * Self.growth * largest)
        made[madeCount] = term
        madeCount += 1
        states[term] = .kept
    }

    /// Writes X and Y of the terms that were made.
    private func spread() {
        S.spread(matrix, of: made, madeCount, into: inverse, stride: termCount, count: count * count)
        S.spread(matrixProducts, of: made, madeCount, into: products, stride: termCount, count: modeCount * count)
        madeCount = 0
    }

    /// The signs of a term's map at some modes.
    private func sign(_ term: Int, _ modes: UnsafePointer<Int32>) -> Double {
        guard terms.hasSigns else { return 1 }
        let own = signs + term / rotationCount * modeCount
        return (0..<count).reduce(1) { $0 * own[Int(modes[$1])] }
    }

    private func amplitude(
        _ term: Int, _ value: (modulus: Double, phase: Double), at modes: UnsafePointer<Int32>
    ) -> ComplexScalar {
        guard value.modulus > -.infinity else { return .zero }
        let modulus = sign(term, modes) * .exp(value.modulus - scale)
        let (a, b) = weights[term].rawStorage
        let factor = ComplexScalar(modulus * .cos(value.phase), modulus * .sin(value.phase))
        return factor * ComplexScalar(a, b)
    }

    /// What follows from amplitudes and states.
    private func gather() {
        total = .zero
        irregular.removeAll(keepingCapacity: true)
        for term in 0..<termCount {
            total = total + amplitudes[term]
            coefficients[term] = states[term] == .kept ? amplitudes[term] : .zero
            if states[term] != .kept { irregular.append(term) }
        }
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func prepare() -> Double {
        pairings = table.upToDate()
        scale = -.infinity
        for term in 0..<termCount {
            make(term)
            scale = max(scale, logarithms[2 * term])
        }
        spread()
        guard scale > -.infinity else { return scale }
        for term in 0..<termCount {
            amplitudes[term] = amplitude(term, (logarithms[2 * term], logarithms[2 * term + 1]), at: modes)
        }
        gather()
        return scale + 0.5 * .log(total.squaredModulus)
    }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func logarithm(of modes: UnsafePointer<Int32>) -> (modulus: Double, phase: Double) {
        pairings = table.upToDate()
        return withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * termCount) { values in
            guard let values = values.baseAddress else { return (-.infinity, 0) }
            for term in 0..<termCount {
                (values[2 * term], values[2 * term + 1]) = logarithm(term, modes, inverts: false)
                if sign(term, modes) < 0 { values[2 * term + 1] += .pi }
            }
            let sum = LogarithmOfSum(weights, values, shares: nil)
            return (sum.modulus, sum.phase)
        }
    }

    // MARK: Ratios

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func ratio(ofHops hops: Int) -> Complex<Double> {
        guard hops > 0 else { return .one }
        let (from, to) = (occupation.emptied, occupation.filled)
        let k = Int(fermions[from[0]])
        var sum = ComplexScalar.zero
        let coefficients = terms.hasSigns ? withSigns(hops) : coefficients
        if hops == 1 {
            sum = S.sum(coefficients, products + (to[0] * count + k) * termCount, terms: termCount)
        } else {
            let l = Int(fermions[from[1]])
            let (b, d) = (products + to[0] * count * termCount, products + to[1] * count * termCount)
            S.writeRest(lookup, of: to[1], modes: modes, count: count, b, filled: to[0], into: rest)
            sum = S.pairSum(
                coefficients, bk: b + k * termCount, dl: d + l * termCount, bl: b + l * termCount,
                dk: d + k * termCount, x: inverse + (l * count + k) * termCount, rest: rest, terms: termCount)
        }
        if !irregular.isEmpty {
            moved.update(from: modes, count: count)
            for hop in 0..<hops { moved[Int(fermions[from[hop]])] = Int32(truncatingIfNeeded: to[hop]) }
            for term in irregular { sum = sum + amplitude(term, logarithm(term, moved, inverts: false), at: moved) }
        }
        return (sum / total).inComplex
    }

    /// The coefficients times the signs of all modes that hops empty and fill.
    private func withSigns(_ hops: Int) -> UnsafeMutablePointer<ComplexScalar> {
        for element in 0..<elementCount {
            let own = signs + element * modeCount
            let sign = (0..<hops).reduce(1) { $0 * own[occupation.emptied[$1]] * own[occupation.filled[$1]] }
            for term in element * rotationCount..<(element + 1) * rotationCount {
                signed[term] = coefficients[term].scaled(by: sign)
            }
        }
        return signed
    }

    // MARK: Accepted hops

    /// Terms are followed, or made afresh, one by one.
    override func squaredRatio(from: Int, to: Int) -> Double { 1 }

    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func follow(from: Int, to b: Int) {
        let k = Int(fermions[from])
        let ratios = products + (b * count + k) * termCount
        for term in 0..<termCount {
            let ratio = ratios[term]
            let isFollowed = states[term] == .kept && Self.followedTerms.contains(ratio.squaredModulus)
            reciprocals[term] = isFollowed ? S.one / ratio : .zero
            amplitudes[term] = amplitudes[term].times(ratio)
            if terms.hasSigns {
                let own = signs + term / rotationCount * modeCount
                amplitudes[term] = amplitudes[term].scaled(by: own[from] * own[b])
            }
            if !isFollowed { states[term] = .stale }
        }
        // As in `PfaffianWalker`, with q = X[:, k], y = Y[b, :]: X ← X − [q (y − e_k)ᵀ − (y − e_k) qᵀ]/r,
        // Y ← Y − [Y[:, k] (y − e_k)ᵀ − (s − F[:, b]) qᵀ]/r; `row` is y and `column` q.
        let y = products + b * count * termCount
        row.update(from: y, count: count * termCount)
        for fermion in 0..<count {
            (column + fermion * termCount).update(from: inverse + (fermion * count + k) * termCount, count: termCount)
        }
        S.followProducts(
            lookup, modes: modes, count: count, moved: k, filled: b, y: row, q: column, reciprocals: reciprocals,
            index: places, work: work, products)
        S.followInverse(inverse, moved: k, y: row, q: column, reciprocals: reciprocals, count: count, terms: termCount)
    }

    /// Makes afresh what could not be followed, and terms one of whose relations fails.
    @_specialize(where S == Double) @_specialize(where S == ComplexScalar)
    override func residual(_ number: Int) -> Double {
        guard count > 0 else { return 0 }
        let fermion = number % count
        S.unitErrors(
            products + Int(modes[fermion]) * count * termCount, fermion: fermion, into: largest, count: count,
            terms: termCount)
        for term in 0..<termCount where states[term] == .kept {
            if !(largest[term] <= allowed[term]) { states[term] = .stale }
        }
        for term in 0..<termCount where states[term] != .kept {
            make(term)
            amplitudes[term] = amplitude(term, (logarithms[2 * term], logarithms[2 * term + 1]), at: modes)
        }
        spread()
        gather()
        let square = total.squaredModulus
        // Far from where it began: all is made afresh.
        return square > 1e-60 && square < 1e60 ? 0 : .infinity
    }
}

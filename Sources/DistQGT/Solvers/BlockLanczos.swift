import Communication
import LinearAlgebra

/// The lowest eigenvalues of a Hermitian map H by block Lanczos with full reorthogonalisation and thick restarts.
///
/// A block of b > K vectors finds every level of multiplicity up to b, and nearly degenerate levels
/// within the block do not slow it down. The Krylov basis V holds at most `basisColumns` vectors;
/// when it is full, the lowest half of the Ritz vectors is kept (Wu and Simon, SIAM J. Matrix Anal.
/// Appl. 22, 602 (2000)). The projection VᴴHV is formed from explicit inner products, so a restart
/// needs no recursion coefficients.
///
/// Vectors are spread over the ranks by rows. Rank 0 alone solves the small eigenproblems
/// and decides; the others receive its results, so all ranks take the same steps.
struct BlockLanczos<Map: HermitianBlockMap> {
    struct Result {
        /// Ascending.
        let values: [Double]
        /// ‖Hx − λx‖ of explicitly formed, normalised Ritz vectors.
        let residuals: [Double]
        /// What the residuals had to stay below.
        let required: Double
        let isConverged: Bool
        /// Number of products with a block.
        let products: Int
    }

    struct Settings {
        /// K, the number of levels wanted.
        var count: Int
        /// b.
        var blockColumns: Int
        /// At least 4b.
        var basisColumns: Int
        /// Largest residual ‖Hx − λx‖ relative to the largest |λ| seen, an estimate of ‖H‖.
        var tolerance: Double
        /// Largest number of products of H with a block, at least 2.
        var maximumProducts: Int
    }

    private enum Decision: Double {
        case extend = 0
        case restart = 1
        /// Form the Ritz vectors and look at their residuals.
        case finish = 2
    }

    private let map: Map
    private let communicator: Communicator
    private let settings: Settings
    private let isComplex: Bool
    private let width: Int
    /// V.
    private let basis: TallMatrix
    /// The last block of V, contiguous.
    private let block: TallMatrix
    /// H times a block, and what is left of it.
    private let product: TallMatrix
    /// VᴴHV, column-major, lower triangle.
    private var projection: [Double]
    /// Columns of V in use.
    private var used = 0
    private var randomBlocks: UInt64 = 0

    init(_ map: Map, communicator: Communicator, settings: Settings) {
        precondition(settings.basisColumns >= 4 * settings.blockColumns)
        precondition(settings.blockColumns >= settings.count && settings.blockColumns % 4 == 0)
        self.map = map
        self.communicator = communicator
        self.settings = settings
        isComplex = map.isComplex
        width = isComplex ? 2 : 1
        let rows = map.rows.count
        basis = TallMatrix(rows: rows, columns: settings.basisColumns, isComplex: isComplex)
        block = TallMatrix(rows: rows, columns: settings.blockColumns, isComplex: isComplex)
        product = TallMatrix(rows: rows, columns: settings.blockColumns, isComplex: isComplex)
        projection = [Double](
            repeating: 0, count: settings.basisColumns * settings.basisColumns * width)
    }

    /// Runs until the residuals are small enough or the products are used up. Collective.
    mutating func run() throws -> Result {
        let b = settings.blockColumns
        for column in 0..<b { fillRandomly(column) }
        try orthonormalise()
        var products = 0
        while true {
            products += 1
            basis.setColumns(from: used, to: block)
            used += b
            try map.apply(block, into: product)
            try project()
            let leftover = try summed(product.innerProducts(b, with: product))
            // Forming the Ritz vectors takes one product more.
            let isLast = products + 1 >= settings.maximumProducts
            let step = try decide(leftover, isLast: isLast)
            switch step.decision {
            case .extend: break
            case .restart: restart(step)
            case .finish:
                let norms = try explicitResiduals(step)
                products += 1
                let required = settings.tolerance * step.scale
                // Twice: the two ways to a residual differ by rounding.
                let isConverged = norms.prefix(settings.count).allSatisfy { $0 <= 2 * required }
                if isConverged || isLast {
                    return Result(
                        values: Array(step.values.prefix(settings.count)),
                        residuals: Array(norms.prefix(settings.count)), required: required, isConverged: isConverged,
                        products: products)
                }
                restart(step)
            }
            copyProductToBlock()
            try orthonormalise()
        }
    }

    /// This rank's rows of a normalised Ritz vector, (re, im) in turn where H is complex. Local.
    ///
    /// - Precondition: `run` has returned, and the vector is one of the `count` lowest.
    func ritzVector(_ pair: Int) -> [Double] {
        [Double](unsafeUninitializedCapacity: block.rows * width) { vector, count in
            for row in 0..<block.rows {
                for part in 0..<width {
                    vector[row * width + part] = block.storage[(row * block.columns + pair) * width + part]
                }
            }
            count = block.rows * width
        }
    }

    // MARK: One iteration

    /// Adds the rows (Vᴴ·product)ᴴ to the projection and makes the product orthogonal to V.
    private mutating func project() throws {
        let b = settings.blockColumns
        let coefficients = try summed(basis.innerProducts(used, with: product))
        product.subtract(basis, used, times: coefficients)
        for column in 0..<b {
            for row in 0..<used {
                let source = (row * b + column) * width
                let target = (row * settings.basisColumns + used - b + column) * width
                projection[target] = coefficients[source]
                if isComplex { projection[target + 1] = -coefficients[source + 1] }
            }
        }
    }

    private struct Step {
        let decision: Decision
        /// The largest |λ|.
        let scale: Double
        /// Ritz values, ascending, and the coefficients of their vectors in V (`used × values.count`,
        /// row-major): of the vectors to keep, at least a block. Empty if the basis is extended.
        let values: [Double]
        let coefficients: [Double]
    }

    /// Rayleigh–Ritz on rank 0.
    ///
    /// - Parameters:
    ///   - leftover: the Gram matrix of what is left of H·(last block), on which alone the residuals of the Ritz
    ///     vectors depend: r² = yᴴ·leftover·y with the last b coefficients y.
    ///   - isLast: whether to finish in any case.
    private func decide(_ leftover: [Double], isLast: Bool) throws -> Step {
        let b = settings.blockColumns
        let kept = min(used, max(2 * b, settings.basisColumns / 2))
        var message: [Double] = []
        if communicator.rank == 0 {
            var matrix = projection
            let pairs = try HermitianEigenproblem(
                &matrix, size: used, leading: settings.basisColumns, isComplex: isComplex,
                count: used)
            let scale = max(abs(pairs.values[0]), abs(pairs.values[used - 1]))
            let residuals = (0..<min(settings.count, used)).map {
                residual(of: $0, pairs.vectors, leftover)
            }
            let isConverged =
                residuals.count == settings.count
                && residuals.allSatisfy { $0 <= settings.tolerance * scale }
            let decision: Decision =
                isConverged || isLast ? .finish : used + b > settings.basisColumns ? .restart : .extend
            message = [decision.rawValue, scale]
            if decision != .extend {
                message += pairs.values.prefix(kept)
                for row in 0..<used {
                    for column in 0..<kept {
                        let start = (column * used + row) * width
                        message += pairs.vectors[start..<start + width]
                    }
                }
            }
        }
        message = try communicator.broadcast(message)
        guard let decision = Decision(rawValue: message[0]) else {
            throw EigensolverError.orthogonalityLost
        }
        let rest = message.dropFirst(2)
        return Step(
            decision: decision, scale: message[1], values: Array(rest.prefix(kept)),
            coefficients: Array(rest.dropFirst(kept)))
    }

    private func residual(of pair: Int, _ vectors: [Double], _ leftover: [Double]) -> Double {
        let b = settings.blockColumns
        func component(_ index: Int) -> (Double, Double) {
            let start = (pair * used + used - b + index) * width
            return (vectors[start], isComplex ? vectors[start + 1] : 0)
        }
        var square = 0.0
        for i in 0..<b {
            let (xi, yi) = component(i)
            for j in 0..<b {
                let (xj, yj) = component(j)
                let start = (i * b + j) * width
                // Re(ȳ_i G_ij y_j)
                square += leftover[start] * (xi * xj + yi * yj)
                if isComplex { square -= leftover[start + 1] * (xi * yj - yi * xj) }
            }
        }
        return max(0, square).squareRoot()
    }

    private mutating func restart(_ step: Step) {
        let kept = step.values.count
        basis.rotate(used, into: kept, by: step.coefficients)
        used = kept
        for index in projection.indices { projection[index] = 0 }
        for (index, value) in step.values.enumerated() {
            projection[(index * settings.basisColumns + index) * width] = value
        }
    }

    /// Forms the b lowest Ritz vectors and leaves Hx − λx in `product`.
    private func explicitResiduals(_ step: Step) throws -> [Double] {
        let b = settings.blockColumns
        let kept = step.values.count
        var lowest: [Double] = []
        for row in 0..<used {
            let start = row * kept * width
            lowest += step.coefficients[start..<start + b * width]
        }
        block.assign(basis, used, times: lowest)
        try map.apply(block, into: product)
        var norms = [Double](repeating: 0, count: b)
        for row in 0..<block.rows {
            for column in 0..<b {
                for part in 0..<width {
                    let index = (row * b + column) * width + part
                    product.storage[index] -= step.values[column] * block.storage[index]
                    norms[column] += product.storage[index] * product.storage[index]
                }
            }
        }
        return try agreed(summed(norms)).map { $0.squareRoot() }
    }

    // MARK: Orthonormal blocks

    /// What a round of `orthonormalise` does, as numbers that can be broadcast.
    private enum Whitening: Double {
        /// The block is orthonormal.
        case done = 0
        case multiply = 1
        /// Small vectors grow, and what they hold of V with them: remove that again.
        case multiplyAndProject = 2
    }

    /// Makes the block orthonormal and orthogonal to V: b vectors whose span contains that of the
    /// block, with random vectors in place of directions that have vanished.
    ///
    /// Each round divides by the square root of the Gram matrix, which orders of magnitude between
    /// the vectors spoil in rounding; the next round repairs it.
    private mutating func orthonormalise() throws {
        let b = settings.blockColumns
        for round in 0..<12 {
            let gram = try summed(block.innerProducts(b, with: block))
            var message: [Double] = []
            if communicator.rank == 0 { message = try whitening(gram, round: round) }
            message = try communicator.broadcast(message)
            let next = Whitening(rawValue: message[0])
            if next == .done { return }
            product.assign(block, b, times: Array(message.dropFirst(1 + b)))
            copyProductToBlock()
            for column in 0..<b where message[1 + column] != 0 { fillRandomly(column) }
            if next == .multiplyAndProject && used > 0 {
                let overlap = try summed(basis.innerProducts(used, with: block))
                block.subtract(basis, used, times: overlap)
            }
        }
        throw EigensolverError.orthogonalityLost
    }

    /// What to do, then b flags (1: replace the vector) and G^(−1/2) up to a rotation (b × b,
    /// row-major).
    private func whitening(_ gram: [Double], round: Int) throws -> [Double] {
        let b = settings.blockColumns
        guard gram.allSatisfy(\.isFinite) else {
            throw EigensolverError.orthogonalityLost
        }
        // The conjugate of a Hermitian matrix is its transpose.
        var columnMajor = gram
        if isComplex {
            for index in stride(from: 1, to: gram.count, by: 2) { columnMajor[index] = -gram[index] }
        }
        let pairs = try HermitianEigenproblem(
            &columnMajor, size: b, leading: b, isComplex: isComplex, count: b)
        if round > 0 && pairs.values.allSatisfy({ abs($0 - 1) < 1e-13 }) {
            return [Whitening.done.rawValue]
        }
        let largest = pairs.values[b - 1]
        let vanished = pairs.values.map { value in
            largest <= 0 || (round >= 2 && value < 0.25 * largest)
        }
        let isSafe = round > 0 && !vanished.contains(true) && pairs.values[0] > 0.01 * largest
        let next: Whitening = isSafe ? .multiply : .multiplyAndProject
        var message = [next.rawValue] + vanished.map { $0 ? 1.0 : 0.0 }
        for i in 0..<b {
            for j in 0..<b {
                let factor =
                    vanished[j] ? 0 : 1 / max(pairs.values[j], 1e-16 * largest).squareRoot()
                for part in 0..<width {
                    message.append(factor * pairs.vectors[(j * b + i) * width + part])
                }
            }
        }
        return message
    }

    private func copyProductToBlock() {
        _ = block.storage.update(fromContentsOf: product.storage)
    }

    /// A vector with components uniform in (−1, 1)/√dim that depend on the basis state only, not on
    /// the ranks.
    private mutating func fillRandomly(_ column: Int) {
        randomBlocks += 1
        let scale = 1 / Double(map.dimension).squareRoot()
        for row in 0..<block.rows {
            for part in 0..<width {
                let place = UInt64((map.rows.lowerBound + row) * width + part)
                let bits = BlockLanczos.mixed(place &+ randomBlocks &* 0xD1B5_4A32_D192_ED03)
                block.storage[(row * block.columns + column) * width + part] =
                    scale * (Double(Int64(bitPattern: bits) >> 10) * 0x1p-53)
            }
        }
    }

    /// The output function of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    // MARK: Agreement

    private func summed(_ values: [Double]) throws -> [Double] {
        var values = values
        try communicator.allReduce(&values)
        return values
    }

    /// Rank 0's values: sums may differ in the last bits between ranks.
    private func agreed(_ values: [Double]) throws -> [Double] {
        try communicator.broadcast(values)
    }
}

import Communication
import LinearAlgebra

/// Finds out what an iterative solver sends by letting it solve small systems whose map and vectors only count their
/// messages: once in few iterations, once in more, and once with products that are wrong until the true residual shows
/// it, so that it starts again. The differences are the messages of an iteration and of a restart; what is left is made
/// once per solve.
struct SolverRehearsal {
    private let solver: any IterativeReconfigurationSolver
    private let product: CollectiveRecord
    private let isSharded: Bool
    private let refines: Bool
    private let startsFromGuess: Bool

    /// - Parameters:
    ///   - product: the message of a product.
    ///   - isSharded: whether vectors are spread over ranks, so that inner products are messages, too.
    ///   - refines: whether the solver has an approximation to multiply with.
    ///   - startsFromGuess: whether it begins with a vector that is not zero.
    init(
        _ solver: some IterativeReconfigurationSolver, product: CollectiveRecord, isSharded: Bool, refines: Bool,
        startsFromGuess: Bool
    ) {
        // Loose enough to be met at once by one correction of a refinement.
        var solver = solver
        solver.tolerance = 1e-3
        solver.maximumIterations = 10_000
        self.solver = solver
        self.product = product
        self.isSharded = isSharded
        self.refines = refines
        self.startsFromGuess = startsFromGuess
    }

    /// - Parameter fixed: what is sent before the solver begins.
    func messages(before fixed: [CollectiveRecord]) -> SolverMessages {
        var messages = SolverMessages(fixed: fixed)
        messages.product = [product]
        messages.residualInterval = refines ? nil : solver.residualInterval
        guard let few = solve(eigenvalues: 2), let more = solve(eigenvalues: 5),
            let again = solve(eigenvalues: 2, wrongBefore: few.products - 1), more.iterations > few.iterations
        else {
            preconditionFailure("\(solver.name) does not solve a well-conditioned system")
        }
        var tally = MessageTally(more.records)
        tally.subtract(few.records, times: 1)
        let each = tally.divided(by: more.iterations - few.iterations)
        var once = MessageTally(few.records)
        once.subtract(each.records, times: few.iterations)
        messages.fixed += once.records
        var iteration = each
        iteration.subtract(messages.product, times: 1)
        messages.iteration = iteration.records
        var rest = MessageTally(again.records)
        rest.subtract(once.records, times: 1)
        rest.subtract(each.records, times: again.iterations)
        messages.restart = rest.divided(by: max(1, again.decisions - few.decisions)).records
        return messages
    }

    private struct Outcome {
        let iterations: Int
        /// Products made.
        let products: Int
        /// Times that rank 0 decided about a true residual.
        let decisions: Int
        let records: [CollectiveRecord]
    }

    /// - Parameter wrongBefore: the product from which on all are right.
    private func solve(eigenvalues: Int, wrongBefore: Int = 0) -> Outcome? {
        let communicator = Communicator.alone()
        let values = (0..<4 * eigenvalues).map { 1 + 0.5 * Double($0 % eigenvalues) }
        let map = RehearsalMap(
            diagonal: RehearsalVector(values, communicator, isSharded: isSharded), product: product,
            wrongBefore: wrongBefore, communicator)
        let right = map.makeDomainVector()
        for index in values.indices { right.values[index] = 1 + Double(index % 3) }
        let solution = map.makeDomainVector()
        if startsFromGuess { solution.values[0] = 0.1 }
        let solved = try? communicator.counters.recording {
            try solver.iterate(
                IterativeSystem(
                    map: map, approximation: refines ? map : nil, right: right, solution: solution,
                    preconditioner: solver.isPreconditioned
                        ? try JacobiPreconditioner(diagonal: map.makePreconditionedDiagonal()) : nil))
        }
        guard let (report, records) = solved, report.outcome == .converged else { return nil }
        return Outcome(
            iterations: report.iterations, products: map.productCount, decisions: map.decisionCount, records: records)
    }
}

/// How often each message is sent.
private struct MessageTally {
    private var counts: [(record: CollectiveRecord, count: Int)] = []

    init(_ records: [CollectiveRecord]) {
        for record in records { add(record, 1) }
    }

    private mutating func add(_ record: CollectiveRecord, _ count: Int) {
        if let index = counts.firstIndex(where: { $0.record == record }) {
            counts[index].count += count
        } else {
            counts.append((record, count))
        }
    }

    mutating func subtract(_ records: [CollectiveRecord], times: Int) {
        for record in records { add(record, -times) }
    }

    func divided(by divisor: Int) -> MessageTally {
        var result = self
        for index in counts.indices {
            precondition(counts[index].count % divisor == 0, "the solver's messages do not follow its iterations")
            result.counts[index].count /= divisor
        }
        return result
    }

    /// - Precondition: no count is negative.
    var records: [CollectiveRecord] {
        counts.flatMap { entry in
            precondition(entry.count >= 0, "the solver's messages do not follow its iterations")
            return [CollectiveRecord](repeating: entry.record, count: entry.count)
        }
    }
}

/// A diagonal matrix whose products count as the message they stand for.
private final class RehearsalMap: SymmetricMap {
    private let diagonal: RehearsalVector
    private let product: CollectiveRecord
    private let wrongBefore: Int
    private let communicator: Communicator
    private(set) var productCount = 0
    private(set) var decisionCount = 0

    init(diagonal: RehearsalVector, product: CollectiveRecord, wrongBefore: Int, _ communicator: Communicator) {
        self.diagonal = diagonal
        self.product = product
        self.wrongBefore = wrongBefore
        self.communicator = communicator
    }

    func makeDomainVector() -> RehearsalVector { diagonal.makeZero() }
    func makeCodomainVector() -> RehearsalVector { diagonal.makeZero() }

    /// A diagonal that leaves the iterations as many as they are.
    func makePreconditionedDiagonal() -> RehearsalVector {
        let vector = diagonal.makeZero()
        for index in vector.values.indices { vector.values[index] = 1 }
        return vector
    }

    func apply(_ x: RehearsalVector, into y: RehearsalVector, stopFlag: inout Double) throws {
        y.assign(product: diagonal, x)
        if productCount < wrongBefore { y.scale(by: 1.02) }
        productCount += 1
        communicator.counters.count(product.kind, elements: product.elements, bytes: product.bytes)
    }

    func valueOfFirstRank(_ value: Double) throws -> Double {
        decisionCount += 1
        return try communicator.broadcast(value)
    }
}

/// A short vector whose inner products count as messages where such vectors are spread over ranks.
private final class RehearsalVector: ElementwiseVector {
    var values: [Double]
    private let communicator: Communicator
    private let isSharded: Bool

    init(_ values: [Double], _ communicator: Communicator, isSharded: Bool) {
        self.values = values
        self.communicator = communicator
        self.isSharded = isSharded
    }

    func makeZero() -> RehearsalVector {
        RehearsalVector([Double](repeating: 0, count: values.count), communicator, isSharded: isSharded)
    }
    func assign(from other: RehearsalVector) { values = other.values }
    func setToZero() { scale(by: 0) }
    func add(_ factor: Double, times other: RehearsalVector) {
        for index in values.indices { values[index] += factor * other.values[index] }
    }
    func scale(by factor: Double) { for index in values.indices { values[index] *= factor } }
    func scale(by factor: Double, adding other: RehearsalVector) {
        scale(by: factor)
        add(1, times: other)
    }
    func dot(_ other: RehearsalVector) throws -> Double { try Self.dots([(self, other)])[0] }
    static func dots(_ pairs: [(RehearsalVector, RehearsalVector)]) throws -> [Double] {
        var sums = pairs.map { pair in zip(pair.0.values, pair.1.values).reduce(0) { $0 + $1.0 * $1.1 } }
        if let first = pairs.first?.0, first.isSharded { try first.communicator.allReduce(&sums) }
        return sums
    }
    func assign(product a: RehearsalVector, _ b: RehearsalVector) { values = zip(a.values, b.values).map { $0 * $1 } }
    func largestMagnitude() throws -> Double {
        let largest = values.reduce(0) { max($0, abs($1)) }
        return isSharded ? try communicator.allReduce(largest, .maximum) : largest
    }
    func invert(atLeast bound: Double) { for index in values.indices { values[index] = 1 / max(values[index], bound) } }
    func fillWithNormalDeviates(using generator: inout some RandomNumberGenerator) {
        for index in values.indices { values[index] = generator.normalDeviate() }
    }
}

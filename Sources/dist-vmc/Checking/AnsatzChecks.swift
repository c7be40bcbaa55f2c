import Communication
import DistQGT
import Foundation
import LinearAlgebra

/// Tests of an ansatz at the parameters that a run would start from, on random configurations of the basis,
/// under the ranks the program was started with.
struct AnsatzChecks {
    private let state: NeuralQuantumState
    private let world: Communicator
    private let configurations: Configurations
    private let space: SampleSpace
    private let seed: UInt64

    /// Configurations over all ranks; at least two on each.
    private static let configurationCount = 32
    private static let directionCount = 3

    /// Collective: rank 0's parameters are broadcast.
    ///
    /// - Parameter state: with its initial parameters.
    init(_ state: NeuralQuantumState, space: HilbertSpace, seed: Int, on world: Communicator) throws {
        try world.broadcast(state.parameters.storage.buffer)
        state.parametersChanged()
        self.state = state
        self.world = world
        self.seed = UInt64(seed)
        let total = max(Self.configurationCount, 2 * world.size)
        let shard = Shard.block(of: total, rank: world.rank, size: world.size)
        configurations = try Self.withoutNodes(
            try Self.configurations(shard.range, of: space, seed: self.seed), of: state, on: world)
        self.space = SampleSpace(
            communicator: world, localCount: shard.count, totalCount: total, isComplex: state.isComplex)
    }

    /// The configurations with others in place of the nodes of ψ, where log ψ and its derivatives are rounding errors:
    /// in a symmetry sector the terms of ψ cancel wherever a configuration is itself symmetric. Collective.
    private static func withoutNodes(
        _ configurations: Configurations, of state: NeuralQuantumState, on world: Communicator
    ) throws -> Configurations {
        guard state.canCancel else { return configurations }
        let logPsi = logPsi(of: configurations, state)
        let moduli = configurations.spins.isEmpty ? [] : (0..<configurations.count).map { logPsi[2 * $0] }
        let largest = try world.allReduce(moduli.max() ?? -.infinity, .maximum)
        let regular = moduli.indices.filter { !(moduli[$0] < largest + log(nodeFactor)) }
        guard !regular.isEmpty, regular.count < moduli.count else { return configurations }
        let spins = moduli.indices.flatMap { index in
            configurations[row: moduli[index] < largest + log(nodeFactor) ? regular[index % regular.count] : index]
        }
        return Configurations(siteCount: configurations.siteCount, spins: spins)
    }

    /// Where |ψ| is below this part of the largest one, too much may have cancelled for the tolerances of the checks.
    private static let nodeFactor = 0.02

    /// log ψ as the sampler evaluates it. Local.
    private static func logPsi(of configurations: Configurations, _ state: NeuralQuantumState) -> [Double] {
        state.amplitudes(blockRows: MonteCarloState.samplingBlockRows).logPsi(of: configurations)
    }

    /// All checks, the same on every rank. Collective.
    func run() throws -> [Check] {
        let rounding = state.ansatz.dataType.isSingle ? 1e-5 : 1e-12
        // Before the linearisation that the others share: these linearise the state at other parameters.
        let differences = try finiteDifferences()
        let jacobian = state.linearise(configurations, in: space)
        let weighted = Replication(state.trainedLayout, communicator: world)
            .followed(by: jacobian)
            .followed(by: SampleWeighting(space))
        let centred = CentredJacobian(jacobian)
        let composed = try QuantumGeometricTensor(jacobian, centring: .composed)
        let fused = try QuantumGeometricTensor(jacobian, centring: .fused)
        return [
            Check(name: "evaluation", error: try evaluation(jacobian.logPsi), tolerance: rounding),
            differences,
            Check(
                name: "jacobian_transpose", error: try transpose(weighted, bounded: weighted, 1), tolerance: rounding),
            Check(
                name: "centred_jacobian_transpose", error: try transpose(centred, bounded: weighted, 2),
                tolerance: rounding),
            Check(name: "qgt_symmetry", error: try symmetry(fused, bounded: weighted, 3), tolerance: rounding),
            Check(
                name: "qgt_fused_composed", error: try difference(fused, composed, bounded: weighted, 4),
                tolerance: rounding),
        ]
    }

    /// ‖J(iv) − i·J(v)‖/‖J v‖, the largest over directions, and what would be rounding; nil where the question has no
    /// meaning. Collective.
    func holomorphy() throws -> (error: Double, tolerance: Double)? {
        guard state.trainedLayout.allComplex, state.isComplex else { return nil }
        var generator = stream(6)
        var worst = 0.0
        let jacobian = state.linearise(configurations, in: space)
        for _ in 0..<Self.directionCount {
            let error = try jacobian.holomorphyError(using: &generator)
            worst = error.isNaN ? .infinity : max(worst, error)
        }
        return (try world.largestError(worst), state.ansatz.dataType.isSingle ? 1e-4 : 1e-10)
    }

    /// Holds `sr.holomorphic: true` to its word. Collective.
    ///
    /// - Throws: `ConfigurationError` where log ψ is not holomorphic.
    func requireHolomorphy(_ configuration: Configuration) throws {
        guard configuration.reconfiguration.claimsHolomorphy else { return }
        let claim = try configuration.resolved.required("sr").required("holomorphic")
        guard let (error, tolerance) = try holomorphy() else {
            throw claim.error("log psi or one of its parameters is real; accepted: null or false")
        }
        guard error <= tolerance else {
            throw claim.error(
                "log psi is not holomorphic in its parameters (|J(iv) - i J(v)| is \(TerminalNumber.short(error)) times "
                    + "|J v|); accepted: null or false")
        }
    }

    // MARK: Checks

    /// log ψ as the sampler evaluates it against log ψ as it is linearised, relative to the largest; imaginary parts
    /// modulo 2π.
    private func evaluation(_ linearised: [Double]) throws -> Double {
        let plain = Self.logPsi(of: configurations, state)
        let largest = try world.largestError(linearised.map(abs).max() ?? 0)
        let error = linearised.indices.reduce(0.0) { worst, index in
            let difference = plain[index] - linearised[index]
            let error = abs(index % 2 == 1 ? difference.remainder(dividingBy: 2 * .pi) : difference)
            return error.isNaN ? .infinity : max(worst, error)
        }
        return try world.largestError(error / max(1, largest))
    }

    /// Central differences of log ψ (four points) against J v for random directions v. Of the steps of
    /// `finiteDifferenceSteps` the best counts: truncation spoils the long ones and rounding the short ones,
    /// and a wrong derivative is wrong at all of them.
    private func finiteDifferences() throws -> Check {
        let (steps, tolerance) = finiteDifferenceSteps
        var generator = stream(5)
        var worst = 0.0
        let parameters = state.parameters.values
        if state.hasKinks { try leaveKinks(using: &generator) }
        defer {
            _ = state.parameters.storage.buffer.update(fromContentsOf: parameters)
            state.parametersChanged()
        }
        for _ in 0..<Self.directionCount {
            let direction = try direction(using: &generator)
            var best = [Double](repeating: .infinity, count: configurations.count)
            for step in steps {
                let errors = try state.finiteDifferenceErrors(at: configurations, along: direction, step: step)
                // A comparison with NaN is false.
                for (sample, error) in errors.enumerated() where error < best[sample] { best[sample] = error }
            }
            // A kink inside the stencil says nothing about the derivative. It spoils single configurations,
            // whereas a wrong derivative spoils all: there the median counts.
            best.sort()
            worst = max(worst, best[state.hasKinks ? (best.count - 1) / 2 : best.count - 1])
        }
        return Check(name: "finite_differences", error: try world.largestError(worst), tolerance: tolerance)
    }

    /// Moves the parameters a little: a unit whose bias is zero and whose inputs are missing stands exactly on its
    /// kink, in every configuration.
    private func leaveKinks(using generator: inout RandomStream) throws {
        state.parameters.add(0.1, toTrained: try direction(using: &generator))
        state.parametersChanged()
    }

    /// A random direction that moves the inputs of an activation by about a unit and log ψ by at most one, so
    /// that one set of steps serves small and large networks.
    private func direction(using generator: inout RandomStream) throws -> ParameterVector {
        let direction = ParameterVector(state.trainedLayout)
        direction.fillWithNormalDeviates(using: &generator)
        let fanIn = state.trainedLayout.leaves.map { $0.count / max(1, $0.shape.last ?? 1) }.max() ?? 1
        direction.scale(by: 1 / Double(max(1, fanIn)).squareRoot())
        let tangent = SampleVector(space)
        state.linearise(configurations, in: space).apply(direction, into: tangent)
        let largest = tangent.values.reduce(0) { max($0, abs($1)) }
        if largest > 1, largest.isFinite { direction.scale(by: 1 / largest) }
        return direction
    }

    /// Steps, and the error that the best of them stays below. With unit roundoff u a step h leaves about
    /// h⁴ + u/h: 1e-12 at h = 1e-3 in double precision, 1e-5 at 1e-2 in single; the tolerances leave room for
    /// log ψ of some hundreds. Where an activation has kinks the steps are short, so that few of them are met,
    /// and rounding counts for more.
    private var finiteDifferenceSteps: (steps: [Double], tolerance: Double) {
        switch (state.ansatz.dataType.isSingle, state.hasKinks) {
        case (false, false): ([1e-2, 1e-3, 1e-4], 1e-8)
        case (false, true): ([1e-5, 1e-6, 1e-7], 1e-6)
        case (true, false): ([1e-1, 3e-2, 1e-2], 2e-3)
        case (true, true): ([1e-2, 3e-3, 1e-3], 2e-2)
        }
    }

    /// |⟨Ax, y⟩ − ⟨x, Aᵀy⟩| for random x and y, relative to the products of an uncentred map: where hardly
    /// anything is left after centring, its rounding is still that of what was subtracted.
    private func transpose<Map: LinearMap, Bound: LinearMap>(
        _ map: Map, bounded bound: Bound, _ number: Int
    ) throws -> Double
    where
        Map.Domain == ParameterVector, Map.Codomain == SampleVector, Bound.Domain == ParameterVector,
        Bound.Codomain == SampleVector
    {
        var generator = stream(number)
        let (x, y) = (map.makeDomainVector(), map.makeCodomainVector())
        let (image, coimage) = (map.makeCodomainVector(), map.makeDomainVector())
        x.fillWithNormalDeviates(using: &generator)
        y.fillWithNormalDeviates(using: &generator)
        try map.apply(x, into: image)
        try map.applyTransposed(y, into: coimage)
        let difference = try abs(image.dot(y) - x.dot(coimage))
        try bound.apply(x, into: image)
        try bound.applyTransposed(y, into: coimage)
        let scale = try image.norm() * y.norm() + x.norm() * coimage.norm()
        return try world.largestError(Self.ratio(difference, scale))
    }

    /// |⟨Sx, y⟩ − ⟨x, Sy⟩|, relative to uncentred products.
    private func symmetry<Bound: LinearMap>(
        _ tensor: QuantumGeometricTensor, bounded bound: Bound, _ number: Int
    ) throws -> Double where Bound.Domain == ParameterVector, Bound.Codomain == SampleVector {
        var generator = stream(number)
        let (x, y) = (tensor.makeDomainVector(), tensor.makeDomainVector())
        let (sx, sy) = (tensor.makeDomainVector(), tensor.makeDomainVector())
        x.fillWithNormalDeviates(using: &generator)
        y.fillWithNormalDeviates(using: &generator)
        try tensor.apply(x, into: sx)
        try tensor.apply(y, into: sy)
        let difference = abs(sx.dot(y) - x.dot(sy))
        let image = bound.makeCodomainVector()
        var scale = 0.0
        for (vector, other) in [(x, y), (y, x)] {
            try bound.apply(vector, into: image)
            try bound.applyTransposed(image, into: sx)
            scale += sx.norm() * other.norm()
        }
        return try world.largestError(Self.ratio(difference, scale))
    }

    /// ‖S₁v − S₂v‖, relative to the uncentred product.
    private func difference<Bound: LinearMap>(
        _ first: QuantumGeometricTensor, _ second: QuantumGeometricTensor, bounded bound: Bound, _ number: Int
    ) throws -> Double where Bound.Domain == ParameterVector, Bound.Codomain == SampleVector {
        var generator = stream(number)
        let v = first.makeDomainVector()
        let (one, two) = (first.makeDomainVector(), first.makeDomainVector())
        v.fillWithNormalDeviates(using: &generator)
        try first.apply(v, into: one)
        try second.apply(v, into: two)
        one.add(-1, times: two)
        let difference = one.norm()
        let image = bound.makeCodomainVector()
        try bound.apply(v, into: image)
        try bound.applyTransposed(image, into: two)
        return try world.largestError(Self.ratio(difference, two.norm()))
    }

    private static func ratio(_ difference: Double, _ scale: Double) -> Double {
        // Two zeros agree; not numbers do not.
        difference == 0 && scale == 0 ? 0 : difference / scale
    }

    // MARK: Random numbers

    /// The same numbers on every rank, other ones for every check.
    private func stream(_ number: Int) -> RandomStream { RandomStream(seed: seed, index: number, purpose: .checks) }

    /// Configurations that depend on their global numbers and the seed only.
    private static func configurations(
        _ range: Range<Int>, of space: HilbertSpace, seed: UInt64
    ) throws -> Configurations {
        let sites = space.siteCount
        let initial = try InitialConfiguration(in: space)
        var spins = [Int8](repeating: 0, count: range.count * sites)
        spins.withUnsafeMutableBufferPointer { spins in
            for (row, number) in range.enumerated() {
                initial.draw(
                    seed: seed, chain: number, into: .init(rebasing: spins[row * sites..<(row + 1) * sites]))
            }
        }
        return Configurations(siteCount: sites, spins: spins)
    }
}

extension RandomPurpose {
    /// Directions in which the ansatz is tested.
    static let checks = RandomPurpose(identifier: 1 << 16)
}

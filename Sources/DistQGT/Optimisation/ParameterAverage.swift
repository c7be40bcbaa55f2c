import Foundation

/// The mean of the parameters over the last steps of a run, later ones with more weight (Polyak and Juditsky, SIAM J. Control
/// Optim. 30, 838, 1992; weights of Shamir and Zhang, ICML 2013, with their η = 3).
///
/// Steps that noise decides wander about the best parameters; their mean is nearer to these than any of them. Where the run
/// still descends, or parameters wander along directions that ψ does not depend on in a straight line only, it may be
/// farther: whether it is, the energies tell that are kept beside it.
public final class ParameterAverage {
    /// The mean of those that are trained; where a run took it as its parameters, those that it had before.
    public let parameters: ParameterVector
    /// Steps whose parameters it is the mean of.
    public private(set) var count = 0
    /// Whether its parameters are the run's, and the run's are here.
    public private(set) var isTaken = false
    /// Σ E, Σ ε² and the number of the steps whose energies are kept.
    private var energies = (sum: 0.0, squaredErrors: 0.0, count: 0)

    private static let eta = 3.0

    /// - Parameter like: a vector of the trained parameters that lies where this one is to lie. Collective over the ranks of its memory.
    public init(like vector: ParameterVector) { parameters = vector.makeZero() }

    /// Of what a checkpoint stored. Local.
    ///
    /// - Parameter layout: of the trained parameters.
    public init(_ layout: ParameterLayout, _ state: State) {
        parameters = ParameterVector(layout, values: state.parameters)
        (count, isTaken) = (state.count, state.isTaken)
        energies = (state.energySum, state.squaredErrors, state.energyCount)
    }

    /// All of it, as a checkpoint stores it.
    public struct State: Sendable, Equatable {
        public var parameters: [Double]
        public var count: Int
        public var isTaken: Bool
        public var energySum: Double
        public var squaredErrors: Double
        public var energyCount: Int

        public init(
            parameters: [Double], count: Int, isTaken: Bool, energySum: Double, squaredErrors: Double, energyCount: Int
        ) {
            self.parameters = parameters
            (self.count, self.isTaken) = (count, isTaken)
            (self.energySum, self.squaredErrors, self.energyCount) = (energySum, squaredErrors, energyCount)
        }
    }

    /// Local.
    public var state: State {
        State(
            parameters: parameters.values, count: count, isTaken: isTaken, energySum: energies.sum,
            squaredErrors: energies.squaredErrors, energyCount: energies.count)
    }

    /// Adds the parameters after a step, of which all are given here and below. Collective over the ranks of its memory.
    public func add(_ present: ParameterVector) {
        count += 1
        let share = (Self.eta + 1) / (Double(count) + Self.eta)
        parameters.scale(by: 1 - share)
        parameters.add(share, timesTrainedOf: present)
        parameters.publish()
    }

    /// Takes the parameters out that were added last. Collective over the ranks of its memory.
    public func remove(_ last: ParameterVector) {
        guard count > 0 else { return }
        let share = (Self.eta + 1) / (Double(count) + Self.eta)
        count -= 1
        if count == 0 {
            parameters.scale(by: 0)
        } else {
            parameters.add(-share, timesTrainedOf: last)
            parameters.scale(by: 1 / (1 - share))
        }
        parameters.publish()
    }

    /// Adds the energy of a step that the energy of the mean is to be held against.
    public func add(energy: Double, error: Double) {
        energies.sum += energy
        energies.squaredErrors += error * error
        energies.count += 1
    }

    /// Adds the energy of the last step, if none is there to hold that of the mean against.
    public func requireEnergy(of step: EnergyEstimate) {
        if energies.count == 0 { add(energy: step.statistics.mean.real, error: step.error) }
    }

    /// Exchanges the mean and the present parameters, or takes them back. Collective over the ranks of its memory.
    public func exchange(with present: ParameterVector) {
        let kept = ParameterVector(parameters.layout)
        kept.assign(trainedOf: present)
        present.assign(toTrained: parameters)
        // Nobody may still read what is overwritten.
        parameters.noteChange()
        parameters.publish()
        parameters.assign(from: kept)
        parameters.publish()
        isTaken.toggle()
    }

    /// Whether the energy of the mean is above that of the steps by more than two errors.
    public func isWorse(energy: Double, error: Double) -> Bool {
        guard energies.count > 0 else { return false }
        let steps = Double(energies.count)
        let difference = energy - energies.sum / steps
        let errors = (error * error + energies.squaredErrors / (steps * steps)).squareRoot()
        return difference > 2 * errors + 1e-14 * abs(energy)
    }
}

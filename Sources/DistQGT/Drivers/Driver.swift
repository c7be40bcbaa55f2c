/// What turns a state's samples into changes of its parameters: the search for a ground state, an evolution in time. A
/// driver asks its state for samples, and whatever else it needs of them, and has memory of its own; what only measures
/// needs none.
public protocol Driver: AnyObject {
    /// What a step did.
    associatedtype Report

    var state: MonteCarloState { get }
    /// Completed steps.
    var step: Int { get }

    /// Makes one step: samples, and a change of the parameters, the same on every rank. Collective.
    func advance() throws -> Report
}

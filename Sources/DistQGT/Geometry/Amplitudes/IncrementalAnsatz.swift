/// A network with a way of its own to amplitude ratios. Optional: ratios of any other network come from what
/// its tape shows (`NetworkProposals`, `NetworkRatios`).
///
/// `parameters` is the state's vector and changes from step to step: whoever keeps what it derives from it
/// derives it anew in `ProposalEvaluator.load` and `AmplitudeRatios.evaluate`.
public protocol IncrementalAnsatz: Ansatz {
    /// Nil: as the tape shows it.
    func makeProposalEvaluator(_ parameters: ParameterVector) -> (any ProposalEvaluator)?
    /// Nil: as the tape shows it.
    func makeAmplitudeRatios(_ parameters: ParameterVector) -> (any AmplitudeRatios)?
}

import LinearAlgebra

/// A determinant of orbitals over all modes to which a network on the configuration adds.
protocol OrbitalDeterminant: LayeredAnsatz {
    var sector: FermionSector { get }
    var orbitalInitialiser: Initialiser { get }
    /// What the orbitals start from; nil for random ones.
    var start: (@Sendable () -> StartingOrbitals?)? { get }
}

extension OrbitalDeterminant {
    /// The leaf `orbitals` of the determinant without the network.
    var orbitals: LeafDeclaration {
        SlaterDeterminant(
            sector, variant: sector.kind == .spinless ? .spinless : .generalised, dataType: dataType,
            initialiser: orbitalInitialiser, start: start
        ).leaves[0]
    }
}

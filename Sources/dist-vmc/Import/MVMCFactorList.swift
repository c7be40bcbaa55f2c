import DistQGT
import Numerics

/// The factors of mVMC's files as entries of the list `ansatz`.
struct MVMCFactorList {
    let particles: ImportedProblem.Particles
    /// Whether Gutzwiller is left out.
    let excludesDoubleOccupancy: Bool
    let siteCount: Int
    /// Whether mVMC computes with real numbers.
    let isReal: Bool
    let table: ParameterTable
    let seed: UInt64
    let namelist: DefinitionFile

    /// Nil where no file gives parameters.
    private func values(_ section: ParameterTable.Section) -> [Complex<Double>]? {
        guard table.isGiven else { return nil }
        let values = table.values(section, seed: seed)
        // Without complex files mVMC reads real parts.
        return isReal ? values.map { Complex($0.real) } : values
    }

    /// - Returns: the entries, and what of the files they leave out.
    func factors(
        _ files: MVMCFactors, _ pairs: MVMCPairs, _ projection: MVMCProjection
    ) throws -> (factors: [ImportedFactor], notices: [String]) {
        var factors = [pairProduct(pairs, projection)]
        var notices: [String] = []
        switch particles {
        case .spins:
            var left: [String] = []
            if files.gutzwiller != nil { left.append("Gutzwiller") }
            if files.jastrow != nil { left.append("Jastrow") }
            left += files.doublonHolon.map(\.section.rawValue)
            if !left.isEmpty {
                notices.append(
                    "left out, because they do nothing with one electron on each site: \(left.joined(separator: ", "))")
            }
        case .electrons:
            if let index = files.gutzwiller, !excludesDoubleOccupancy {
                factors.append(.gutzwiller(index, values(.gutzwiller)))
            }
            if let index = files.jastrow, siteCount > 1 {
                factors.append(.jastrow(index, reference: 1, values(.jastrow)))
            }
            for (section, neighbours) in files.doublonHolon {
                factors.append(.doublonHolon(neighbours, values(section)))
            }
        case .modes:
            if let index = files.gutzwiller { factors.append(.gutzwiller(ofModes: index, values(.gutzwiller))) }
            if let index = files.jastrow, siteCount > 1 {
                factors.append(.jastrow(ofModes: index, sites: siteCount, values(.jastrow)))
            }
            if let section = files.doublonHolon.first?.section {
                throw namelist.error(
                    "\(section.rawValue) with spins that are not conserved (no 2Sz) has no counterpart")
            }
            notices.append(
                "2Sz is not conserved: the electrons are spinless fermions, mode i up on site i, mode \(siteCount) + i down"
            )
        }
        guard !files.machines.isEmpty else { return (factors, notices) }
        guard !isReal, pairs.isAntiparallel else {
            notices.append(
                "left out, because mVMC does not evaluate them with " + (isReal ? "real parameters" : "such pairings")
                    + ": the files of restricted Boltzmann machines")
            return (factors, notices)
        }
        for machine in files.machines {
            if case .spins = particles, machine.kind == .charge {
                notices.append(
                    "left out, because it does nothing with one electron on each site: the machine of charges")
                continue
            }
            factors.append(try self.machine(machine))
            notices.append(
                "the machine of kind \(machine.kind.rawValue) is an rbm whose parameters are all free: what one parameter of "
                    + "mVMC stands for several times starts equal and does not stay so")
        }
        return (factors, notices)
    }

    private func pairProduct(_ pairs: MVMCPairs, _ projection: MVMCProjection) -> ImportedFactor {
        let values: [Complex<Double>]? =
            if table.counts[.general] != nil {
                self.values(.general)
            } else if table.counts[.parallel] != nil {
                self.values(.orbital).flatMap { first in self.values(.parallel).map { first + $0 } }
            } else { self.values(.orbital) }
        // One complex file makes all complex.
        let isComplex = pairs.complexCount > 0 || values?.contains { $0.imaginary != 0 } == true
        guard projection.isSingle else {
            let isOfSpins = if case .spins = particles { true } else { false }
            let projection = if case .modes = particles { projection.ofModes } else { projection }
            return .projectedPairs(
                pairs.pairings(
                    images: Array(0..<siteCount), negated: [Bool](repeating: false, count: siteCount)),
                projection, isOfSpins: isOfSpins, isAntiparallel: pairs.isAntiparallel, siteCount: siteCount,
                isComplex: isComplex, values)
        }
        let translation = projection.translations[0]
        return .pairProduct(
            pairs.pairings(images: translation.images, negated: translation.negated),
            isAntiparallel: pairs.isAntiparallel, siteCount: siteCount, isComplex: isComplex, values)
    }

    private func machine(_ machine: MVMCFactors.Machine) throws -> ImportedFactor {
        let kind = machine.kind
        guard machine.hiddenUnits > 0 else {
            throw namelist.error(
                "the \(kind.rawValue) machine has no hidden units (Nneuron\(kind.rawValue)); accepted: at least one")
        }
        let visibleUnits = kind == .general ? 2 * siteCount : siteCount
        func expanded(_ index: [Int]?, _ section: ParameterTable.Section, _ count: Int) -> [Complex<Double>] {
            guard let index else { return [Complex<Double>](repeating: .zero, count: count) }
            let values = values(section) ?? []
            return index.map { values.indices.contains($0) ? values[$0] : .zero }
        }
        let sections = machine.sections
        let sites = siteCount
        let readings: [(terms: [(number: Int, factor: Double)], constant: Double)]
        let numbers: Int
        if case .spins = particles {
            numbers = sites
            readings = (0..<visibleUnits).map { unit in
                let isDown = kind == .general && unit % 2 == 1
                return ([(kind == .general ? unit / 2 : unit, isDown ? -1 : 1)], 0)
            }
        } else {
            numbers = 2 * sites
            readings = (0..<visibleUnits).map { unit in
                switch kind {
                case .charge: ([(unit, 1), (sites + unit, 1)], -1)
                case .spin: ([(unit, 1), (sites + unit, -1)], 0)
                // Units go through the spins of a site first.
                case .general: ([(unit / 2 + unit % 2 * sites, 2)], -1)
                }
            }
        }
        let factor = ImportedFactor.machine(
            visible: expanded(machine.visible, sections[0], visibleUnits),
            hidden: expanded(machine.hidden, sections[1], machine.hiddenUnits),
            weights: expanded(machine.weights, sections[2], visibleUnits * machine.hiddenUnits), readings: readings,
            numbers: numbers)
        return table.isGiven ? factor : ImportedFactor(type: factor.type, keys: factor.keys, leaves: nil)
    }
}

extension NeuralQuantumState {
    /// Whether log ψ has points without a derivative, at which finite differences mean nothing.
    public var hasKinks: Bool {
        (machine.tape.parameterOperations + machine.tape.sampleOperations).contains { operation in
            (operation.atEachCopy as? Pointwise)?.activation.isSmooth == false
        }
    }

    /// Whether ψ is a sum whose terms have different signs or phases, as the determinant of an ensemble, and can vanish.
    public var canCancel: Bool {
        machine.tape.sampleOperations.map(\.atEachCopy).contains {
            $0 is PhaseOfSum || $0 is PfaffianSum || $0 is DeterminantOfExponentials
                || ($0 as? LogSumExp).map { $0.form != .real } ?? false
        }
    }

    /// The largest of the `finiteDifferenceErrors` of one direction. Local.
    public func finiteDifferenceError(
        at configurations: Configurations, along direction: ParameterVector, step: Double
    ) throws -> Double {
        try finiteDifferenceErrors(at: configurations, along: direction, step: step)
            .reduce(0) { $0.isNaN || $1.isNaN ? .nan : max($0, $1) }
    }

    /// Central finite differences of log ψ (four points) against J v, for one direction v: the deviation at each
    /// sample, relative to the largest |J v| of all (imaginary parts modulo 2π).
    ///
    /// With the step h the truncation error falls as h⁴ and rounding grows as ε/h. Parameters are put back.
    /// Local.
    public func finiteDifferenceErrors(
        at configurations: Configurations, along direction: ParameterVector, step: Double
    ) throws -> [Double] {
        let space = try SampleSpace(
            communicator: .alone(), localCount: configurations.count, isComplex: isComplex)
        let tangent = SampleVector(space)
        linearise(configurations, in: space).apply(direction, into: tangent)
        let start = parameters.makeZero()
        start.assign(from: parameters)

        func logPsi(offset: Double) -> [Double] {
            parameters.assign(from: start)
            parameters.add(offset, toTrained: direction)
            parametersChanged()
            return linearise(configurations, in: space).logPsi
        }
        let near = (logPsi(offset: step), logPsi(offset: -step))
        let far = (logPsi(offset: 2 * step), logPsi(offset: -2 * step))
        parameters.assign(from: start)
        parametersChanged()

        let largest = tangent.values.reduce(0) { max($0, abs($1)) }
        return (0..<configurations.count).map { sample in
            var worst = 0.0
            for component in 0..<space.components {
                func difference(_ pair: ([Double], [Double])) -> Double {
                    let index = 2 * sample + component
                    let plain = pair.0[index] - pair.1[index]
                    return component == 1 ? plain.remainder(dividingBy: 2 * .pi) : plain
                }
                let slope = (8 * difference(near) - difference(far)) / (12 * step)
                let error = abs(slope - tangent[sample * space.components + component])
                worst = worst.isNaN || error.isNaN ? .nan : max(worst, error)
            }
            return largest > 0 ? worst / largest : worst
        }
    }

    /// ‖J(iv) − i·J(v)‖/‖J v‖ for a random v: rounding for a holomorphic log ψ, of order one otherwise; nil
    /// where the question has no meaning (a real leaf, or a real log ψ). Local.
    public func holomorphyError(
        at configurations: Configurations, using generator: inout some RandomNumberGenerator
    ) throws -> Double? {
        guard trainedLayout.allComplex, isComplex else { return nil }
        let space = try SampleSpace(communicator: .alone(), localCount: configurations.count, isComplex: true)
        return try linearise(configurations, in: space).holomorphyError(using: &generator)
    }
}

extension Linearisation {
    /// ‖J(iv) − i·J(v)‖/‖J v‖ for a random v over the samples of all ranks: rounding for a holomorphic log ψ, of
    /// order one otherwise. Collective: two scalar-sized allreduces; `generator` gives the same numbers on every
    /// rank.
    ///
    /// - Precondition: every leaf is complex, and so is log ψ.
    public func holomorphyError(using generator: inout some RandomNumberGenerator) throws -> Double {
        precondition(layout.allComplex && space.isComplex)
        let v = makeDomainVector()
        v.fillWithNormalDeviates(using: &generator)
        let image = makeCodomainVector()
        apply(v, into: image)
        let norm = try image.norm()
        v.multiplyByI()
        let imageOfIV = makeCodomainVector()
        apply(v, into: imageOfIV)
        for sample in 0..<space.localCount {
            imageOfIV[2 * sample] += image[2 * sample + 1]
            imageOfIV[2 * sample + 1] -= image[2 * sample]
        }
        let deviation = try imageOfIV.norm()
        return norm > 0 ? deviation / norm : 0
    }
}

import LinearAlgebra
import Numerics

/// How far the change of log ψ by θ̇ is from what the equation of motion asks for: Σ w |ΔO θ̇ − Δε|², with the rate ε = −iE_loc
/// or −E_loc of log ψ.
enum EvolutionResidual {
    /// Collective: one allreduce of three numbers.
    ///
    /// - Parameters:
    ///   - direction: θ̇, this rank's own.
    ///   - means: of the linearisation; nil costs digits where they are large.
    ///   - rates: ε of the local samples, (re, im) in turn, and their mean over all ranks.
    static func squared(
        _ linearisation: Linearisation, _ direction: ParameterVector, means: MeanJacobian?, rates: [Double],
        mean: Complex<Double>
    ) throws -> Double {
        let space = linearisation.space
        let image = SampleVector(space)
        linearisation.apply(direction, into: image)
        // Means that are subtracted first leave little of the second pass.
        let (real, imaginary) = (means?.real.dot(direction) ?? 0, means?.imaginary?.dot(direction) ?? 0)
        let sums = try space.sums.sum(count: 3) { _, samples, sums in
            sums.update(repeating: 0, count: 3)
            for sample in samples {
                let weight = space.weight(sample)
                let own = image.pointer + sample * space.components
                let x = own[0] - real - (rates[2 * sample] - mean.real)
                let y = (space.isComplex ? own[1] - imaginary : 0) - (rates[2 * sample + 1] - mean.imaginary)
                sums[0] += weight * (x * x + y * y)
                sums[1] += weight * x
                sums[2] += weight * y
            }
        }
        return max(0, sums[0] - sums[1] * sums[1] - sums[2] * sums[2])
    }
}

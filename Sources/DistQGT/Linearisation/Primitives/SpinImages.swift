import LinearAlgebra

/// y[i, r] = σ_i s[sites[i, r]]: images of a sample's spins under permutations of the sites and flips of all spins, or parts
/// of them. Spins carry no tangent, so there is nothing to differentiate.
package struct SpinImages: Primitive {
    /// images × sites.
    package let sites: [Int32]
    /// σ, 1 or −1 for each image.
    package let signs: [Int]
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    package var multiplications: Int { sites.count }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let y = context.value(output)
        let width = output.features
        R.gather(
            context.value(input), sites, y, rows: context.samples, stride: input.features, count: sites.count,
            complex: false,
            accumulate: false)
        for (image, sign) in signs.enumerated() where sign < 0 {
            for sample in 0..<context.samples {
                let spins = y + (sample * signs.count + image) * width
                R.combine(-1, spins, spins, count: width, accumulate: false)
            }
        }
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}

import LinearAlgebra

/// By image of a configuration of fermions 0, or π where its creation operators change their order an odd number of times when
/// they are carried back: fermions of image i on site r move to sites[i, r]. The samples carry no tangent, so there is
/// nothing to differentiate.
package struct ImageOrderPhase: Primitive {
    /// images × sites.
    let sites: [Int32]
    /// By image 1 where up and down change places.
    let flips: [Int32]
    /// 2 of spinful fermions, whose modes with spin up come first.
    let planes: Int
    let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }
    private var siteCount: Int { sites.count / max(1, flips.count) }
    package var scratchReals: Int { (siteCount + 63) / 64 * MemoryLayout<UInt64>.size / MemoryLayout<Float>.size }
    package var multiplications: Int { planes * sites.count }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        let words = (siteCount + 63) / 64
        UnsafeMutableRawPointer(context.scratch).withMemoryRebound(to: UInt64.self, capacity: words) { work in
            sites.withUnsafeBufferPointer { sites in
                flips.withUnsafeBufferPointer { flips in
                    guard let sites = sites.baseAddress, let flips = flips.baseAddress else { return }
                    R.imageOrderPhases(
                        context.value(input), sites: sites, flips: flips, context.value(output), work: work,
                        samples: context.samples, images: self.flips.count, sitesPerImage: siteCount, planes: planes)
                }
            }
        }
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}

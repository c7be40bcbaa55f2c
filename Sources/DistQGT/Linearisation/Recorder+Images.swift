extension Recorder {
    /// Evaluates `body` at images of the sample's spins: image i has spin `signs[i] · s[sites[i][r]]` at site r. What
    /// it records reads them as `spins`; the parameters are the same for all.
    ///
    /// - Parameter body: records operations that end in one row. It may not use sample nodes from outside.
    /// - Returns: the body's results, the images as rows.
    public func images(sites: [[Int]], signs: [Int], _ body: (Recorder) -> Node) -> Node {
        let count = sites.count
        precondition(
            count > 0 && signs.count == count && sites.allSatisfy { $0.count == spins.features },
            "images: \(count) images of \(spins.features) sites with \(signs.count) signs")
        precondition(
            sites.joined().allSatisfy { 0..<spins.features ~= $0 }, "images: a site outside 0..<\(spins.features)")
        precondition(signs.allSatisfy { abs($0) == 1 }, "images: signs are 1 or -1")
        let (outerSpins, outerImages) = (spins, images)
        images = outerImages * count
        spins = makeNode(
            part: .sample, rows: 1, features: outerSpins.features, isComplex: false, hasTangent: false,
            isSpins: outerSpins.isSpins)
        images = outerImages
        append(SpinImages(sites: sites.joined().map(Int32.init), signs: signs, input: outerSpins, output: spins))
        images = outerImages * count
        let result = body(self)
        precondition(result.images == images && result.rows == 1, "images: a result of \(result.rows) rows")
        (spins, images) = (outerSpins, outerImages)
        let output = makeNode(
            part: .sample, rows: count, features: result.features, isComplex: result.isComplex,
            hasTangent: result.hasTangent)
        append(ImagesAsRows(input: result, output: output))
        return output
    }
}

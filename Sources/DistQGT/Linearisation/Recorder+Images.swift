extension Recorder {
    /// Evaluates `body` at images of the sample's spins: image i has spin `signs[i] · s[sites[i][r]]` at site r. What
    /// it records reads them as `spins`; the parameters are the same for all.
    ///
    /// - Parameter body: records operations that end in one row. It may not use sample nodes from outside.
    /// - Returns: the body's results, the images as rows.
    public func images(sites: [[Int]], signs: [Int], _ body: (Recorder) -> Node) -> Node {
        precondition(
            signs.count == sites.count && sites.allSatisfy { $0.count == spins.features },
            "images: \(sites.count) images of \(spins.features) sites with \(signs.count) signs")
        precondition(signs.allSatisfy { abs($0) == 1 }, "images: signs are 1 or -1")
        return rows(ofImages: sites, signs: signs) { [body($0)] }[0]
    }

    /// log ψ at parts of the sample, as its logarithm where ψ is positive, or as log |ψ| and a phase without a tangent where
    /// that is 0 or π throughout: the parts as rows.
    ///
    /// - Parameters:
    ///   - parts: of each the numbers that it is read by, as many of each.
    ///   - body: records log ψ of what it reads as `spins`. It may not use sample nodes from outside.
    func logarithms(ofParts parts: [[Int]], _ body: (Recorder) -> Node) -> (logarithm: Node, phase: Node?) {
        let found = rows(ofImages: parts, signs: [Int](repeating: 1, count: parts.count)) { tape in
            let logPsi = body(tape)
            guard let split = tape.constantSign(of: logPsi) else { return [logPsi] }
            return [split.modulus, split.phase]
        }
        return (found[0], found.count > 1 ? found[1] : nil)
    }

    /// What is recorded at every image of the sample, of one row each, with the images as rows.
    private func rows(ofImages sites: [[Int]], signs: [Int], _ body: (Recorder) -> [Node]) -> [Node] {
        let count = sites.count
        let width = sites.first?.count ?? 0
        precondition(count > 0 && sites.allSatisfy { $0.count == width }, "images: \(count) images of different sites")
        precondition(
            sites.joined().allSatisfy { 0..<spins.features ~= $0 }, "images: a site outside 0..<\(spins.features)")
        let (outerSpins, outerImages) = (spins, images)
        images = outerImages * count
        spins = makeNode(
            part: .sample, rows: 1, features: width, isComplex: false, hasTangent: false, isSpins: outerSpins.isSpins)
        images = outerImages
        append(SpinImages(sites: sites.joined().map(Int32.init), signs: signs, input: outerSpins, output: spins))
        images = outerImages * count
        let results = body(self)
        precondition(results.allSatisfy { $0.images == images && $0.rows == 1 }, "images: a result of several rows")
        (spins, images) = (outerSpins, outerImages)
        return results.map { result in
            let output = makeNode(
                part: .sample, rows: count, features: result.features, isComplex: result.isComplex,
                hasTangent: result.hasTangent)
            append(ImagesAsRows(input: result, output: output))
            return output
        }
    }
}

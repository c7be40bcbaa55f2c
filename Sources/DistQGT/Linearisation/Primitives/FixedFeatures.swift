import LinearAlgebra

/// What a network reads beside the numbers of a configuration itself: integers that count something in it.
///
/// They depend on no parameter, so that there is nothing to differentiate.
package protocol ConfigurationFeatures: Sendable {
    /// Numbers of one configuration.
    var featureCount: Int { get }
    /// Writes those of one configuration.
    ///
    /// - Parameter x: what the tape reads.
    func write<R: TapeScalar>(_ x: UnsafePointer<R>, into features: UnsafeMutablePointer<R>)
}

/// y = the features of each sample.
package struct FixedFeatures: Primitive {
    package let features: any ConfigurationFeatures
    package let input: Node
    package let output: Node

    package var inputs: [Node] { [input] }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) {
        func write(_ features: some ConfigurationFeatures) {
            let (x, y) = (context.value(input), context.value(output))
            for row in 0..<context.rows(input) {
                features.write(x + row * input.features, into: y + row * output.features)
            }
        }
        write(features)
    }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) {}
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) {}
}

/// x + c: densities measured from a mean one.
package struct Shift: ConfigurationFeatures {
    package let featureCount: Int
    package let constant: Double

    package func write<R: TapeScalar>(_ x: UnsafePointer<R>, into features: UnsafeMutablePointer<R>) {
        for place in 0..<featureCount { features[place] = x[place] + R(constant) }
    }
}

extension Recorder {
    /// Integers that count something in a configuration: 1 × `features.featureCount`.
    package func features(_ features: any ConfigurationFeatures, of x: Node) -> Node {
        precondition(x.part == .sample && !x.isComplex && !x.hasTangent && x.rows == 1, "features of a configuration")
        let output = makeNode(
            part: .sample, rows: 1, features: features.featureCount, isComplex: false, hasTangent: false)
        append(FixedFeatures(features: features, input: x, output: output))
        return output
    }

    /// x + c, for an x that depends on no parameter.
    func shifted(_ x: Node, by constant: Double) -> Node {
        features(Shift(featureCount: x.features, constant: constant), of: x)
    }
}

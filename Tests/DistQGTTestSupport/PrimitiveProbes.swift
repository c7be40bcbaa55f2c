import DistQGT
import LinearAlgebra
import Numerics

/// A network given by a closure, to put single primitives on a tape.
public struct ProbeAnsatz: Ansatz {
    public let siteCount: Int
    public let dataType: DataType
    public let leaves: [LeafDeclaration]
    private let record: @Sendable (Recorder) -> Node

    public init(
        siteCount: Int, dataType: DataType, leaves: [(String, [Int], Bool)],
        _ record: @escaping @Sendable (Recorder) -> Node
    ) {
        self.siteCount = siteCount
        self.dataType = dataType
        self.leaves = leaves.map { LeafDeclaration($0.0, $0.1, isComplex: $0.2, Initialiser(.normal, scale: 0.4)) }
        self.record = record
    }

    public func logPsi(_ tape: Recorder) -> Node { record(tape) }
}

/// Tapes that put every primitive where its rules are used: several rows per sample, derived weights,
/// a leaf used twice, real and complex fields mixed. Four sites.
public func primitiveProbes(_ type: DataType) -> [NamedAnsatz] {
    let complex = type.isComplex
    let n = 4
    // Three patches of two neighbouring spins: three rows per sample.
    let patches = [0, 1, 1, 2, 2, 3]
    func probe(
        _ name: String, _ leaves: [(String, [Int], Bool)], _ record: @escaping @Sendable (Recorder) -> Node
    ) -> NamedAnsatz {
        NamedAnsatz("\(name) \(type.rawValue)", ProbeAnsatz(siteCount: n, dataType: type, leaves: leaves, record))
    }
    return [
        probe("dense on rows", [("w", [2, 3], complex), ("b", [3], complex), ("v", [3, 2], complex)]) { tape in
            let x = tape.gather(tape.spins, index: patches, rows: 3)
            let y = tape.activation(
                .tanh, tape.dense(x, kernel: tape.parameter("w"), bias: tape.parameter("b", rows: 1)))
            let z = tape.activation(.logCosh, tape.dense(y, kernel: tape.parameter("v")))
            return tape.sumFeatures(tape.sumRows(z, factor: 0.7), factor: -1.3)
        },
        probe("leaf used twice", [("w", [4, 4], complex)]) { tape in
            let w = tape.parameter("w")
            let y = tape.activation(.tanh, tape.dense(tape.spins, kernel: w))
            return tape.sumFeatures(tape.activation(.logCosh, tape.dense(y, kernel: w)))
        },
        probe("leaf in two shapes", [("w", [4, 2], complex)]) { tape in
            let y = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("w")))
            let z = tape.activation(.tanh, tape.dense(y, kernel: tape.parameter("w", rows: 2)))
            return tape.sumFeatures(z)
        },
        probe("derived weights", [("w", [3], complex), ("b", [2], complex)]) { tape in
            // A circulant kernel gathered from three numbers, doubled, plus a repeated bias.
            let index = (0..<16).map { ($0 / 4 + 2 * ($0 % 4)) % 3 }
            let w = tape.gather(tape.parameter("w", rows: 1), index: index, rows: 4)
            let kernel = tape.combination([(2, w), (Complex(-0.5), w)])
            let bias = tape.gather(tape.parameter("b", rows: 1), index: [0, 1, 1, 0], rows: 1)
            return tape.sumFeatures(
                tape.activation(.logCosh, tape.dense(tape.spins, kernel: kernel, bias: bias)))
        },
        probe("activated weights", [("w", [4, 3], complex)]) { tape in
            let kernel = tape.activation(.tanh, tape.parameter("w"))
            return tape.sumFeatures(tape.activation(.tanh, tape.dense(tape.spins, kernel: kernel)))
        },
        probe("gather of hidden units", [("w", [4, 3], complex)]) { tape in
            let y = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("w")))
            let rows = tape.gather(y, index: [2, 0, 0, 1, 1, 1], rows: 2)
            return tape.sumFeatures(tape.sumRows(tape.activation(.logCosh, rows)))
        },
        probe("combination and branches", [("w", [4, 3], complex), ("v", [4, 3], complex)]) { tape in
            let x = tape.dense(tape.spins, kernel: tape.parameter("w"))
            let y = tape.dense(tape.spins, kernel: tape.parameter("v"))
            let z = tape.combination([(Complex(0.5), x), (Complex(0.3, -0.8), y), (2, x)])
            return tape.sumFeatures(tape.sum(tape.activation(.tanh, z), tape.complexified(x)))
        },
        probe("complex parts", [("w", [4, 3], true)]) { tape in
            let z = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("w")))
            let re = tape.activation(.gelu, tape.realPart(z))
            let im = tape.activation(.logCosh, tape.imaginaryPart(z))
            return tape.sumFeatures(tape.combination([(1, re), (Complex(0.2, 1), im)]))
        },
        probe("real parts only", [("w", [4, 3], true)]) { tape in
            let z = tape.dense(tape.spins, kernel: tape.parameter("w"))
            return tape.sumFeatures(tape.sum(tape.realPart(z), tape.activation(.tanh, tape.imaginaryPart(z))))
        },
        probe("real weights on complex numbers", [("w", [4, 3], true), ("v", [3, 2], false), ("b", [2], false)]) {
            tape in
            let z = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("w")))
            let y = tape.dense(z, kernel: tape.parameter("v"), bias: tape.parameter("b", rows: 1))
            return tape.sumFeatures(tape.activation(.reimSELU, y))
        },
        probe("pair products and an unused branch", [("w", [6], complex), ("v", [4, 3], complex)]) { tape in
            _ = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
            return tape.dense(tape.pairProducts(), kernel: tape.parameter("w", rows: 6))
        },
        probe(
            "convolutions on a torus",
            [("v", [4, 24], complex), ("k", [6, 12], complex), ("b", [36], complex), ("l", [3, 12], complex)]
        ) { tape in
            let x = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
            let y = tape.fourierConvolution(
                x, kernel: tape.parameter("k"), bias: tape.parameter("b", rows: 1), extents: [4, 3])
            // Sums of many terms made smaller: far from the poles of the activations.
            let hidden = tape.activation(.logCosh, tape.combination([(Complex(0.2), y)]))
            let z = tape.fourierConvolution(hidden, kernel: tape.parameter("l"), extents: [4, 3])
            return tape.sumFeatures(tape.activation(.tanh, z), factor: 0.2)
        },
        probe(
            "convolution of the spins, and a kernel used twice",
            [("k", [2, 4], complex), ("l", [4, 4], complex), ("b", [8], complex)]
        ) { tape in
            let x = tape.activation(
                .tanh, tape.fourierConvolution(tape.spins, kernel: tape.parameter("k"), extents: [2, 2]))
            let bias = tape.parameter("b", rows: 1)
            let y = tape.fourierConvolution(x, kernel: tape.parameter("l"), bias: bias, extents: [2, 2])
            let z = tape.fourierConvolution(
                tape.activation(.tanh, y), kernel: tape.parameter("l"), bias: bias, extents: [4])
            return tape.sumFeatures(tape.activation(.logCosh, tape.sum(x, z)))
        },
        probe("direct convolution", [("k", [2, 4], complex), ("l", [6, 4], complex), ("b", [12], complex)]) { tape in
            let x = tape.directConvolution(tape.spins, kernel: tape.parameter("k"), extents: [2, 2])
            let y = tape.directConvolution(
                tape.activation(.tanh, x), kernel: tape.parameter("l"), bias: tape.parameter("b", rows: 1), extents: [4]
            )
            return tape.sumFeatures(tape.activation(.logCosh, y))
        },
        probe(
            "real and complex convolutions mixed",
            [("v", [4, 3], false), ("k", [2, 3], true), ("l", [4, 3], false), ("b", [6], false)]
        ) { tape in
            let x = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
            let y = tape.fourierConvolution(
                x, kernel: tape.parameter("k"), bias: tape.parameter("b", rows: 1), extents: [1, 3, 1])
            let z = tape.fourierConvolution(tape.activation(.tanh, y), kernel: tape.parameter("l"), extents: [3])
            return tape.sumFeatures(tape.activation(.reimSELU, z))
        },
        probe("padded gather", [("w", [3, 3], complex), ("v", [2], complex)]) { tape in
            // Patches of three spins of an open row; then of hidden units, and of weights.
            let patches = [nil, 0, 1, 0, 1, 2, 1, 2, 3, 2, 3, nil] as [Int?]
            let y = tape.activation(
                .tanh, tape.dense(tape.gather(tape.spins, padded: patches, rows: 4), kernel: tape.parameter("w")))
            let kernel = tape.gather(tape.parameter("v", rows: 1), padded: [0, nil, 1, 1, nil, 0], rows: 3)
            let z = tape.dense(tape.gather(y, padded: [nil, 4, 11, 4, nil, 0], rows: 2), kernel: kernel)
            return tape.sumFeatures(tape.sumRows(tape.activation(.logCosh, z)))
        },
        probe(
            "products with patches",
            [("w", [3, 3], complex), ("b", [3], false), ("v", [2, 2], true), ("u", [3, 1], false)]
        ) { tape in
            // Patches of spins, of hidden units with zeros and repetitions, and of complex ones; a kernel used twice.
            let first = [nil, 0, 1, 0, 1, 2, 1, 2, 3, 2, 3, nil] as [Int?]
            let w = tape.parameter("w")
            let bias = tape.parameter("b", rows: 1)
            let x = tape.patchProduct(tape.spins, patches: first, rows: 4, kernel: w, bias: bias)
            let y = tape.patchProduct(
                tape.activation(.tanh, x), patches: [0, 4, nil, 5, 11, 5], rows: 2, kernel: w, bias: bias)
            let z = tape.patchProduct(
                tape.activation(.tanh, y), patches: [3, 0, nil, 5, 1, 1], rows: 3, kernel: tape.parameter("v"))
            let real = tape.patchProduct(z, patches: [0, 5, nil, 1, 2, 2], rows: 2, kernel: tape.parameter("u"))
            return tape.sumFeatures(tape.sumRows(tape.activation(.tanh, real)))
        },
        probe("layer normalisation", [("w", [2, 5], false), ("v", [5, 3], complex)]) { tape in
            let x = tape.gather(tape.spins, index: patches, rows: 3)
            let y = tape.layerNormalisation(tape.dense(x, kernel: tape.parameter("w")))
            let z = tape.layerNormalisation(tape.activation(.tanh, tape.sum(y, tape.layerNormalisation(y))))
            return tape.sumFeatures(tape.sumRows(tape.activation(.logCosh, tape.dense(z, kernel: tape.parameter("v")))))
        },
        probe("row mixing", [("w", [2, 4], complex), ("a", [6, 2], complex), ("b", [6, 1], false)]) { tape in
            let x = tape.gather(tape.spins, index: patches, rows: 3)
            let y = tape.activation(.tanh, tape.dense(x, kernel: tape.parameter("w")))
            let a = tape.parameter("a")
            let two = tape.mixRows(y, coefficients: a, rows: 2)
            // The same coefficients again, for two rows instead of three; and spins, which have no tangent.
            let three = tape.mixRows(tape.activation(.tanh, two), coefficients: a, rows: 3)
            let mixed = tape.mixRows(three, coefficients: tape.parameter("b"), rows: 2)
            let spins = tape.mixRows(x, coefficients: tape.parameter("b"), rows: 2)
            return tape.sum(
                tape.sumFeatures(tape.sumRows(tape.activation(.logCosh, mixed))),
                tape.sumFeatures(tape.sumRows(tape.complexified(tape.activation(.tanh, spins)))))
        },
        probe("sums of exponentials on rows", [("w", [2, 4], complex), ("v", [4, 3], complex)]) { tape in
            let w = tape.dense(tape.gather(tape.spins, index: patches, rows: 3), kernel: tape.parameter("w"))
            let positive = tape.sumRows(tape.logSumExp(w, weights: [1, Complex(0.5), 2, Complex(0.1)]))
            let phases = tape.sumRows(tape.logSumExp(w, weights: [1, 0, Complex(0.3, 0.4), Complex(0, -0.2)]))
            let v = tape.dense(tape.spins, kernel: tape.parameter("v"))
            return tape.sum(
                tape.complexified(positive), phases, tape.complexified(tape.logSumExp(v, weights: [1, 1, 1])))
        },
        probe("signs of sums", [("w", [4, 3], complex)]) { tape in
            let y = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("w")))
            return tape.logSumExp(y, weights: [-3, Complex(0.2), Complex(0.1)])
        },
        probe("signs of sums inside the tape", [("w", [4, 3], complex)]) { tape in
            let y = tape.dense(tape.spins, kernel: tape.parameter("w"))
            // Times a complex number, so that what comes behind is complex.
            return tape.combination([
                (Complex(0.8, -0.4), tape.logSumExp(y, weights: [-3, Complex(0.2), Complex(0.1)])),
                (1, tape.sumFeatures(y)),
            ])
        },
        probe("signs of sums added up", [("w", [4, 3], complex), ("v", [4, 1], false)]) { tape in
            let y = tape.dense(tape.spins, kernel: tape.parameter("w"))
            let first = tape.logSumExp(y, weights: [-3, Complex(0.2), Complex(0.1)])
            let second = tape.logSumExp(y, weights: [Complex(0.2), Complex(-0.5), 4])
            let real = tape.dense(tape.spins, kernel: tape.parameter("v"))
            return tape.combination([(2, tape.sum(first, real)), (1, second), (-1, tape.complexified(real))])
        },
        probe("concatenation", [("w", [2, 3], complex), ("v", [7, 2], complex)]) { tape in
            let x = tape.gather(tape.spins, index: patches, rows: 3)
            let y = tape.dense(x, kernel: tape.parameter("w"))
            let z = tape.concatenation([
                tape.activation(.tanh, y), x, tape.gather(y, index: [0, 4, 8, 1, 5, 2], rows: 3),
            ])
            return tape.sumFeatures(tape.sumRows(tape.activation(.tanh, tape.dense(z, kernel: tape.parameter("v")))))
        },
        probe("fixed factors", [("w", [4, 4], false), ("v", [4, 1], complex)]) { tape in
            let x = tape.dense(tape.spins, kernel: tape.parameter("w"))
            let y = tape.product(x, fixed: tape.spins)
            let z = tape.product(tape.activation(.logSigmoid, tape.sum(x, y)), fixed: tape.freeSites(upSpins: 2))
            // One of the factors is a product of factors that depend on no parameter either.
            let both = tape.product(z, fixed: tape.product(tape.spins, fixed: tape.freeSites(upSpins: 3)))
            return tape.sum(tape.sumFeatures(tape.sum(z, both)), tape.dense(y, kernel: tape.parameter("v")))
        },
        probe("images of the spins", [("w", [2, 3], complex), ("b", [3], complex), ("v", [4, 3], complex)]) { tape in
            // Layers of several rows in every image, and the same leaves also outside; images within images.
            func layers(_ tape: Recorder) -> Node {
                let x = tape.gather(tape.spins, index: patches, rows: 3)
                let y = tape.dense(x, kernel: tape.parameter("w"), bias: tape.parameter("b", rows: 1))
                return tape.sumRows(tape.activation(.tanh, y))
            }
            let inner = [[1, 0, 3, 2], [0, 1, 2, 3]]
            let images = tape.images(sites: [[0, 1, 2, 3], [1, 2, 3, 0], [2, 3, 0, 1]], signs: [1, -1, 1]) { tape in
                let nested = tape.images(sites: inner, signs: [-1, 1]) { tape in
                    tape.dense(tape.spins, kernel: tape.parameter("v"))
                }
                return tape.sum(layers(tape), tape.sumRows(tape.activation(.tanh, nested)))
            }
            return tape.sumFeatures(
                tape.sum(tape.sumRows(tape.activation(.logCosh, images)), tape.activation(.tanh, layers(tape))))
        },
        probe("logarithm of a sum over images", [("w", [4, 1], complex)]) { tape in
            let images = tape.images(sites: [[0, 1, 2, 3], [3, 1, 0, 2], [1, 2, 3, 0]], signs: [1, 1, -1]) { tape in
                tape.dense(tape.spins, kernel: tape.parameter("w"))
            }
            return tape.logSumExp(
                tape.gather(images, index: [0, 1, 2], rows: 1),
                weights: [Complex(0.5), Complex(0.2, 0.7), Complex(-0.3, 1.1)])
        },
        probe("determinant of exponentials", [("w", [4, 9], complex), ("v", [4, 9], true), ("u", [4, 1], false)]) {
            tape in
            func matrix(_ name: String) -> Node {
                let x = tape.dense(tape.spins, kernel: tape.parameter(name))
                return tape.gather(tape.sum(x, tape.activation(.tanh, x)), index: Array(0..<9), rows: 3)
            }
            // Twice the same matrix, a complex one, and a single entry.
            let own = tape.logDeterminantOfExponentials(matrix("w"))
            let one = tape.logDeterminantOfExponentials(tape.dense(tape.spins, kernel: tape.parameter("u")))
            return tape.combination([
                (2, own), (1, tape.logDeterminantOfExponentials(matrix("v"))), (1, tape.complexified(one)),
            ])
        },
        probe("sign of a determinant of exponentials", [("w", [4, 9], complex)]) { tape in
            let x = tape.gather(
                tape.dense(tape.spins, kernel: tape.parameter("w")), index: Array(0..<9), rows: 3)
            return tape.logDeterminantOfExponentials(x)
        },
        probe("output read inside the tape", [("w", [4, 1], complex)]) { tape in
            let y = tape.dense(tape.spins, kernel: tape.parameter("w"))
            return tape.sum(y, tape.activation(.tanh, y))
        },
    ] + fermionProbes(type)
}

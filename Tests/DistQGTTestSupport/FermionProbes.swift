import DistQGT
import LinearAlgebra
import Numerics

/// Tapes of four sites with matrices of occupied modes, determinants and Pfaffians. Samples are any spins, so that numbers
/// of up spins differ: what vanishes for some of them is not taken the logarithm of.
public func fermionProbes(_ type: DataType) -> [NamedAnsatz] {
    let complex = type.isComplex
    let n = 4
    let two = OccupiedModes.fermions(0..<n, count: 2)
    let up = OccupiedModes.sites(n, up: true, count: 2)
    let down = OccupiedModes.sites(n, up: false, count: 2)
    let all = OccupiedModes.spins(sites: n)
    // Modes of which some two are occupied, whatever the spins are.
    let ofFour = OccupiedModes(
        [0, 1].flatMap { site in
            [true, false].map { OccupiedModes.ModeReading(feature: site, isPositive: $0) }
        }, count: 2)
    func probe(
        _ name: String, _ leaves: [(String, [Int], Bool)], _ record: @escaping @Sendable (Recorder) -> Node
    ) -> NamedAnsatz {
        NamedAnsatz("\(name) \(type.rawValue)", ProbeAnsatz(siteCount: n, dataType: type, leaves: leaves, record))
    }
    return [
        probe("rows of modes", [("w", [4, 3], complex), ("v", [4, 12], complex), ("u", [4, 3], false)]) { tape in
            // One leaf at two lists of modes, a derived one in another order, and rows of a sample node.
            let w = tape.parameter("w")
            let derived = tape.combination([(Complex(0.5), w), (-1, tape.parameter("u"))])
            let turned = OccupiedModes(two.readings, count: 2, rows: [2, 0, 3, 1])
            let y = tape.gather(
                tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v"))), index: Array(0..<12),
                rows: 4)
            let sums = [
                tape.rows(of: w, at: two), tape.rows(of: w, at: down), tape.rows(of: derived, at: turned),
                tape.rows(of: y, at: up), tape.rows(of: y, at: two),
            ].map { tape.sumFeatures(tape.sumRows(tape.activation(.tanh, $0))) }
            return tape.sum(tape.sum(sums[0], sums[1], sums[2]), sums[3], sums[4])
        },
        probe("combined rows of modes", [("w", [4, 6], complex), ("u", [4, 6], false), ("v", [4, 6], complex)]) {
            tape in
            // Coefficients that depend on the sample and on parameters, and spins, which depend on none.
            let h = tape.gather(
                tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v"))), index: Array(0..<6),
                rows: 3)
            let spins = tape.gather(tape.spins, index: [0, 1, 2, 3], rows: 2)
            let sums = [
                tape.rows(of: tape.parameter("w"), combinedBy: h, places: [0, 2, 1, 2], at: two),
                tape.rows(of: tape.parameter("u"), combinedBy: h, places: [2, 2, 0, 1], at: down),
                tape.rows(of: tape.parameter("w"), combinedBy: spins, places: [1, 0, 0, 1], at: up),
            ].map { tape.sumFeatures(tape.sumRows(tape.activation(.tanh, $0))) }
            return tape.sum(tape.sum(sums[0], sums[1]), sums[2])
        },
        probe("entries of modes", [("w", [4, 4], complex), ("v", [4, 16], complex)]) { tape in
            let w = tape.parameter("w")
            let transposed = tape.gather(w, index: (0..<16).map { $0 % 4 * 4 + $0 / 4 }, rows: 4)
            let y = tape.gather(
                tape.dense(tape.spins, kernel: tape.parameter("v")), index: Array(0..<16), rows: 4)
            let one = OccupiedModes.sites(n, up: true, count: 1)
            let three = OccupiedModes.sites(n, up: false, count: 3)
            let sums = [
                tape.entries(of: w, rows: up, columns: down), tape.entries(of: transposed, rows: up, columns: two),
                tape.entries(of: y, rows: one, columns: three), tape.entries(of: y, rows: two, columns: down),
            ].map { tape.sumFeatures(tape.sumRows(tape.activation(.tanh, $0))) }
            return tape.sum(tape.sum(sums[0], sums[1]), tape.sum(sums[2], sums[3]))
        },
        probe("antisymmetric entries", [("f", [28], complex), ("v", [4, 6], complex)]) { tape in
            let f = tape.parameter("f")
            let y = tape.dense(tape.spins, kernel: tape.parameter("v"))
            let turned = OccupiedModes(all.readings, count: n, rows: [1, 2, 3, 0, 5, 6, 7, 4])
            let entries = [
                tape.antisymmetricEntries(of: f, at: all), tape.antisymmetricEntries(of: f, at: turned),
                tape.antisymmetricEntries(of: y, at: two), tape.antisymmetricEntries(of: y, at: up),
            ]
            // An antisymmetric matrix's entries add up to 0: only some are read.
            let sums = entries.map { x in
                let some = tape.gather(x, index: [1, x.elements - 2], rows: 1)
                return tape.sumFeatures(tape.activation(.tanh, tape.combination([(Complex(0.7), some)])))
            }
            return tape.sum(tape.sum(sums[0], sums[1]), tape.sum(sums[2], sums[3]))
        },
        probe("entries of a tied matrix", [("w", [5], complex), ("f", [6], complex)]) { tape in
            // Entries by a table, some of them 0, of one and of two minors; and those of an antisymmetric matrix.
            let table = (0..<16).map { $0 * 3 % 7 < 5 ? $0 * 3 % 7 : nil }
            let pairs = (0..<28).map { $0 * 5 % 8 < 6 ? $0 * 5 % 8 : nil }
            let w = tape.parameter("w", rows: 1)
            let nodes = [
                tape.entries(of: w, table: table, rows: up, columns: down),
                tape.entries(of: w, table: table, rows: up, columns: two),
                tape.gather(
                    tape.antisymmetricEntries(of: tape.parameter("f", rows: 1), table: pairs, at: all),
                    index: [1, 2, 7],
                    rows: 1),
            ]
            let sums = nodes.map { tape.sumFeatures(tape.sumRows(tape.activation(.tanh, $0))) }
            return tape.sum(tape.sum(sums[0], sums[1]), sums[2])
        },
        probe("sums of pair products", [("w", [4], complex)]) { tape in
            let classes = (0..<6).map { $0 * 3 % 5 < 4 ? $0 * 3 % 5 : nil }
            return tape.dense(
                tape.pairSums(of: tape.freeSites(upSpins: 2), classes: classes, count: 4),
                kernel: tape.parameter("w", rows: 4))
        },
        probe("determinants", [("w", [8, 4], complex), ("v", [4, 16], false)]) { tape in
            // Orbitals that depend on the configuration, and the same leaf without a correction.
            let w = tape.rows(of: tape.parameter("w"), at: all)
            let y = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
            let moved = tape.sum(w, tape.gather(y, index: Array(0..<16), rows: 4))
            return tape.logProduct([tape.logDeterminant(shifted(moved, tape)), tape.logDeterminant(shifted(w, tape))])
        },
        probe("Pfaffians", [("f", [28], complex), ("w", [6, 1], false)]) { tape in
            let f = tape.antisymmetricEntries(of: tape.parameter("f"), at: all)
            // A real factor and the sign of the order of sites, in nested sums.
            let jastrow = tape.dense(tape.pairProducts(of: tape.freeSites(upSpins: 2)), kernel: tape.parameter("w"))
            return tape.sum(tape.sum(tape.logPfaffian(paired(f, tape)), jastrow), tape.siteOrderPhase())
        },
        probe("projected pairs", [("f", [28], complex), ("v", [1], complex)]) { tape in
            // Once and twice: other weights, other modes.
            let f = tape.gather(tape.parameter("f"), index: Array(0..<28), rows: 28)
            let half = tape.gather(tape.parameter("f"), index: [0, 5, 9, 12, 20, 27], rows: 6)
            let v = tape.dense(tape.gather(tape.spins, index: [0], rows: 1), kernel: tape.parameter("v", rows: 1))
            return tape.logProduct([
                tape.logPfaffianSum(of: f, over: projectedTerms(all, isComplex: false)),
                tape.logPfaffianSum(of: half, over: projectedTerms(ofFour, isComplex: false)), v,
            ])
        },
        probe("projected pairs of a momentum", [("f", [28], complex)]) { tape in
            let f = tape.gather(tape.parameter("f"), index: Array(0..<28), rows: 28)
            return tape.logPfaffianSum(of: f, over: projectedTerms(all, isComplex: true))
        },
        probe("hidden fermions", [("w", [8, 4], complex), ("h", [8, 1], complex), ("v", [4, 5], complex)]) { tape in
            let visible = tape.concatenation([
                tape.rows(of: tape.parameter("w"), at: all), tape.rows(of: tape.parameter("h"), at: all),
            ])
            let hidden = tape.activation(.tanh, tape.dense(tape.spins, kernel: tape.parameter("v")))
            return tape.logDeterminant(shifted(tape.stacked([visible, hidden]), tape))
        },
        probe("stacked rows", [("w", [2, 3], complex), ("v", [4, 6], false)]) { tape in
            let x = tape.gather(tape.spins, index: [0, 1, 1, 2, 2, 3], rows: 3)
            let y = tape.dense(x, kernel: tape.parameter("w"))
            let z = tape.gather(
                tape.dense(tape.spins, kernel: tape.parameter("v")), index: Array(0..<6), rows: 2)
            let fixed = tape.gather(tape.spins, index: [0, 1, 2], rows: 1)
            // Parameters below each other too.
            let kernel = tape.stacked([
                tape.parameter("w"), tape.gather(tape.parameter("w"), index: [4, 0, 2], rows: 1),
            ])
            let rows = tape.activation(.tanh, tape.stacked([y, fixed, z, y]))
            return tape.sumFeatures(tape.activation(.logCosh, tape.sumRows(tape.dense(rows, kernel: kernel))))
        },
        probe("sum of Pfaffians at images", [("f", [28], complex)]) { tape in
            let images = tape.images(sites: [[0, 1, 2, 3], [1, 2, 3, 0]], signs: [1, -1]) { tape in
                let f = tape.antisymmetricEntries(of: tape.parameter("f"), at: all)
                return tape.logPfaffian(paired(f, tape))
            }
            return tape.logSumExp(tape.gather(images, index: [0, 1], rows: 1), weights: [1, Complex(0.1, 0.3)])
        },
    ]
}

/// Translations, parity and rotations.
private func projectedTerms(_ modes: OccupiedModes, isComplex: Bool) -> PairTerms {
    let count = modes.readings.count
    let half = count / 2
    func turned(_ mode: Int, by shift: Int, flipped: Bool) -> Int {
        let (spin, site) = (mode / half, mode % half)
        return (flipped ? 1 - spin : spin) * half + (site + shift) % half
    }
    let maps = [(0, false, 1.0), (1, false, 0.3), (1, true, -0.4)].map { shift, flipped, weight in
        PairTerms.Map(
            images: (0..<count).map { turned($0, by: shift, flipped: flipped) },
            weight: isComplex ? Complex(weight, 0.2 * weight + 0.3 * Double(shift)) : Complex(weight),
            isNegated: flipped ? (0..<count).map { $0 % 3 == 0 } : nil)
    }
    return PairTerms(
        modes, elements: maps,
        rotations: [(PairRotation(angle: 0.4), 0.8), (.identity, 0.5), (PairRotation(angle: 1.9), -0.2)])
}

/// x + 2: far from what is singular.
private func shifted(_ x: Node, _ tape: Recorder) -> Node {
    let ones = tape.product(tape.spins, fixed: tape.spins)
    let index = (0..<x.elements).map { $0 / x.features == $0 % x.features ? 0 : nil as Int? }
    return tape.sum(x, tape.combination([(2, tape.gather(ones, padded: index, rows: x.rows))]))
}

/// x and pairs of rows (0, 1), (2, 3), … that are coupled strongly.
private func paired(_ x: Node, _ tape: Recorder) -> Node {
    let ones = tape.product(tape.spins, fixed: tape.spins)
    func couplings(_ parity: Int) -> Node {
        let index = (0..<x.elements).map { element -> Int? in
            let (row, column) = (element / x.features, element % x.features)
            return row / 2 == column / 2 && row % 2 == parity && row != column ? 0 : nil
        }
        return tape.gather(ones, padded: index, rows: x.rows)
    }
    return tape.combination([(1, x), (2, couplings(0)), (-2, couplings(1))])
}

import DistQGT
import Numerics

/// An entry of the list `ansatz` with its initial parameters.
struct ImportedFactor {
    struct Leaf {
        let name: String
        let shape: [Int]
        let isComplex: Bool
        let values: [Complex<Double>]
    }

    let type: String
    let keys: [(String, ConfigurationNode.Content)]
    /// Nil where no file gives any.
    let leaves: [Leaf]?

    static func real(_ name: String, _ shape: [Int], _ values: [Complex<Double>]) -> Leaf {
        Leaf(name: name, shape: shape, isComplex: false, values: values)
    }

    /// Numbers of parameters without gaps, as the program wants them, and which ones those are.
    static func compact(_ index: [Int]) -> (index: [Int], used: [Int]) {
        let used = Set(index).sorted()
        let places = Dictionary(zip(used, used.indices), uniquingKeysWith: { first, _ in first })
        return (index.map { places[$0] ?? 0 }, used)
    }

    // MARK: Correlation factors

    /// - Parameter values: by parameter of the file; nil without initial ones.
    static func gutzwiller(_ index: [Int], _ values: [Complex<Double>]?) -> ImportedFactor {
        let (index, used) = compact(index)
        return ImportedFactor(
            type: "gutzwiller", keys: used.count == 1 ? [] : [("index", .integers(index))],
            leaves: values.map { values in [real("gutzwiller", [used.count], used.map { values[$0] })] })
    }

    /// - Parameters:
    ///   - index: by pair i(i−1)/2 + j, i > j.
    ///   - reference: what densities are measured from.
    static func jastrow(_ index: [Int], reference: Double, _ values: [Complex<Double>]?) -> ImportedFactor {
        let (index, used) = compact(index)
        var keys: [(String, ConfigurationNode.Content)] = []
        if index != Array(index.indices) { keys.append(("index", .integers(index))) }
        if reference != 0 { keys.append(("reference", .real(reference))) }
        keys.append(("kernel_init", .word("zeros")))
        return ImportedFactor(
            type: "jastrow", keys: keys,
            leaves: values.map { values in [real("kernel", [used.count], used.map { values[$0] })] })
    }

    /// Double occupancy of mode i and mode N + i, as a Jastrow factor of 2N modes; the other pairs share one more
    /// parameter, which is 0.
    static func gutzwiller(ofModes index: [Int], _ values: [Complex<Double>]?) -> ImportedFactor {
        let (sites, extra) = (index.count, 1 + (index.max() ?? 0))
        let pairs = modePairs(sites) { a, b in a == b + sites ? index[b] : extra }
        return jastrow(pairs, reference: 0, extended(values, to: extra))
    }

    /// (n_i − 1)(n_j − 1) is the sum of (n − 1/2)(n − 1/2) over the modes of both sites.
    static func jastrow(ofModes index: [Int], sites: Int, _ values: [Complex<Double>]?) -> ImportedFactor {
        let extra = 1 + (index.max() ?? 0)
        let pairs = modePairs(sites) { a, b in
            let (i, j) = (max(a % sites, b % sites), min(a % sites, b % sites))
            return i == j ? extra : index[i * (i - 1) / 2 + j]
        }
        return jastrow(pairs, reference: 0.5, extended(values, to: extra))
    }

    private static func modePairs(_ sites: Int, _ number: (Int, Int) -> Int) -> [Int] {
        (0..<2 * sites).flatMap { a in (0..<a).map { number(a, $0) } }
    }

    /// Values up to a further parameter, which is 0.
    private static func extended(_ values: [Complex<Double>]?, to extra: Int) -> [Complex<Double>]? {
        values.map {
            Array($0.prefix(extra)) + [Complex<Double>](repeating: .zero, count: 1 + max(0, extra - $0.count))
        }
    }

    /// - Parameter values: by parameter of mVMC, type + (centre + 2 m) types, with centre 0 of holons and 1 of doublons.
    static func doublonHolon(_ neighbours: [[[Int]]], _ values: [Complex<Double>]?) -> ImportedFactor {
        let (types, coordination) = (neighbours.count, neighbours[0][0].count)
        func leaf(_ name: String, _ centre: Int, _ values: [Complex<Double>]) -> Leaf {
            real(
                name, [types, coordination + 1],
                (0..<types).flatMap { type in
                    (0...coordination).map { values[type + (centre + 2 * $0) * types] }
                })
        }
        return ImportedFactor(
            type: "doublon_holon",
            keys: [
                (
                    "neighbours",
                    .items(neighbours.map { type in .items(type.map { .integers($0) }) })
                )
            ],
            leaves: values.map { [leaf("doublon", 1, $0), leaf("holon", 0, $0)] })
    }

    // MARK: Pairs

    /// - Parameters:
    ///   - entries: in the order of `pairing_index`.
    ///   - values: by parameter of the file.
    static func pairProduct(
        _ entries: [MVMCPairs.Entry], isAntiparallel: Bool, siteCount: Int, isComplex: Bool,
        _ values: [Complex<Double>]?
    ) -> ImportedFactor {
        let (index, used) = compact(entries.map { $0?.parameter ?? 0 })
        let signs = entries.map { $0?.isNegated == true ? -1 : 1 }
        let isFree = index == Array(index.indices) && !signs.contains(-1)
        var keys: [(String, ConfigurationNode.Content)] = [
            ("variant", .word(isAntiparallel ? "antiparallel" : "general")),
            ("dtype", .word(isComplex ? "complex128" : "float64")),
        ]
        if !isFree {
            keys.append(("pairing_index", .integers(index)))
            if signs.contains(-1) { keys.append(("pairing_signs", .integers(signs))) }
        }
        let uniform: [ConfigurationNode.Entry] = [
            .made("type", .word("uniform")), .made("scale", .real(1)),
        ]
        keys.append(("orbital_init", .map(uniform)))
        let shape = isFree && isAntiparallel ? [siteCount, siteCount] : [used.count]
        return ImportedFactor(
            type: "pair_product", keys: keys,
            leaves: values.map { values in
                [Leaf(name: "pairing", shape: shape, isComplex: isComplex, values: used.map { values[$0] })]
            })
    }

    /// The same summed over translations and rotations.
    ///
    /// - Parameter isOfSpins: whether translations move spins, whose order has no sign; mVMC's move electrons.
    static func projectedPairs(
        _ entries: [MVMCPairs.Entry], _ projection: MVMCProjection, isOfSpins: Bool, isAntiparallel: Bool,
        siteCount: Int, isComplex: Bool, _ values: [Complex<Double>]?
    ) -> ImportedFactor {
        let pairs = pairProduct(
            entries, isAntiparallel: isAntiparallel, siteCount: siteCount, isComplex: isComplex, values)
        let translations = projection.translations
        let weights = translations.map { translation in
            isOfSpins && ProjectedPairProduct.isOdd(translation.images) ? -translation.weight : translation.weight
        }
        var keys = pairs.keys
        keys.append(("symmetries", .items(translations.map { .integers($0.images) })))
        if translations.contains(where: { $0.negated.contains(true) }) {
            keys.append(("symmetry_signs", .items(translations.map { .integers($0.negated.map { $0 ? -1 : 1 }) })))
        }
        func reals(_ numbers: [Double]) -> ConfigurationNode.Content { .items(numbers.map { .real($0) }) }
        var characters: [(String, ConfigurationNode.Content)] = [("real", reals(weights.map(\.real)))]
        if weights.contains(where: { $0.imaginary != 0 }) {
            characters.append(("imag", reals(weights.map(\.imaginary))))
        }
        keys.append(("characters", .record(characters)))
        if let rotations = projection.rotations {
            keys.append(("beta", reals(rotations.map(\.angle))))
            keys.append(("beta_weights", reals(rotations.map(\.weight))))
        }
        return ImportedFactor(type: "projected_pair_product", keys: keys, leaves: pairs.leaves)
    }

    // MARK: Boltzmann machines

    /// exp(Σ a v) Π cosh(b + Σ W v), with v linear in the numbers x that networks read.
    ///
    /// - Parameters:
    ///   - visible: by visible unit its bias.
    ///   - weights: by visible unit and hidden unit.
    ///   - readings: by visible unit the numbers x that it is made of, with factors, and its constant part.
    static func machine(
        visible: [Complex<Double>], hidden: [Complex<Double>], weights: [Complex<Double>],
        readings: [(terms: [(number: Int, factor: Double)], constant: Double)], numbers: Int
    ) -> ImportedFactor {
        let units = hidden.count
        var bias = hidden
        var kernel = [Complex<Double>](repeating: .zero, count: numbers * units)
        var visibleBias = [Complex<Double>](repeating: .zero, count: numbers)
        for (unit, reading) in readings.enumerated() {
            for h in 0..<units {
                let weight = weights[unit * units + h]
                bias[h] += Complex(reading.constant) * weight
                for (number, factor) in reading.terms { kernel[number * units + h] += Complex(factor) * weight }
            }
            for (number, factor) in reading.terms { visibleBias[number] += Complex(factor) * visible[unit] }
        }
        return ImportedFactor(
            type: "rbm",
            keys: [
                ("alpha", .real(Double(units) / Double(numbers))), ("activation", .word("log_cosh")),
                ("dtype", .word("complex128")),
            ],
            leaves: [
                Leaf(name: "Dense/bias", shape: [units], isComplex: true, values: bias),
                Leaf(name: "Dense/kernel", shape: [numbers, units], isComplex: true, values: kernel),
                Leaf(name: "visible_bias", shape: [numbers], isComplex: true, values: visibleBias),
            ])
    }
}

extension ConfigurationNode.Content {
    static func word(_ text: String) -> Self { .string(text, quoted: false) }
    static func items(_ contents: [Self]) -> Self { .list(contents.map { ConfigurationNode(made: $0) }) }
    static func integers(_ numbers: [Int]) -> Self { items(numbers.map { .integer($0) }) }
    static func record(_ entries: [(String, Self)]) -> Self { .map(entries.map { .made($0.0, $0.1) }) }

    /// A real number, or [re, im].
    static func complex(_ value: Complex<Double>) -> Self {
        value.imaginary == 0 ? .real(value.real) : items([.real(value.real), .real(value.imaginary)])
    }

    /// One number where all are equal, otherwise a list.
    static func uniform(_ numbers: [Double]) -> Self {
        guard let first = numbers.first, !numbers.allSatisfy({ $0 == first }) else { return .real(numbers.first ?? 0) }
        return items(numbers.map { .real($0) })
    }
}

extension ConfigurationNode {
    /// A value that was not read from a file.
    init(made content: Content) {
        self.init(content: content, origin: Origin(source: "import", line: nil), trail: .root)
    }
}

extension ConfigurationNode.Entry {
    static func made(_ key: String, _ content: ConfigurationNode.Content) -> Self {
        let node = ConfigurationNode(made: content)
        return Self(key: key, keyOrigin: node.origin, value: node)
    }
}

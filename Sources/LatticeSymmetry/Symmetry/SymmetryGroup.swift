/// A finite group that acts on the sites of a lattice by permutations.
///
/// Where it is known as translations followed on by point operations, element `a = t·pointCount + p` is "point
/// operation p first, then translation t", and t numbers the cells as sites are numbered (last coordinate
/// fastest). Element 0 is the identity. Different elements may act alike on lattices with periods of one or two
/// cells; the group is then the abstract one.
public struct SymmetryGroup: Sendable, Equatable {
    public let siteCount: Int
    /// `permutations[a][r]` is the site g_a(r).
    public let permutations: [[Int]]
    /// `inverse[a]` is the number of g_a⁻¹.
    public let inverse: [Int]
    /// The translations per direction (1 where there are none); their product times `pointCount` is the order.
    public let translationExtent: [Int]
    public let pointCount: Int
    private let law: Law

    private enum Law: Sendable, Equatable {
        case semidirect(SemidirectProduct)
        /// Row by row, the number of g_a⁻¹ g_b.
        case table([Int32])
    }

    public var order: Int { permutations.count }
    public var translationCount: Int { order / pointCount }

    /// `symmetries[a][r]` is the preimage g_a⁻¹(r).
    public var symmetries: [[Int]] { inverse.map { permutations[$0] } }

    /// `productTable[a][b]` is the number of g_a⁻¹ g_b, where (g h)(r) = g(h(r)).
    public var productTable: [[Int]] { (0..<order).map { a in (0..<order).map { quotient(a, $0) } } }

    /// The number of g_a⁻¹ g_b.
    public func quotient(_ a: Int, _ b: Int) -> Int {
        switch law {
        case .semidirect(let product): product.quotient(a, b)
        case .table(let table): Int(table[a * order + b])
        }
    }

    package init(permutations: [[Int]], law: SemidirectProduct) {
        siteCount = permutations[0].count
        self.permutations = permutations
        translationExtent = law.translationExtent
        pointCount = law.pointCount
        inverse = permutations.indices.map { law.quotient($0, 0) }
        self.law = .semidirect(law)
    }

    /// A group without a known division into translations and point operations.
    ///
    /// - Parameter quotients: row by row, the number of g_a⁻¹ g_b.
    package init(permutations: [[Int]], quotients: [Int32]) {
        siteCount = permutations[0].count
        self.permutations = permutations
        translationExtent = [1]
        pointCount = permutations.count
        inverse = permutations.indices.map { Int(quotients[$0 * permutations.count]) }
        law = .table(quotients)
    }

    /// A group given by tables, all of which are checked against the permutations.
    ///
    /// - Parameters:
    ///   - symmetries: `symmetries[a][r]` = g_a⁻¹(r).
    ///   - inverse: the number of each inverse.
    ///   - productTable: `productTable[a][b]` = the number of g_a⁻¹ g_b.
    /// - Throws: `SymmetryError`.
    public init(symmetries: [[Int]], inverse: [Int], productTable: [[Int]]) throws(SymmetryError) {
        let order = symmetries.count
        let siteCount = symmetries.first?.count ?? 0
        for (element, preimages) in symmetries.enumerated() {
            guard preimages.sorted() == Array(0..<siteCount) else { throw .notAPermutation(element: element) }
        }
        guard let first = symmetries.first, first == Array(0..<siteCount) else { throw .identityNotFirst }
        guard inverse.count == order else { throw .tableOfWrongSize(name: "inverse", expected: order) }
        for (element, other) in inverse.enumerated() {
            guard 0..<order ~= other, inverse[other] == element,
                first.allSatisfy({ symmetries[other][symmetries[element][$0]] == $0 })
            else { throw .notInverse(element: element) }
        }
        guard productTable.count == order, productTable.allSatisfy({ $0.count == order }) else {
            throw .tableOfWrongSize(name: "the product table", expected: order * order)
        }
        for a in 0..<order {
            for b in 0..<order {
                let quotient = productTable[a][b]
                // (g_a⁻¹ g_b)⁻¹(r) = g_b⁻¹(g_a(r)).
                guard 0..<order ~= quotient,
                    first.allSatisfy({ symmetries[quotient][$0] == symmetries[b][symmetries[inverse[a]][$0]] })
                else { throw .notTheQuotient(left: a, right: b) }
            }
        }
        self.siteCount = siteCount
        permutations = inverse.map { symmetries[$0] }
        self.inverse = inverse
        translationExtent = [1]
        pointCount = order
        law = .table(productTable.flatMap { $0.map(Int32.init) })
    }

    /// Whether both have the same elements in the same order, however they are stored.
    public func hasTables(of other: SymmetryGroup) -> Bool {
        permutations == other.permutations && inverse == other.inverse
            && (0..<order).allSatisfy { a in (0..<order).allSatisfy { quotient(a, $0) == other.quotient(a, $0) } }
    }
}

/// The law of translations and point operations, p τ_t p⁻¹ = τ_{p t}, without a table of all pairs:
/// g_a⁻¹ g_b = p_a⁻¹ τ_{t_b − t_a} p_b = τ_{p_a⁻¹(t_b − t_a)} (p_a⁻¹ p_b).
package struct SemidirectProduct: Sendable, Equatable {
    package let translationExtent: [Int]
    package let pointCount: Int
    /// Row by row, the number of p_a⁻¹ p_b.
    private let pointQuotients: [Int]
    /// For each p, the number of the translation by p⁻¹ t, for each t.
    private let rotatedBack: [[Int]]

    /// - Parameter operations: a group that maps the translations onto themselves, the identity first.
    package init(translationExtent: [Int], operations: [PointOperation]) {
        self.translationExtent = translationExtent
        pointCount = operations.count
        let numbers = Dictionary(uniqueKeysWithValues: operations.enumerated().map { ($1, $0) })
        let inverses = operations.map { operation -> PointOperation in
            (1..<operation.order).reduce(.identity(operation.dimension)) { power, _ in power * operation }
        }
        pointQuotients = inverses.flatMap { inverse in
            operations.map { operation -> Int in
                guard let number = numbers[inverse * operation] else {
                    preconditionFailure("the operations are no group")
                }
                return number
            }
        }
        let count = translationExtent.reduce(1, *)
        rotatedBack = inverses.map { inverse in
            (0..<count).map { t in
                Self.number(inverse.apply(Lattice.cellCoordinate(t, extent: translationExtent)), translationExtent)
            }
        }
    }

    /// The number of a translation; components are taken modulo the extent.
    package static func number(_ translation: [Int], _ extent: [Int]) -> Int {
        zip(translation, extent).reduce(0) { number, pair in
            number * pair.1 + ((pair.0 % pair.1) + pair.1) % pair.1
        }
    }

    package func quotient(_ a: Int, _ b: Int) -> Int {
        let (ta, pa) = (a / pointCount, a % pointCount)
        let (tb, pb) = (b / pointCount, b % pointCount)
        return rotatedBack[pa][difference(tb, ta)] * pointCount + pointQuotients[pa * pointCount + pb]
    }

    /// The number of t − u.
    private func difference(_ t: Int, _ u: Int) -> Int {
        var (t, u, stride, number) = (t, u, 1, 0)
        for extent in translationExtent.reversed() {
            let component = t % extent - u % extent
            number += stride * (component < 0 ? component + extent : component)
            stride *= extent
            t /= extent
            u /= extent
        }
        return number
    }
}

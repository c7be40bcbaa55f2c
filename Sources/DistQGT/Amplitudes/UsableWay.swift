/// What is made by the first of a factor's ways that is usable, kept by way.
///
/// The choice may differ from one call to the next. It depends on the parameters alone, so that all ranks make the same.
struct UsableWay<Made> {
    private let methods: [any RatioMethod]
    private let make: (any RatioMethod) -> Made?
    private var made: [Made?]

    /// - Parameters:
    ///   - methods: the preferred one first; the last one is always usable.
    ///   - make: nil for a way that has none; the last one has.
    init(_ methods: [any RatioMethod], make: @escaping (any RatioMethod) -> Made?) {
        self.methods = methods
        self.make = make
        made = methods.map { _ in nil }
    }

    /// The first usable way at the present parameters of the factor, which are to be up to date.
    var method: any RatioMethod { methods.first(where: \.isUsable) ?? methods[methods.count - 1] }

    /// What the first usable way made that makes any.
    mutating func current() -> Made {
        for (place, method) in methods.enumerated() where method.isUsable || place == methods.count - 1 {
            guard let known = made[place] ?? make(method) else { continue }
            made[place] = known
            return known
        }
        preconditionFailure("whole evaluations are the way of every factor")
    }
}

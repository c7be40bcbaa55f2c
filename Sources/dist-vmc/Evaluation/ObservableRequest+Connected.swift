import DistQGT
import RunFiles

/// Two-point functions without the products of means.
extension ObservableRequest {
    /// Whether a block asks for connected functions.
    ///
    /// - Parameter components: their names.
    /// - Throws: `ConfigurationError` where means of S^x and S^y would have to be known.
    static func isConnected(
        _ block: ConfigurationNode, _ components: [String], _ space: HilbertSpace
    ) throws -> Bool {
        let key = try block.required("connected")
        guard try key.boolean() else { return false }
        let hasFixedSpin = space.magnetisation != nil || space.electronNumbers != nil || space.codeSum != nil
        if let other = components.first(where: { !["zz", "nn"].contains($0) }), !hasFixedSpin {
            throw key.error(
                "\(other) less means of S^x and S^y, which are not measured; accepted here: zz, or a fixed total S^z, where "
                    + "they vanish")
        }
        return true
    }

    /// What tells connected functions from whole ones.
    static func connected(_ labels: [PairLabel]) -> [PairLabel] {
        labels.map { ([("connected", .bool(true))] + $0.members, "connected \($0.text)") }
    }

    /// An observable with what is subtracted from it; the observable itself where that is nothing.
    static func connecting(
        _ whole: any LocalObservable, means: [SiteAverages], _ subtractions: [ConnectedCorrelations.Subtraction]
    ) -> any LocalObservable {
        subtractions.isEmpty
            ? whole : ConnectedCorrelations(whole, means: means, subtractions: subtractions)
    }
}

import Communication
import DistQGT

/// A file of format `distqgt-reference-1`: everything that follows from one variational state on given
/// samples.
struct StateVerification: Verification {
    let notChecked: [String]
    private let reference: StateReference
    private let quantities: [StateQuantity]

    init(_ root: ReferenceValue) throws {
        let reference = try StateReference(root)
        self.reference = reference
        quantities = try StateQuantity.readers.flatMap { try $0(reference) }
        notChecked = UncheckedQuantities.paths(
            in: root, inputs: StateQuantity.inputs, checked: quantities.map(\.path))
    }

    func compare(on world: Communicator) throws -> [Comparison] {
        let evaluation = try StateEvaluation(reference, on: world)
        return try quantities.map { Comparison($0.path, try $0.error(evaluation), kind: $0.kind) }
    }
}

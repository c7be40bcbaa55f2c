/// The dense layers through which alone a network sees the spins. A flip changes their values by a few rows
/// of their kernels; the rest of the tape can be evaluated from those values on.
package struct FirstLayer: Sendable {
    package let layers: [Dense]
    /// By sample operation: the number of its layer, or nil.
    package let layerOfOperation: [Int?]

    /// Nil where anything else reads the spins.
    init?(_ operations: [any Primitive], spins: Node) {
        var layers: [Dense] = []
        var layerOfOperation: [Int?] = []
        for operation in operations {
            guard operation.inputs.contains(spins) else {
                layerOfOperation.append(nil)
                continue
            }
            guard let dense = operation as? Dense else { return nil }
            layerOfOperation.append(layers.count)
            layers.append(dense)
        }
        guard !layers.isEmpty else { return nil }
        self.layers = layers
        self.layerOfOperation = layerOfOperation
    }
}

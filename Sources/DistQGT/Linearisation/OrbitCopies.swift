import LinearAlgebra

/// An operation on every image of a sample (`Recorder.images`): the operation, with the images as samples.
package struct OrbitCopies<Operation: Primitive>: Primitive {
    package let operation: Operation
    package let images: Int

    package var inputs: [Node] { operation.inputs }
    package var output: Node { operation.output }
    package var keptInputs: [Int] { operation.keptInputs }
    package var slopeReals: Int { images * operation.slopeReals }
    package var scratchReals: Int { operation.scratchReals }
    package var worksInPlace: Bool { operation.worksInPlace }
    package var multiplications: Int { images * operation.multiplications }
    package var tangentMultiplications: Int { images * operation.tangentMultiplications }
    package var indexedReals: Int { images * operation.indexedReals }
    package var atEachCopy: any Primitive { operation }

    package func evaluate<R: TapeScalar>(_ context: TapeContext<R>) { operation.evaluate(context.imaged(images)) }
    package func apply<R: TapeScalar>(_ context: TapeContext<R>) { operation.apply(context.imaged(images)) }
    package func transpose<R: TapeScalar>(_ context: TapeContext<R>) { operation.transpose(context.imaged(images)) }
}

/// Rows sum over images.
extension OrbitCopies: ParameterPrimitive where Operation: ParameterPrimitive {
    package var separable: SeparableRow? { nil }
    package var rowNodes: [Node] { operation.rowNodes }

    package func transposeRows<R: TapeScalar>(_ context: TapeContext<R>) {
        operation.transposeRows(context.imaged(images))
    }
}

extension Primitive {
    /// The operation on so many images of each sample.
    func forImages(_ images: Int) -> any Primitive {
        images > 1 ? OrbitCopies(operation: self, images: images) : self
    }
}

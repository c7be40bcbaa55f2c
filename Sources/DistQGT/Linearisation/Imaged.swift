/// An operation on every image of a sample (`Recorder.images`): the operation, with the images as samples.
package struct Imaged: Primitive {
    package let operation: any Primitive
    package let images: Int

    package var inputs: [Node] { operation.inputs }
    package var output: Node { operation.output }
    package var keptInputs: [Int] { operation.keptInputs }
    package var slopeReals: Int { images * operation.slopeReals }
    package var scratchReals: Int { operation.scratchReals }
    package var worksInPlace: Bool { operation.worksInPlace }
    package var multiplications: Int { images * operation.multiplications }
    package var tangentMultiplications: Int { images * operation.tangentMultiplications }

    package func evaluate<R: Precision>(_ context: TapeContext<R>) { operation.evaluate(context.imaged(images)) }
    package func apply<R: Precision>(_ context: TapeContext<R>) { operation.apply(context.imaged(images)) }
    package func transpose<R: Precision>(_ context: TapeContext<R>) { operation.transpose(context.imaged(images)) }
}

/// The same for an operation with parameters, whose rows sum over images.
package struct ImagedWithParameters: ParameterPrimitive {
    package let operation: any ParameterPrimitive
    package let images: Int

    package var inputs: [Node] { operation.inputs }
    package var output: Node { operation.output }
    package var keptInputs: [Int] { operation.keptInputs }
    package var slopeReals: Int { images * operation.slopeReals }
    package var scratchReals: Int { operation.scratchReals }
    package var worksInPlace: Bool { operation.worksInPlace }
    package var multiplications: Int { images * operation.multiplications }
    package var tangentMultiplications: Int { images * operation.tangentMultiplications }
    package var separable: SeparableRow? { nil }

    package func evaluate<R: Precision>(_ context: TapeContext<R>) { operation.evaluate(context.imaged(images)) }
    package func apply<R: Precision>(_ context: TapeContext<R>) { operation.apply(context.imaged(images)) }
    package func transpose<R: Precision>(_ context: TapeContext<R>) { operation.transpose(context.imaged(images)) }
    package func transposeRows<R: Precision>(_ context: TapeContext<R>) {
        operation.transposeRows(context.imaged(images))
    }
}

extension Primitive {
    /// The operation on so many images of each sample.
    func forImages(_ images: Int) -> any Primitive {
        guard images > 1 else { return self }
        if let operation = self as? any ParameterPrimitive {
            return ImagedWithParameters(operation: operation, images: images)
        }
        return Imaged(operation: self, images: images)
    }

    /// The operation that is done at every image; itself where there is one image.
    package var atEachImage: any Primitive {
        (self as? Imaged)?.operation ?? (self as? ImagedWithParameters)?.operation ?? self
    }
}

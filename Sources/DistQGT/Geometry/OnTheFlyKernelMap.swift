import CKernels
import LinearAlgebra

/// x ↦ (T + shift) x on sample space with T = A D⁻¹ Aᵀ and A = M √w J, without T: one transposed product and one
/// product of the linearisation, 2·N·P multiplications for dense rows where T takes N² per product and
/// N²·P to be made.
///
/// With the means Ō of the rows at hand both projections are free of messages of their own: Aᵀx = Jᵀ√w x −
/// Re(c) Ō_re − Im(c) Ō_im with c = Σ √w x, and A v = √w (J v − ⟨Ō_re, v⟩ − i⟨Ō_im, v⟩).
///
/// Collective: one allreduce of P + components + 1 numbers per product; an iteration of conjugate gradients adds
/// two messages of one or a few numbers for its inner products.
public final class OnTheFlyKernelMap: SymmetricMap {
    public let linearisation: Linearisation
    public let shift: Double
    /// D⁻¹, P numbers; nil for 1.
    public let inverseDiagonal: ParameterVector?
    /// Products applied so far.
    public private(set) var productCount = 0
    private let means: MeanJacobian
    private let seeds: SampleVector
    private let tangent: ParameterVector
    private let sum: VectorSum

    /// - Parameter means: of the same linearisation.
    public init(
        _ linearisation: Linearisation, means: MeanJacobian, shift: Double, inverseDiagonal: ParameterVector? = nil
    ) {
        self.linearisation = linearisation
        self.means = means
        self.shift = shift
        self.inverseDiagonal = inverseDiagonal
        seeds = linearisation.makeCodomainVector()
        tangent = linearisation.makeReplicatedVector()
        sum = VectorSum(
            over: linearisation.space, count: tangent.count, scalars: linearisation.space.components + 1,
            in: tangent.memory)
    }

    public func makeDomainVector() -> SampleVector { linearisation.makeCodomainVector() }
    public func makeCodomainVector() -> SampleVector { linearisation.makeCodomainVector() }

    /// y ← (T + shift) x for one vector. Collective.
    public func apply(_ x: SampleVector, into y: SampleVector, stopFlag: inout Double) throws {
        precondition(x.vectors == 1 && y.vectors == 1, "the kernel is applied to one vector at a time")
        productCount += 1
        let space = linearisation.space
        let components = space.components
        let count = tangent.count
        let rest = try sum.sum(into: CollectionOfOne(tangent)) { block, samples, sum in
            let rest = sum + count
            rest.update(repeating: 0, count: components + 1)
            for sample in samples {
                let root = space.weight(sample).squareRoot()
                for component in 0..<components {
                    let seed = root * x.pointer[sample * components + component]
                    seeds.pointer[sample * components + component] = seed
                    rest[component] += seed
                }
            }
            linearisation.applyTransposed(seeds, samples: samples, into: sum)
            if space.communicator.rank == 0, block == 0 { rest[components] = stopFlag }
        }
        stopFlag = rest[components]
        sum.take(tangent)
        tangent.add(-rest[0], times: means.real)
        if let imaginary = means.imaginary { tangent.add(-rest[1], times: imaginary) }
        if let inverseDiagonal { tangent.assign(product: inverseDiagonal, tangent) }
        let offsets = (means.real.dot(tangent), means.imaginary?.dot(tangent) ?? 0)
        linearisation.apply(tangent, into: y)
        for sample in 0..<space.localCount {
            let root = space.weight(sample).squareRoot()
            for component in 0..<components {
                let index = sample * components + component
                y.pointer[index] = root * (y.pointer[index] - (component == 0 ? offsets.0 : offsets.1))
            }
        }
        y.add(shift, times: x)
    }

    public func valueOfFirstRank(_ value: Double) throws -> Double {
        try linearisation.space.communicator.broadcast(value)
    }

    /// The inverse of diag(T) + shift. Collective: one scalar-sized allreduce.
    public func jacobiPreconditioner() throws -> JacobiPreconditioner<SampleVector> {
        let diagonal = DiagonalOfKernel.compute(linearisation, means: means, inverseDiagonal: inverseDiagonal)
        for index in 0..<diagonal.storage.count { diagonal[index] += shift }
        return try JacobiPreconditioner(diagonal: diagonal)
    }
}

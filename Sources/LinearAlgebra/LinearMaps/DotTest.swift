/// The dot test: |⟨Ax, y⟩ − ⟨x, Aᵀy⟩| for random x and y, relative to ‖Ax‖‖y‖ + ‖x‖‖Aᵀy‖.
///
/// Rounding alone gives a small multiple of the unit roundoff of the precision that the map works in.
/// Collective where the map or its inner products are; `generator` must then give the same numbers
/// on every rank for a replicated domain.
public func dotTest<Map: LinearMap>(
    _ map: Map, using generator: inout some RandomNumberGenerator
) throws -> Double {
    let x = map.makeDomainVector()
    let y = map.makeCodomainVector()
    let image = map.makeCodomainVector()
    let coimage = map.makeDomainVector()
    x.fillWithNormalDeviates(using: &generator)
    y.fillWithNormalDeviates(using: &generator)
    try map.apply(x, into: image)
    try map.applyTransposed(y, into: coimage)
    let left = try image.dot(y)
    let right = try x.dot(coimage)
    let scale = try image.norm() * y.norm() + x.norm() * coimage.norm()
    return scale == 0 ? 0 : abs(left - right) / scale
}

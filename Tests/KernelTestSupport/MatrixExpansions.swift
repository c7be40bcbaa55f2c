/// The determinant by expansion along the first row: for small matrices, no division.
package func expandedDeterminant<T: Numeric>(_ a: [[T]]) -> T {
    guard let first = a.first else { return 1 }
    return first.indices.reduce(T.zero) { sum, column in
        let minor = a.dropFirst().map { row in row.indices.filter { $0 != column }.map { row[$0] } }
        let term = first[column] * expandedDeterminant(minor)
        return column % 2 == 0 ? sum + term : sum - term
    }
}

/// The Pfaffian as a sum over perfect matchings: the partner of the first index, times the Pfaffian of the rest.
package func expandedPfaffian<T: Numeric>(_ a: [[T]]) -> T {
    guard !a.isEmpty else { return 1 }
    return a.indices.dropFirst().reduce(T.zero) { sum, partner in
        let rest = a.indices.filter { $0 != 0 && $0 != partner }
        let term = a[0][partner] * expandedPfaffian(rest.map { row in rest.map { a[row][$0] } })
        return partner % 2 == 1 ? sum + term : sum - term
    }
}

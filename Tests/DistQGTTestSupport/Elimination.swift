/// The solution of a system with a dense matrix, by Gaussian elimination with row pivots.
public func solvedByElimination(_ matrix: [[Double]], _ right: [Double]) -> [Double] {
    var (matrix, x) = (matrix, right)
    for pivot in x.indices {
        let best = (pivot..<x.count).max { abs(matrix[$0][pivot]) < abs(matrix[$1][pivot]) } ?? pivot
        matrix.swapAt(pivot, best)
        x.swapAt(pivot, best)
        for row in x.indices where row > pivot {
            let factor = matrix[row][pivot] / matrix[pivot][pivot]
            for column in pivot..<x.count { matrix[row][column] -= factor * matrix[pivot][column] }
            x[row] -= factor * x[pivot]
        }
    }
    for pivot in x.indices.reversed() {
        for column in pivot + 1..<x.count { x[pivot] -= matrix[pivot][column] * x[column] }
        x[pivot] /= matrix[pivot][pivot]
    }
    return x
}

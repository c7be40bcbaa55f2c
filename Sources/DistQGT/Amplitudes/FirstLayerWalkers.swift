import LinearAlgebra

/// Configurations with the values of a network's first layer, kept in double: flips add a few rows of the
/// kernel to them, and the rest of the network is evaluated from there. A row's bits depend on its own spins
/// and history only.
final class FirstLayerWalkers<R: TapeScalar> {
    let machine: TapeMachine<R>
    let layers: [Dense]
    let siteCount: Int
    private let values: [Region<Double>]
    private let kernels: [UnsafePointer<R>]
    private let columns: [Int]

    /// - Parameter firstLayer: of the machine's tape.
    init(_ machine: TapeMachine<R>, _ firstLayer: FirstLayer) {
        self.machine = machine
        layers = firstLayer.layers
        siteCount = machine.tape.siteCount
        values = layers.map { _ in Region(capacity: 0) }
        kernels = layers.map { machine.parameterValues(of: $0.kernel) }
        columns = layers.map(\.output.reals)
    }

    /// Bytes for a number of configurations.
    static func byteCount(_ firstLayer: FirstLayer, rows: Int) -> Int {
        firstLayer.layers.reduce(0) { $0 + rows * $1.output.reals * MemoryLayout<Double>.stride }
    }

    /// Makes room for `rows` configurations; what was there is lost.
    func reserve(_ rows: Int) {
        for (region, columns) in zip(values, columns) { region.reserve(rows * columns) }
    }

    /// Computes the rows from `first` on afresh.
    func load(_ spins: UnsafePointer<Int8>, first: Int, count: Int) {
        for layer in layers.indices {
            R.signedSums(
                offset: layers[layer].bias.map { machine.parameterValues(of: $0) }, kernels[layer], spins,
                values[layer].pointer + first * columns[layer], count: count, sites: siteCount, columns: columns[layer])
        }
    }

    /// Writes one row of a layer after flips of the configuration `spins`.
    @inline(__always)
    func write(
        _ row: Int, layer: Int, spins: UnsafePointer<Int8>, sites: UnsafePointer<Int32>, flips: Int,
        into target: UnsafeMutablePointer<R>
    ) {
        R.flippedSums(
            values[layer].pointer + row * columns[layer], kernels[layer], spins, sites, flips: flips, target,
            columns: columns[layer])
    }

    /// Reals of a row of a layer.
    @inline(__always)
    func columns(layer: Int) -> Int { columns[layer] }

    /// Changes one row as flips do. `spins` is the configuration before.
    func flip(_ row: Int, spins: UnsafePointer<Int8>, sites: UnsafePointer<Int32>, flips: Int) {
        for layer in layers.indices {
            R.flipSums(
                values[layer].pointer + row * columns[layer], kernels[layer], spins, sites, flips: flips,
                columns: columns[layer])
        }
    }
}

import DistQGT
import Numerics

/// The energy statistics written down formula by formula from arrays that hold every sample.
package enum DirectEnergyStatistics {
    package static func evaluate(_ data: [Complex<Double>], chains: Int, length: Int) -> EnergyStatistics {
        let count = chains * length
        let variance = populationVariance(data)
        let chainMeans = (0..<chains).map { mean(data[$0 * length..<($0 + 1) * length]) }
        let blockLength = max(1, length / 32)
        let blocksPerChain = length / blockLength
        var blockMeans: [Complex<Double>] = []
        var halfMeans: [Complex<Double>] = []
        for chain in 0..<chains {
            for block in 0..<blocksPerChain {
                let start = chain * length + block * blockLength
                blockMeans.append(mean(data[start..<start + blockLength]))
            }
            let half = length / 2
            for part in 0..<2 where half > 0 {
                let start = chain * length + part * half
                halfMeans.append(mean(data[start..<start + half]))
            }
        }
        let batchVariance = populationVariance(chainMeans)
        let blockVariance = populationVariance(blockMeans)
        let blocks = blockMeans.count
        let tauBatch = (Double(count) / Double(chains) * batchVariance / variance - 1) / 2
        let tauBlock = (Double(count) / Double(blocks) * blockVariance / variance - 1) / 2
        var error = Double.nan
        var tau = Double.nan
        if tauBatch < 6 * Double(length) && chains >= 32 {
            (error, tau) = ((batchVariance / Double(chains)).squareRoot(), max(0, tauBatch))
        } else if tauBlock < 6 * Double(blockLength) && blocks >= 32 {
            (error, tau) = ((blockVariance / Double(blocks)).squareRoot(), max(0, tauBlock))
        }
        let between = populationVariance(halfMeans)
        let rHat =
            chains == 1 || halfMeans.isEmpty
            ? Double.nan : (Double(length - 1) / Double(length) + between / variance).squareRoot()
        return EnergyStatistics(
            mean: mean(data[...]), variance: variance, errorOfMean: error, rHat: rHat, tauCorr: tau)
    }

    private static func mean(_ values: ArraySlice<Complex<Double>>) -> Complex<Double> {
        let sum = values.reduce(Complex(0, 0), +)
        return Complex(sum.real / Double(values.count), sum.imaginary / Double(values.count))
    }

    private static func populationVariance(_ values: [Complex<Double>]) -> Double {
        let centre = mean(values[...])
        let squares = values.reduce(0) { sum, value in
            let (re, im) = (value.real - centre.real, value.imaginary - centre.imaginary)
            return sum + re * re + im * im
        }
        return squares / Double(values.count)
    }
}

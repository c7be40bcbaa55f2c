import DistQGT
import DistQGTTestSupport
import LinearAlgebra
import Testing

/// Which networks have ratios that are products, and how exact these are.
@Suite struct ProductFormTests {
    @Test func networksOfProductFormAreRecognised() {
        func hasProducts(_ ansatz: any Ansatz) -> Bool { ProductForm(Tape(ansatz)) != nil }
        for type in DataType.allCases {
            #expect(hasProducts(RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, options: LayerOptions(type))))
            #expect(hasProducts(Jastrow(siteCount: 4, options: LayerOptions(type))))
            #expect(hasProducts(MultilayerPerceptron(siteCount: 4, hiddenDimensions: [], options: LayerOptions(type))))
            #expect(
                !hasProducts(
                    RestrictedBoltzmannMachine(siteCount: 4, alpha: 2, options: LayerOptions(type, activation: .tanh))))
            #expect(
                !hasProducts(MultilayerPerceptron(siteCount: 4, hiddenDimensions: [3], options: LayerOptions(type))))
            #expect(!hasProducts(FeedForward(siteCount: 4, widths: [3, 2], options: LayerOptions(type))))
            // 1/√3 times the logarithm of a complex number depends on its branch.
            #expect(hasProducts(FeedForward(siteCount: 4, widths: [3], options: LayerOptions(type))) == !type.isComplex)
            #expect(hasProducts(FeedForward(siteCount: 4, widths: [3], output: .sum, options: LayerOptions(type))))
        }
        #expect(hasProducts(ModulusPhaseRBM(siteCount: 4, alpha: 1)))
        #expect(hasProducts(MixedJastrowRBM(siteCount: 4, hiddenUnits: 3)))
    }

    #if arch(x86_64)
        /// log |ψ| from the log form, in 80-bit numbers, and the largest |tanh θ|: next to a zero of cosh, that is by
        /// how much rounding of θ grows.
        private func logModulus(
            _ state: NeuralQuantumState, hidden: Int, _ spins: ArraySlice<Int8>
        ) -> (value: Float80, condition: Double) {
            let n = state.siteCount
            let step = state.isComplex ? 2 : 1
            func parameter(_ name: String, _ index: Int, _ part: Int) -> Float80 {
                guard part < step, let leaf = state.layout.index(of: name) else { return 0 }
                return Float80(state.parameters[state.layout.offsets[leaf] + step * index + part])
            }
            let s = spins.map { Float80($0) }
            var sum: Float80 = 0
            var condition = 0.0
            for i in 0..<n { sum += s[i] * parameter("visible_bias", i, 0) }
            for j in 0..<hidden {
                var angle = (parameter("Dense/bias", j, 0), parameter("Dense/bias", j, 1))
                for i in 0..<n {
                    angle.0 += s[i] * parameter("Dense/kernel", i * hidden + j, 0)
                    angle.1 += s[i] * parameter("Dense/kernel", i * hidden + j, 1)
                }
                // |cosh(x + iy)|² = e^{2|x|} ((1 − u)²/4 + u cos² y) with u = e^{−2|x|}.
                let x = abs(angle.0)
                let u = Float80.exp(-2 * x)
                let (sine, cosine) = (Float80.sin(angle.1), Float80.cos(angle.1))
                let square = (1 - u) * (1 - u) / 4 + u * cosine * cosine
                sum += x + Float80.log(square) / 2
                condition = max(condition, Double((((1 - u) * (1 - u) / 4 + u * sine * sine) / square).squareRoot()))
            }
            return (sum, condition)
        }

        @Test(arguments: DataType.allCases) func ratiosOfAnRBMAreThoseOfTheLogForm(_ type: DataType) throws {
            for (scale, seed) in [(0.01, 1), (0.3, 2), (1, 3), (3, 4)] as [(Double, UInt64)] {
                let initialiser = Initialiser(.normal, scale: scale)
                let machine = RestrictedBoltzmannMachine(
                    siteCount: 12, alpha: 4, options: LayerOptions(type, kernel: initialiser, bias: initialiser))
                let state = NeuralQuantumState(machine, seed: seed)
                #expect(state.productsAreUsable)
                let evaluator = state.amplitudes(blockRows: 16).makeProposalEvaluator()
                var generator = SplitMix64(seed: seed)
                let chains = 8
                let start = Configurations.random(siteCount: 12, count: chains, using: &generator)
                var spins = start.spins
                evaluator.load(spins, chains: 0..<chains)
                let batch = ProposalBatch(count: chains, maximumSites: 3)
                var worst = 0.0
                for step in 0..<300 {
                    for chain in 0..<chains {
                        let sites = (0..<12).shuffled(using: &generator)
                        batch.proposeFlips(
                            of: sites.prefix(1 + (step + chain) % 3), chain: chain,
                            in: Array(spins[chain * 12..<(chain + 1) * 12]))
                        batch.accepted[chain] = true
                    }
                    evaluator.evaluate(batch)
                    for chain in 0..<chains {
                        let row = chain * 12..<(chain + 1) * 12
                        let before =
                            step % 10 == 9 ? logModulus(state, hidden: 48, spins[row]) : (value: 0, condition: 0)
                        spins.withUnsafeMutableBufferPointer { spins in
                            if let base = spins.baseAddress { batch.apply(chain: chain, to: base + row.lowerBound) }
                        }
                        guard step % 10 == 9 else { continue }
                        let after = logModulus(state, hidden: 48, spins[row])
                        let exact = Double(after.value - before.value)
                        // Weights of 3 make changes of log ψ of some hundred.
                        let scale = max(1, abs(exact), before.condition, after.condition)
                        worst = max(worst, abs(batch.logModulusRatios[chain] - exact) / scale)
                    }
                    evaluator.update(batch)
                }
                #expect(worst < 1e-13)
            }
        }
    #endif
}

import DistQGT

/// The work that a phase of a step cannot do without if it goes about it in the plain way, with every forward pass of a network
/// made whole and every inverse of a determinant or Pfaffian updated, on the rank with most samples: floating-point operations
/// of matrix products, and bytes that pass through memory. At the machine's limits it takes `seconds(at:)`. A phase can be
/// faster: incremental evaluation makes no whole forward passes, ±1 inputs need no multiplications, and what lies in a cache
/// is not read from memory.
struct PhaseWork {
    var operations = 0.0
    var bytes = 0.0

    static func + (left: PhaseWork, right: PhaseWork) -> PhaseWork {
        PhaseWork(operations: left.operations + right.operations, bytes: left.bytes + right.bytes)
    }

    /// - Parameters:
    ///   - matrixProductRate: Gflop/s.
    ///   - streamRate: GB/s.
    func seconds(matrixProductRate: Double, streamRate: Double) -> Double {
        operations / (1e9 * matrixProductRate) + bytes / (1e9 * streamRate)
    }
}

extension StepMeasurement {
    private var localCount: Double { Double(distribution.local) }
    private var components: Double { state.isComplex ? 2 : 1 }

    private func work(of ratios: RatioFloor.Work) -> PhaseWork {
        PhaseWork(operations: ratios.operations, bytes: ratios.bytes)
    }

    /// Of one vector, once through the tape of the linearisation.
    private var pass: PhaseWork {
        PhaseWork(operations: 2 * localCount * Double(state.machine.tape.tangentMultiplications))
    }

    /// Of S·v.
    var productWork: PhaseWork { pass + pass }

    func work(of phase: PhaseClock.Phase) -> PhaseWork {
        let floor = state.factor.ratioFloor
        return switch phase {
        case .sample:
            // Chains are taken over at the parameters of each step.
            work(
                of: Double(proposals) * floor.asked + accepted * floor.followed + Double(chains) * floor.loaded)
        case .localEnergy: work(of: Double(connected) * floor.asked + localCount * floor.loaded)
        case .linearise: PhaseWork(operations: 2 * localCount * Double(state.machine.tape.multiplications))
        // Jᵀ of the energies and of the means.
        case .forces: PhaseWork(operations: (1 + components) * pass.operations)
        case .solve: solve.map(work) ?? PhaseWork()
        // The direction is read, parameters are read and written.
        case .update: PhaseWork(bytes: Double(3 * MemoryLayout<Double>.stride * state.trainedLayout.count))
        }
    }

    private func work(of solve: Solve) -> PhaseWork {
        let parameters = Double(state.trainedLayout.count)
        let size = components * Double(distribution.total)
        let ranks = Double(distribution.ranks)
        // Cholesky: n³/3.
        func factorisation(_ size: Double) -> PhaseWork { PhaseWork(operations: size * size * size / 3 / ranks) }
        if solve.work == .products {
            return PhaseWork(operations: solve.iterations * productWork.operations)
        }
        guard solve.kernel != nil else {
            // The rows of J, and half of a symmetric product of them.
            return pass + PhaseWork(operations: components * localCount * parameters * parameters)
                + factorisation(parameters)
        }
        // T is symmetric: half of its entries, a multiplication and an addition for each of their products.
        let entries = localCount * Double(distribution.total)
        let kernel = PhaseWork(
            operations: entries
                * SampleKernelPlan.multiplications(state.machine.tape, hasDiagonal: solve.hasDiagonal))
        let bytes = Double(MemoryLayout<Double>.stride) * components * components * entries
        return kernel + pass
            + (solve.work == .factorisation ? factorisation(size) : PhaseWork(bytes: solve.iterations * bytes))
    }
}

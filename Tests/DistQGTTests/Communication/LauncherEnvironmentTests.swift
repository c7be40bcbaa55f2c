import Communication
import DistQGT
import Testing

@Suite struct LauncherEnvironmentTests {
    private func launcher(_ variables: [String: String]) -> LauncherEnvironment {
        LauncherEnvironment(variables: variables)
    }

    @Test("Launcher: no launcher means the first and only rank")
    func launcherNone() {
        let environment = launcher(["PATH": "/usr/bin"])
        #expect(environment.rank == nil)
        #expect(environment.size == nil)
        #expect(environment.isFirstRank)
    }

    @Test("Launcher: Open MPI")
    func launcherOpenMPI() {
        let environment = launcher(["OMPI_COMM_WORLD_RANK": "3", "OMPI_COMM_WORLD_SIZE": "4"])
        #expect(environment.rank == 3)
        #expect(environment.size == 4)
        #expect(!environment.isFirstRank)
    }

    @Test("Launcher: PMI and PMIx")
    func launcherProcessManagementInterface() {
        let hydra = launcher(["PMI_RANK": "1", "PMI_SIZE": "2"])
        #expect(hydra.rank == 1)
        #expect(hydra.size == 2)
        let pmix = launcher(["PMIX_RANK": "5", "PMIX_NAMESPACE": "job"])
        #expect(pmix.rank == 5)
        #expect(pmix.size == nil)
    }

    @Test("Launcher: a step of srun")
    func launcherSlurmStep() {
        let step = launcher([
            "SLURM_PROCID": "2", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "8",
            "SLURM_NTASKS": "16",
        ])
        #expect(step.rank == 2)
        #expect(step.size == 8)
        let pmix = launcher([
            "PMIX_RANK": "2", "SLURM_PROCID": "2", "SLURM_STEP_ID": "3",
            "SLURM_STEP_NUM_TASKS": "8",
        ])
        #expect(pmix.rank == 2)
        #expect(pmix.size == 8)
    }

    @Test(
        "Launcher: a batch script or an interactive step is not one rank of many",
        arguments: [nil, "4294967291", "4294967290"] as [String?])
    func launcherSlurmBatch(step: String?) {
        var variables = ["SLURM_PROCID": "0", "SLURM_NTASKS": "16"]
        variables["SLURM_STEP_ID"] = step
        #expect(launcher(variables).rank == nil)
        #expect(launcher(variables).size == nil)
    }

    @Test("Launcher: mpirun within a Slurm step is what counts")
    func launcherNested() {
        let environment = launcher([
            "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2", "PMIX_RANK": "1",
            "SLURM_PROCID": "0", "SLURM_STEP_ID": "0", "SLURM_STEP_NUM_TASKS": "1",
        ])
        #expect(environment.rank == 1)
        #expect(environment.size == 2)
    }

    @Test("Launcher: nonsense is no rank", arguments: ["", "x", "-1", "1.5"])
    func launcherNonsense(text: String) {
        #expect(launcher(["OMPI_COMM_WORLD_RANK": text]).rank == nil)
        #expect(launcher(["OMPI_COMM_WORLD_RANK": text, "PMI_RANK": "2"]).rank == 2)
    }
}

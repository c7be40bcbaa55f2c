"""Seconds of a VMC step in NetKet, for a problem that a dist-vmc configuration describes.

Run by compare_netket.py, in an environment that has NetKet:

    python netket_steps.py problems/rbm-real.yaml --repeat 3 --iterations 50

prints one JSON object. Everything is warmed up: what is compiled is compiled before the clock starts. Each figure is
the median of the repeats.
"""

import argparse
import functools
import json
import statistics
import time

import jax
import jax.numpy as jnp
import netket as nk
import yaml


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("configuration")
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--iterations", type=int, default=50, help="of conjugate gradients")
    parser.add_argument("--variants", nargs="*", help="of the step; default: all")
    arguments = parser.parse_args()
    with open(arguments.configuration) as file:
        configuration = yaml.safe_load(file)
    problem = Problem(configuration, arguments.iterations)
    print(json.dumps(measure(problem, arguments.repeat, arguments.variants)))


def seconds(body, repeats):
    """Median over the repeats, after one run that compiles."""
    jax.block_until_ready(body())
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        jax.block_until_ready(body())
        times.append(time.perf_counter() - start)
    return statistics.median(times)


class Problem:
    """The same lattice, Hamiltonian, network and sampler as NetKet makes them."""

    def __init__(self, configuration, iterations):
        lattice, hamiltonian = configuration["lattice"], configuration["hamiltonian"]
        extent = lattice["extent"]
        assert lattice["type"] == "square" and lattice.get("pbc", True) is True
        self.graph = nk.graph.Grid(extent, pbc=True)
        sampler = configuration["sampler"]
        total_sz = sampler.get("total_sz")
        self.hilbert = nk.hilbert.Spin(0.5, self.graph.n_nodes, total_sz=total_sz)
        self.shift = configuration["sr"]["diag_shift"]
        self.learning_rate = configuration["optimiser"]["learning_rate"]
        self.iterations = iterations
        self.sampler = sampler
        self.ansatz = configuration["ansatz"]
        if hamiltonian["type"] == "ising":
            numba = nk.operator.Ising(self.hilbert, self.graph, h=hamiltonian["h"], J=hamiltonian["J"])
        else:
            assert hamiltonian["type"] == "heisenberg"
            numba = nk.operator.Heisenberg(
                self.hilbert, self.graph, J=hamiltonian.get("J", 1.0), sign_rule=hamiltonian["sign_rule"])
        # NetKet has two kinds of operators: rows by Numba, rows by JAX.
        self.hamiltonians = {"numba": numba, "jax": numba.to_jax_operator()}

    def network(self):
        ansatz = self.ansatz
        kind = ansatz["type"]
        dtype = {"float64": jnp.float64, "complex128": jnp.complex128}[ansatz.get("dtype", "float64")]
        if kind == "rbm":
            return nk.models.RBM(alpha=ansatz["alpha"], param_dtype=dtype, use_visible_bias=True)
        if kind == "mlp":
            return nk.models.MLP(
                hidden_dims=tuple(ansatz["hidden_dims"]), param_dtype=dtype,
                hidden_activations=getattr(nk.nn, ansatz["activation"], None) or getattr(jax.nn, ansatz["activation"]))
        assert kind == "gcnn" and ansatz["group"] == "translation"
        return nk.models.GCNN(
            symmetries=self.graph.translation_group(), mode="fft", shape=tuple(self.graph.extent),
            layers=ansatz["n_layers"], features=ansatz["features"], param_dtype=dtype,
            complex_output=ansatz["complex_output"])

    def state(self):
        count, sweep = self.sampler["chains"], self.sampler["sweep"]
        if self.sampler["rule"] == "local":
            sampler = nk.sampler.MetropolisLocal(self.hilbert, n_chains=count, sweep_size=sweep)
        else:
            assert self.sampler["rule"] == "exchange"
            sampler = nk.sampler.MetropolisExchange(
                self.hilbert, graph=self.graph, n_chains=count, sweep_size=sweep)
        return nk.vqs.MCState(
            sampler, self.network(), n_samples=self.sampler["samples"],
            n_discard_per_chain=self.sampler["discard"], seed=1, sampler_seed=2)

    @property
    def solver(self):
        # A tolerance that is not reached: as many iterations as asked for.
        return functools.partial(jax.scipy.sparse.linalg.cg, maxiter=self.iterations, tol=1e-30)

    def drivers(self):
        """By name: functions that make a driver for a state and a Hamiltonian."""
        def reconfiguration(tensor):
            def make(state, hamiltonian):
                return nk.driver.VMC(
                    hamiltonian, nk.optimizer.Sgd(self.learning_rate), variational_state=state,
                    preconditioner=nk.optimizer.SR(tensor, solver=self.solver, diag_shift=self.shift))
            return make

        def kernel(on_the_fly):
            def make(state, hamiltonian):
                return nk.driver.VMC_SR(
                    hamiltonian, nk.optimizer.Sgd(self.learning_rate), variational_state=state,
                    diag_shift=self.shift, use_ntk=True, on_the_fly=on_the_fly)
            return make

        return {
            "QGTOnTheFly, cg": reconfiguration(self.tensors["QGTOnTheFly, cg"]),
            "QGTJacobianDense, cg": reconfiguration(self.tensors["QGTJacobianDense, cg"]),
            "VMC_SR, minSR": kernel(False),
            "VMC_SR, minSR on the fly": kernel(True),
        }

    @property
    def tensors(self):
        holomorphic = True if self.ansatz.get("dtype") == "complex128" else None
        return {
            "QGTOnTheFly, cg": nk.optimizer.qgt.QGTOnTheFly(holomorphic=holomorphic),
            "QGTJacobianDense, cg": nk.optimizer.qgt.QGTJacobianDense(holomorphic=holomorphic),
        }


def measure(problem, repeats, variants):
    state = problem.state()
    result = {"versions": {"netket": nk.__version__, "jax": jax.__version__}}

    def sample():
        state.reset()
        return state.samples

    result["sample"] = seconds(sample, repeats)
    result["local_energy"] = {}
    for name, hamiltonian in problem.hamiltonians.items():
        result["local_energy"][name] = seconds(
            functools.partial(state.local_estimators, hamiltonian), repeats)
    fastest = min(result["local_energy"], key=result["local_energy"].get)
    hamiltonian = problem.hamiltonians[fastest]
    result["hamiltonian"] = fastest

    _, forces = state.expect_and_grad(hamiltonian)
    result["matvec"] = {}
    for name, tensor in problem.tensors.items():
        matrix = tensor(state, diag_shift=problem.shift)
        result["matvec"][name.split(",")[0]] = seconds(
            functools.partial(jax.jit(lambda s, v: s @ v), matrix, forces), max(repeats, 5))

    result["steps"] = {}
    for name, make in problem.drivers().items():
        if variants is not None and name not in variants:
            continue
        state = problem.state()
        driver = make(state, hamiltonian)

        def step():
            driver.run(1, out=(), show_progress=False)
            return state.parameters

        # The first steps compile, the second one for the types that the first returned.
        jax.block_until_ready(step())
        entry = {"seconds": seconds(step, repeats)}
        if name in problem.tensors:
            entry["residual"] = residual(problem, state, hamiltonian, problem.tensors[name])
        result["steps"][name] = entry
    return result


def residual(problem, state, hamiltonian, tensor):
    """|(S + shift) x - F| / |F| of the solution that the variant's solver finds."""
    _, forces = state.expect_and_grad(hamiltonian)
    matrix = tensor(state, diag_shift=problem.shift)
    solution, _ = matrix.solve(problem.solver, forces)
    difference = jax.tree_util.tree_map(jnp.subtract, matrix @ solution, forces)

    def norm(tree):
        return jnp.sqrt(sum(jnp.sum(jnp.abs(leaf) ** 2) for leaf in jax.tree_util.tree_leaves(tree)))
    return float(norm(difference) / norm(forces))


if __name__ == "__main__":
    main()

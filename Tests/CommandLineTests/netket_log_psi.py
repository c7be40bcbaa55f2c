"""Run by an interpreter that has NetKet: log psi of a NetKet (or Flax) network at the variables of a file.

Arguments: a JSON file {"model": the block of a configuration, "sites": N, "extent": […]}, the file of variables, and a
file to write {"log_psi": [[re, im], …] over all configurations in the order of itertools.product, "leaves": {name:
{"shape", "real", "imag"}}} to.
"""

import itertools
import json
import sys

import flax
import flax.linen
import flax.traverse_util
import jax
import jax.numpy
import netket
import numpy

jax.config.update("jax_enable_x64", True)


class FeedForward(flax.linen.Module):
    """The type ffnn in Flax."""

    widths: tuple
    dtype: object

    def setup(self):
        self.layers = [flax.linen.Dense(width, param_dtype=self.dtype) for width in self.widths]

    def __call__(self, x):
        for layer in self.layers:
            x = netket.nn.activation.log_cosh(layer(x))
        return x.sum(axis=-1) / self.widths[-1] ** 0.5


def module(block, sites):
    dtype = {"float64": float, "complex128": complex, "float32": numpy.float32}[block.get("dtype", "float64")]
    kind = block["type"]
    if kind == "rbm":
        return netket.models.RBM(alpha=block["alpha"], param_dtype=dtype)
    if kind == "rbm_modphase":
        return netket.models.RBMModPhase(alpha=block["alpha"], param_dtype=dtype)
    if kind == "jastrow":
        return netket.models.Jastrow(param_dtype=dtype)
    if kind == "mlp":
        return netket.models.MLP(hidden_dims=tuple(block["hidden_dims"]), param_dtype=dtype)
    if kind == "ffnn":
        return FeedForward(tuple(block["widths"]), dtype)
    common = {
        "hilbert": netket.hilbert.Spin(0.5, sites), "layers": len(block["features"]) + 1,
        "features": (*block["features"], 2), "param_dtype": dtype}
    if kind == "arnn_dense":
        return netket.models.ARNNDense(**common)
    if kind == "arnn_conv1d":
        return netket.models.ARNNConv1D(
            kernel_size=block["kernel_size"], kernel_dilation=block.get("kernel_dilation", 1), **common)
    return netket.models.ARNNConv2D(
        kernel_size=tuple(block["kernel_size"]), kernel_dilation=tuple(block.get("kernel_dilation", (1, 1))), **common)


def main():
    question, variables, answer = sys.argv[1:]
    with open(question) as file:
        question = json.load(file)
    network = module(question["model"], question["sites"])
    states = numpy.array(list(itertools.product([1, -1], repeat=question["sites"])), dtype=float)
    template = network.init(jax.random.PRNGKey(0), states[:1])
    with open(variables, "rb") as file:
        loaded = flax.serialization.from_bytes(template, file.read())
    assert jax.tree_util.tree_map(jax.numpy.shape, loaded) == jax.tree_util.tree_map(jax.numpy.shape, template)
    values = numpy.asarray(network.apply(loaded, states), dtype=complex)
    leaves = {}
    for name, leaf in flax.traverse_util.flatten_dict(loaded["params"], sep="/").items():
        leaf = numpy.asarray(leaf)
        entry = {"shape": leaf.shape, "real": leaf.real.ravel().tolist()}
        if numpy.iscomplexobj(leaf):
            entry["imag"] = leaf.imag.ravel().tolist()
        leaves[name] = entry
    with open(answer, "w") as file:
        json.dump({"log_psi": [[value.real, value.imag] for value in values], "leaves": leaves}, file)


main()

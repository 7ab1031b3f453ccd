"""Trains the digits on all devices of JAX, by a step that `pnpm mnist` wrote.

    pnpm mnist --data DIR --epochs 0 --no-plot --export step.stablehlo --save start.safetensors
    python3 packages/export/python/train_mnist.py step.stablehlo start.safetensors \\
        trained.safetensors --data DIR
    pnpm mnist --data DIR --epochs 0 --load trained.safetensors

DIR has the four files of MNIST. Each batch is divided among the devices; XLA adds up their
gradients. Needs jax and safetensors.
"""

import argparse
import gzip
import pathlib

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from safetensors import safe_open
from safetensors.numpy import load_file, save_file

from mini_export import load_step


def read_idx(directory, name, header):
    """Returns the bytes of a file of MNIST, gzipped or not, after its header."""
    path = pathlib.Path(directory) / name
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(f"{name}.gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=header)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("step", help="the training step, a .stablehlo file")
    parser.add_argument("start", help="the parameters to start from, a .safetensors file")
    parser.add_argument("trained", help="where to save the trained parameters")
    parser.add_argument("--data", required=True, help="the folder with the four files of MNIST")
    parser.add_argument("--epochs", type=int, default=1, help="passes through the images (default 1)")
    options = parser.parse_args()

    step = load_step(options.step)
    with safe_open(options.start, framework="numpy") as file:
        metadata = file.metadata()
    weights = load_file(options.start)
    images = read_idx(options.data, "train-images-idx3-ubyte", 16).reshape(-1, 28, 28)
    labels = read_idx(options.data, "train-labels-idx1-ubyte", 8).astype(np.float32)
    if "labels" not in step.inputs:
        parser.error(f"{options.step}: expected a training step, got a program without labels")
    missing = [n for n in step.inputs if n.startswith("params.") and n.removeprefix("params.") not in weights]
    if missing:
        parser.error(f"{options.start}: expected the parameters of the step, {missing[0]} is missing")
    batch = step.shapes[step.inputs.index("labels")].shape[0]
    if batch % len(jax.devices()) != 0:
        parser.error(f"a batch of {batch} images cannot be divided among {len(jax.devices())} devices")

    # Everything but the batch is the same on all devices.
    mesh = Mesh(np.array(jax.devices()), ("batch",))
    divided, same = NamedSharding(mesh, PartitionSpec("batch")), NamedSharding(mesh, PartitionSpec())

    def first_value(name, shape):
        """The saved value of an argument. The state of the optimizer begins with 0."""
        saved = name.removeprefix("params.") if name.startswith("params.") else name
        return jax.device_put(weights.get(saved, np.zeros(shape.shape, shape.dtype)), same)

    values = {name: first_value(name, shape) for name, shape in zip(step.inputs, step.shapes)}
    run = jax.jit(step)
    order = np.random.default_rng(0)
    for epoch in range(options.epochs):
        losses = []
        for chosen in np.array_split(order.permutation(len(images)), len(images) // batch):
            chosen = chosen[:batch]
            grey = (images[chosen] - float(metadata["mean"])) / float(metadata["std"])
            values["images"] = jax.device_put(grey.astype(np.float32), divided)
            values["labels"] = jax.device_put(labels[chosen], divided)
            values["key"] = jax.device_put(order.integers(2**32, size=2, dtype=np.uint32), same)
            results = dict(zip(step.results, run(*(values[name] for name in step.inputs))))
            # Simulated devices of a CPU wait for each other forever if several steps are on
            # their way.
            jax.block_until_ready(results)
            losses.append(results.pop("result.loss"))
            values.update({name.removeprefix("result."): value for name, value in results.items()})
        print(f"epoch {epoch + 1}: loss {np.mean(jax.device_get(losses)):.4f} on {len(jax.devices())} devices")

    def saved_value(name):
        return np.asarray(values[name if name in values else f"params.{name}"])

    save_file({name: saved_value(name) for name in weights}, options.trained, metadata)


if __name__ == "__main__":
    main()

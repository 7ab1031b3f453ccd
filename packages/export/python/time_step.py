"""Times an exported program: in JAX for StableHLO, in ONNX Runtime for ONNX.

    python3 packages/export/python/time_step.py step.stablehlo step.onnx [--threads 1]

All arguments are zeros, and stay on the device. Prints the median time of a run.
"""

import argparse
import statistics
import time

import numpy as np


def jax_program(path):
    """Returns the name of the engine, and a function that runs the program once."""
    import jax

    from mini_export import load_step

    step = load_step(path)
    args = [jax.numpy.zeros(shape.shape, shape.dtype) for shape in step.shapes]
    run = jax.jit(step)
    return f"jax {jax.__version__} on {jax.devices()[0].device_kind}", lambda: jax.block_until_ready(run(*args))


def onnx_program(path, threads):
    """Returns the name of the engine, and a function that runs the program once."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    types = {"tensor(float)": np.float32, "tensor(int64)": np.int64}
    args = {node.name: np.zeros(node.shape, types[node.type]) for node in session.get_inputs()}
    return f"onnxruntime {onnxruntime.__version__}, {threads} threads", lambda: session.run(None, args)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--runs", type=int, default=100)
    options = parser.parse_args()
    for path in options.files:
        start = time.perf_counter()
        name, run = onnx_program(path, options.threads) if path.endswith(".onnx") else jax_program(path)
        run()
        ready = time.perf_counter() - start
        times = []
        for _ in range(options.runs):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        print(f"{path}: {1000 * statistics.median(times):.3f} ms a run, ready after {ready:.1f} s ({name})")


if __name__ == "__main__":
    main()

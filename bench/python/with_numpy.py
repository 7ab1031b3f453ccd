"""The workloads with NumPy: arrays, and gradients derived by hand."""

import numpy as np

NAME = "NumPy"
VERSION = np.__version__


def array(data, *shape):
    """Returns a copy, because parameters are updated in place."""
    return np.frombuffer(data, dtype="<f4").astype(np.float32).reshape(shape)


class matmul:
    def __init__(self, problem):
        m, k, n = problem["m"], problem["k"], problem["n"]
        self.a, self.b = array(problem["a"], m, k), array(problem["b"], k, n)

    def run(self):
        self.c = self.a @ self.b

    def result(self):
        return self.c[0, 0]


class mnist:
    def __init__(self, problem):
        inputs, hidden, classes = problem["inputs"], problem["hidden"], problem["classes"]
        self.batch, self.rate = problem["batch"], np.float32(problem["rate"])
        self.images = array(problem["images"], self.batch, inputs)
        self.labels = array(problem["labels"], self.batch, classes)
        self.w1, self.b1 = array(problem["w1"], inputs, hidden), np.zeros(hidden, np.float32)
        self.w2, self.b2 = array(problem["w2"], hidden, classes), np.zeros(classes, np.float32)

    def run(self):
        x, y, rate = self.images, self.labels, self.rate
        h = np.maximum(x @ self.w1 + self.b1, 0)
        z = h @ self.w2 + self.b2
        z -= z.max(axis=1, keepdims=True)
        log_probabilities = z - np.log(np.exp(z).sum(axis=1, keepdims=True))
        self.loss = -(y * log_probabilities).sum() / self.batch
        dz = (np.exp(log_probabilities) - y) / self.batch
        dh = (dz @ self.w2.T) * (h > 0)
        self.w2 -= rate * (h.T @ dz)
        self.b2 -= rate * dz.sum(axis=0)
        self.w1 -= rate * (x.T @ dh)
        self.b1 -= rate * dh.sum(axis=0)

    def result(self):
        return self.loss


class cosine:
    def __init__(self, problem):
        samples, hidden = problem["samples"], problem["hidden"]
        self.rate = np.float32(problem["rate"])
        self.noisy, self.clean = array(problem["noisy"], samples), array(problem["clean"], samples)
        self.w1, self.w2 = array(problem["w1"], hidden, samples), array(problem["w2"], samples, hidden)
        self.b = array(problem["b"], hidden)

    def run(self):
        x, y, rate = self.noisy, self.clean, self.rate
        h = 1 / (1 + np.exp(-(self.w1 @ x + self.b)))
        e = self.w2 @ h - y
        self.loss = 0.5 * (e @ e)
        dz = (self.w2.T @ e) * h * (1 - h)
        self.w2 -= np.outer(rate * e, h)
        self.w1 -= np.outer(rate * dz, x)
        self.b -= rate * dz

    def result(self):
        return self.loss


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def logsumexp(x, axis):
    most = x.max(axis=axis, keepdims=True)
    return np.squeeze(most, axis) + np.log(np.exp(x - most).sum(axis=axis))


RANDOM = np.random.default_rng(0)

OPS = {
    "add": np.add, "mul": np.multiply, "div": np.divide, "maximum": np.maximum, "less": np.less,
    "pow": np.power, "mod": np.mod, "arctan2": np.arctan2, "hypot": np.hypot,
    "sub": np.subtract, "minimum": np.minimum, "lessEqual": np.less_equal, "greater": np.greater,
    "greaterEqual": np.greater_equal, "equal": np.equal, "notEqual": np.not_equal,
    "logicalAnd": np.logical_and, "logicalOr": np.logical_or, "logicalXor": np.logical_xor,
    "logicalNot": np.logical_not, "copysign": np.copysign, "fmod": np.fmod, "floorDivide": np.floor_divide,
    "logaddexp": np.logaddexp, "clip": lambda x: np.clip(x, -1, 1),
    "where": lambda c, a, b: np.where(c > 0, a, b),
    "ceil": np.ceil, "trunc": np.trunc, "isFinite": np.isfinite, "isNaN": np.isnan,
    "nanToNum": np.nan_to_num, "cosh": np.cosh, "log10": np.log10, "arcsin": np.arcsin,
    "arccos": np.arccos, "arctanh": np.arctanh, "arccosh": np.arccosh,
    "trace": np.trace, "diff1": lambda x: np.diff(x, axis=1),
    "triu": np.triu, "diagonal": lambda x: x.diagonal().copy(), "diag": np.diag,
    "swapaxes": lambda x: np.ascontiguousarray(x.swapaxes(0, 2)),
    "moveaxis": lambda x: np.ascontiguousarray(np.moveaxis(x, 0, 2)),
    "broadcastTo": lambda x: np.broadcast_to(x, (1024, 1024)).copy(),
    "repeat": lambda x: x.repeat(4, 1), "stack": lambda a, b: np.stack([a, b]),
    "meshgrid": lambda a, b: np.meshgrid(a, b)[1], "split1": lambda x: x[:, 512:].copy(),
    "takeAlongAxis0": lambda x, at: np.take_along_axis(x, at.astype(np.int64), 0),
    "takeAlongAxis1": lambda x, at: np.take_along_axis(x, at.astype(np.int64), 1),
    "zeros": lambda: np.full((1024, 1024), 0, np.float32), "ones": lambda: np.ones((1024, 1024), np.float32),
    "full": lambda: np.full((1024, 1024), 3, np.float32), "eye": lambda: np.eye(1024, dtype=np.float32),
    "arange": lambda: np.arange(1000000, dtype=np.float32),
    "linspace": lambda: np.linspace(0, 1, 1000000, dtype=np.float32),
    "random.uniform": lambda: RANDOM.random((1024, 1024), np.float32),
    "random.normal": lambda: RANDOM.standard_normal((1024, 1024), np.float32),
    "random.exponential": lambda: RANDOM.standard_exponential((1024, 1024), np.float32),
    "random.laplace": lambda: RANDOM.laplace(size=(1024, 1024)),
    "random.logistic": lambda: RANDOM.logistic(size=(1024, 1024)),
    "random.gumbel": lambda: RANDOM.gumbel(size=(1024, 1024)),
    "random.randint": lambda: RANDOM.integers(0, 10, (1024, 1024), np.int32),
    "random.permutation": lambda: RANDOM.permutation(100000),
    "inner": np.inner, "kron": np.kron, "vdot": np.vdot, "cross": np.cross,
    "tensordot": lambda a, b: np.tensordot(a, b, 2),
    "einsum": lambda a, b: np.matmul(a, b.transpose(0, 2, 1)),
    "abs": np.abs, "neg": np.negative, "sign": np.sign, "floor": np.floor, "round": np.rint,
    "square": np.square, "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "sin": np.sin, "cos": np.cos,
    "tan": np.tan, "arctan": np.arctan, "sinh": np.sinh, "tanh": np.tanh, "arcsinh": np.arcsinh,
    "log": np.log, "log1p": np.log1p, "log2": np.log2, "sqrt": np.sqrt, "cbrt": np.cbrt,
    "reciprocal": np.reciprocal, "relu": lambda x: np.maximum(x, 0),
    "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
    "sum": np.sum, "norm": np.linalg.norm,
    "transpose": lambda x: np.ascontiguousarray(x.T),
    "flip0": lambda x: x[::-1].copy(), "flip1": lambda x: x[:, ::-1].copy(),
    "roll1": lambda x: np.roll(x, 3, 1),
    "take0": lambda x, at: x[at.astype(np.int64)], "take1": lambda x, at: x[:, at.astype(np.int64)],
    "concatenate": lambda a, b: np.concatenate([a, b]),
    "rows2": lambda x: x[::2].copy(), "columns2": lambda x: x[:, ::2].copy(),
    "pad": lambda x: np.pad(x, 1), "tile": lambda x: np.tile(x, (4, 1)), "tril": np.tril,
    "matmul": np.matmul, "outer": np.outer,
    **{f"{name}{axis}": (lambda f, axis: lambda x: f(x, axis=axis))(f, axis)
       for axis in (0, 1)
       for name, f in {"sum": np.sum, "mean": np.mean, "max": np.max, "prod": np.prod, "variance": np.var,
                       "argmax": np.argmax, "cumsum": np.cumsum, "min": np.min, "std": np.std,
                       "argmin": np.argmin, "any": np.any, "all": np.all, "argsort": np.argsort,
                       "cumprod": np.cumprod, "sort": np.sort, "softmax": softmax,
                       "logsumexp": logsumexp}.items()},
}


class op:
    def __init__(self, problem):
        self.f = OPS[problem["op"]]
        self.args = [array(data, *shape) for data, shape in zip(problem["arrays"], problem["shapes"])]

    def run(self):
        self.out = self.f(*self.args)

    def result(self):
        return np.ravel(self.out)[0]

"""The workloads with PyTorch on the CPU: eager, with autograd and plain gradient descent."""

import torch
from torch.nn import functional

NAME = "PyTorch"
VERSION = torch.__version__

torch.set_num_threads(1)


def tensor(data, *shape):
    """Returns a copy, because parameters are updated in place."""
    return torch.frombuffer(data, dtype=torch.float32).clone().reshape(shape)


class matmul:
    def __init__(self, problem):
        m, k, n = problem["m"], problem["k"], problem["n"]
        self.a, self.b = tensor(problem["a"], m, k), tensor(problem["b"], k, n)

    def run(self):
        self.c = self.a @ self.b

    def result(self):
        return self.c[0, 0].item()


class Training:
    """A step of gradient descent on `self.loss()` over `self.params`."""

    def __init__(self, params, rate):
        self.params = [param.requires_grad_() for param in params]
        self.rate = rate

    def run(self):
        loss = self.loss()
        gradients = torch.autograd.grad(loss, self.params)
        with torch.no_grad():
            for param, gradient in zip(self.params, gradients):
                param.sub_(gradient, alpha=self.rate)
        self.value = loss.detach()

    def result(self):
        return self.value.item()


class mnist(Training):
    def __init__(self, problem):
        inputs, hidden, classes = problem["inputs"], problem["hidden"], problem["classes"]
        self.images = tensor(problem["images"], problem["batch"], inputs)
        self.labels = tensor(problem["labels"], problem["batch"], classes)
        params = [
            tensor(problem["w1"], inputs, hidden),
            torch.zeros(hidden),
            tensor(problem["w2"], hidden, classes),
            torch.zeros(classes),
        ]
        super().__init__(params, problem["rate"])

    def loss(self):
        w1, b1, w2, b2 = self.params
        h = torch.relu(self.images @ w1 + b1)
        return functional.cross_entropy(h @ w2 + b2, self.labels)


class cnn(Training):
    """PyTorch has channels before spatial axes, so kernels are rearranged."""

    def __init__(self, problem):
        batch, size = problem["batch"], problem["size"]
        first, second, hidden = problem["first"], problem["second"], problem["hidden"]
        self.images = tensor(problem["images"], batch, 1, size, size)
        self.labels = tensor(problem["labels"], batch, problem["classes"])
        w3 = tensor(problem["w3"], size // 4, size // 4, second, hidden)
        params = [
            tensor(problem["k1"], 3, 3, 1, first).permute(3, 2, 0, 1).contiguous(),
            torch.zeros(first),
            tensor(problem["k2"], 3, 3, first, second).permute(3, 2, 0, 1).contiguous(),
            torch.zeros(second),
            w3.permute(2, 0, 1, 3).reshape(-1, hidden).contiguous(),
            torch.zeros(hidden),
            tensor(problem["w4"], hidden, problem["classes"]),
            torch.zeros(problem["classes"]),
        ]
        super().__init__(params, problem["rate"])

    def loss(self):
        k1, b1, k2, b2, w3, b3, w4, b4 = self.params
        h = functional.avg_pool2d(torch.relu(functional.conv2d(self.images, k1, b1, padding=1)), 2)
        h = functional.avg_pool2d(torch.relu(functional.conv2d(h, k2, b2, padding=1)), 2)
        h = torch.relu(h.flatten(1) @ w3 + b3)
        return functional.cross_entropy(h @ w4 + b4, self.labels)


class cosine(Training):
    def __init__(self, problem):
        samples, hidden = problem["samples"], problem["hidden"]
        self.noisy, self.clean = tensor(problem["noisy"], samples), tensor(problem["clean"], samples)
        params = [
            tensor(problem["w1"], hidden, samples),
            tensor(problem["w2"], samples, hidden),
            tensor(problem["b"], hidden),
        ]
        super().__init__(params, problem["rate"])

    def loss(self):
        w1, w2, b = self.params
        h = torch.sigmoid(w1 @ self.noisy + b)
        return 0.5 * torch.sum(torch.square(self.clean - w2 @ h))


OPS = {
    "add": torch.add, "mul": torch.mul, "div": torch.div, "maximum": torch.maximum, "less": torch.lt,
    "pow": torch.pow, "mod": torch.remainder, "arctan2": torch.atan2, "hypot": torch.hypot,
    "sub": torch.sub, "minimum": torch.minimum, "lessEqual": torch.le, "greater": torch.gt,
    "greaterEqual": torch.ge, "equal": torch.eq, "notEqual": torch.ne, "logicalAnd": torch.logical_and,
    "logicalOr": torch.logical_or, "logicalXor": torch.logical_xor, "logicalNot": torch.logical_not,
    "copysign": torch.copysign, "fmod": torch.fmod, "logaddexp": torch.logaddexp, "xlogy": torch.xlogy,
    "floorDivide": lambda a, b: torch.div(a, b, rounding_mode="floor"),
    "clip": lambda x: x.clamp(-1, 1), "glu": functional.glu,
    "where": lambda c, a, b: torch.where(c > 0, a, b),
    "ceil": torch.ceil, "trunc": torch.trunc, "isFinite": torch.isfinite, "isNaN": torch.isnan,
    "nanToNum": torch.nan_to_num, "cosh": torch.cosh, "erfc": torch.erfc, "log10": torch.log10,
    "arcsin": torch.asin, "arccos": torch.acos, "arctanh": torch.atanh, "arccosh": torch.acosh,
    "erfInv": torch.erfinv, "logit": torch.logit, "relu6": functional.relu6,
    "hardSigmoid": functional.hardsigmoid, "hardSilu": functional.hardswish, "celu": functional.celu,
    "softSign": functional.softsign,
    "abs": torch.abs, "neg": torch.neg, "sign": torch.sign, "floor": torch.floor, "round": torch.round,
    "square": torch.square, "exp": torch.exp, "exp2": torch.exp2, "expm1": torch.expm1, "sin": torch.sin,
    "cos": torch.cos, "tan": torch.tan, "arctan": torch.atan, "sinh": torch.sinh, "tanh": torch.tanh,
    "arcsinh": torch.asinh, "erf": torch.erf, "log": torch.log, "log1p": torch.log1p, "log2": torch.log2,
    "sqrt": torch.sqrt, "rsqrt": torch.rsqrt, "reciprocal": torch.reciprocal, "relu": torch.relu,
    "sigmoid": torch.sigmoid, "softplus": functional.softplus, "logSigmoid": functional.logsigmoid,
    "silu": functional.silu, "gelu": lambda x: functional.gelu(x, approximate="tanh"),
    "elu": functional.elu, "selu": functional.selu, "leakyRelu": functional.leaky_relu,
    "hardTanh": functional.hardtanh, "mish": functional.mish,
    "sum": torch.sum, "norm": torch.norm,
    "trace": torch.trace, "topK": lambda x: x.topk(10).values, "diff1": lambda x: x.diff(dim=1),
    "min0": lambda x: x.amin(0), "min1": lambda x: x.amin(1),
    "std0": lambda x: x.std(0, unbiased=False), "std1": lambda x: x.std(1, unbiased=False),
    "cummax0": lambda x: x.cummax(0).values, "cummax1": lambda x: x.cummax(1).values,
    "max0": lambda x: x.amax(0), "max1": lambda x: x.amax(1),
    "variance0": lambda x: x.var(0, unbiased=False), "variance1": lambda x: x.var(1, unbiased=False),
    "sort0": lambda x: x.sort(0).values, "sort1": lambda x: x.sort(1).values,
    "transpose": lambda x: x.t().contiguous(),
    "flip0": lambda x: x.flip(0), "flip1": lambda x: x.flip(1), "roll1": lambda x: x.roll(3, 1),
    "take0": lambda x, at: x.index_select(0, at.long()), "take1": lambda x, at: x.index_select(1, at.long()),
    "concatenate": lambda a, b: torch.cat([a, b]),
    "rows2": lambda x: x[::2].clone(), "columns2": lambda x: x[:, ::2].contiguous(),
    "pad": lambda x: functional.pad(x, (1, 1, 1, 1)), "tile": lambda x: x.tile(4, 1), "tril": torch.tril,
    "triu": torch.triu, "diagonal": lambda x: x.diagonal().clone(), "diag": torch.diag,
    "swapaxes": lambda x: x.transpose(0, 2).contiguous(),
    "moveaxis": lambda x: x.movedim(0, 2).contiguous(),
    "broadcastTo": lambda x: x.expand(1024, 1024).contiguous(),
    "repeat": lambda x: x.repeat_interleave(4, 1), "stack": lambda a, b: torch.stack([a, b]),
    "meshgrid": lambda a, b: torch.meshgrid(a, b, indexing="xy")[1].contiguous(),
    "split1": lambda x: x[:, 512:].contiguous(),
    "takeAlongAxis0": lambda x, at: x.gather(0, at.long()),
    "takeAlongAxis1": lambda x, at: x.gather(1, at.long()),
    "zeros": lambda: torch.zeros(1024, 1024), "ones": lambda: torch.ones(1024, 1024),
    "full": lambda: torch.full((1024, 1024), 3.0), "eye": lambda: torch.eye(1024),
    "arange": lambda: torch.arange(1000000, dtype=torch.float32),
    "linspace": lambda: torch.linspace(0, 1, 1000000),
    "random.uniform": lambda: torch.rand(1024, 1024), "random.normal": lambda: torch.randn(1024, 1024),
    "random.bernoulli": lambda: torch.empty(1024, 1024).bernoulli_(0.5),
    "random.exponential": lambda: torch.empty(1024, 1024).exponential_(),
    "random.cauchy": lambda: torch.empty(1024, 1024).cauchy_(),
    "random.randint": lambda: torch.randint(0, 10, (1024, 1024)),
    "random.permutation": lambda: torch.randperm(100000),
    "matmul": torch.matmul, "outer": torch.outer, "inner": torch.inner, "kron": torch.kron,
    "vdot": lambda a, b: torch.dot(a.view(-1), b.view(-1)),
    "tensordot": lambda a, b: torch.tensordot(a, b, 2), "cross": lambda a, b: torch.cross(a, b, dim=1),
    "einsum": lambda a, b: torch.einsum("bij,bkj->bik", a, b),
    **{f"{name}{axis}": (lambda f, axis: lambda x: f(x, axis))(f, axis)
       for axis in (0, 1)
       for name, f in {"sum": torch.sum, "mean": torch.mean, "prod": torch.prod, "argmax": torch.argmax,
                       "argmin": torch.argmin, "any": torch.any, "all": torch.all,
                       "argsort": torch.argsort, "logSoftmax": torch.log_softmax,
                       "cumprod": torch.cumprod,
                       "cumsum": torch.cumsum, "softmax": torch.softmax, "logsumexp": torch.logsumexp}.items()},
}


class op:
    def __init__(self, problem):
        self.f = OPS[problem["op"]]
        self.args = [tensor(data, *shape) for data, shape in zip(problem["arrays"], problem["shapes"])]

    def run(self):
        self.out = self.f(*self.args)

    def result(self):
        return self.out.reshape(-1)[0].item()

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

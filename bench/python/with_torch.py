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

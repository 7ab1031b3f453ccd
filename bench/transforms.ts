/** Batches, loops in compiled code, and what they replace. */
import type { Library, Workload } from './types.ts';
import type { Tensor } from '@mini/autograd';
import { calling } from './contender.ts';

const EXAMPLES = 64;

/** A classifier with 128 hidden units, its loss for one example, and a batch of examples. */
const classifier = ({ autograd: m }: Library) => {
  const [k1, k2, k3, k4] = m.random.split(m.random.key(0), 4);
  const params = {
    w1: m.mul(m.random.normal(k1, [784, 128]), 0.05),
    b1: m.zeros([128]),
    w2: m.mul(m.random.normal(k2, [128, 10]), 0.1),
    b2: m.zeros([10]),
  };
  const x = m.random.uniform(k3, [EXAMPLES, 784]);
  const y = m.random.randint(k4, [EXAMPLES], 0, 10);
  const losses = (p: typeof params, images: Tensor, labels: Tensor): Tensor => {
    const logits = m.relu(images.matmul(p.w1).add(p.b1)).matmul(p.w2).add(p.b2);
    return m.neg(m.sum(m.mul(m.oneHot(labels, 10), m.logSoftmax(logits)), { axis: -1 }));
  };
  return { params, x, y, losses };
};

const gradientNorms = (): Workload => ({
  name: `${EXAMPLES} gradient norms, one for each example, 784-128-10`,
  tolerance: 1e-4,
  ours: (library) => {
    const m = library.autograd;
    const { params, x, y, losses } = classifier(library);
    type Params = typeof params;
    const norm = (p: Params, image: Tensor, label: Tensor): Tensor => {
      const gradient = m.grad(losses)(p, image, label);
      return m.sqrt(m.tree.reduce((total, g) => total.add(m.sum(m.square(g))), gradient, m.tensor(0)));
    };
    const all = m.jit(m.vmap(norm, { inAxes: [null, 0, 0] }));
    const one = m.jit(norm);
    const gradient = m.jit(m.grad((p: Params) => m.mean(losses(p, x, y))));
    const rows = Array.from({ length: EXAMPLES }, (_, i) => [m.slice(x, i), m.slice(y, i)] as const);
    return [
      calling(`${library.name} vmap`, () => all(params, x, y)),
      calling(`${library.name} loop`, () => m.stack(rows.map(([image, label]) => one(params, image, label)))),
      calling(`${library.name} gradient of the whole batch`, () => gradient(params).w1, true),
    ];
  },
});

const batchedLoss = (): Workload => ({
  name: 'gradient of the mean of a batched loss, 784-128-10',
  tolerance: 1e-4,
  ours: (library) => {
    const m = library.autograd;
    const { params, x, y, losses } = classifier(library);
    type Params = typeof params;
    const batched = m.jit(
      m.grad((p: Params) => m.mean(m.vmap((image: Tensor, label: Tensor) => losses(p, image, label))(x, y))),
    );
    const whole = m.jit(m.grad((p: Params) => m.mean(losses(p, x, y))));
    return [
      calling(`${library.name} whole batch`, () => m.sum(m.square(whole(params).w1))),
      calling(`${library.name} vmap`, () => m.sum(m.square(batched(params).w1))),
    ];
  },
});

const recurrent = (steps: number): Workload => ({
  name: `gradient of a recurrent net, ${steps} steps, hidden 32, batch 16`,
  tolerance: 1e-4,
  ours: (library) => {
    const m = library.autograd;
    const [k1, k2, k3] = m.random.split(m.random.key(0), 3);
    const params = {
      w: m.mul(m.random.normal(k1, [32, 32]), 0.2),
      u: m.mul(m.random.normal(k2, [8, 32]), 0.2),
      b: m.zeros([32]),
    };
    type Params = typeof params;
    const xs = m.random.normal(k3, [steps, 16, 8]);
    const cell = (p: Params, h: Tensor, x: Tensor): Tensor =>
      m.tanh(h.matmul(p.w).add(x.matmul(p.u)).add(p.b));
    const byScan = (p: Params): Tensor => {
      const step = (h: Tensor, x: Tensor): [Tensor, Tensor] => {
        const next = cell(p, h, x);
        return [next, m.sum(m.square(next))];
      };
      return m.sum(m.scan(step, m.zeros([16, 32]), xs)[1]);
    };
    const unrolled = (p: Params): Tensor => {
      let h = m.zeros([16, 32]);
      let total = m.tensor(0);
      for (let i = 0; i < steps; i++) {
        h = cell(p, h, m.slice(xs, i));
        total = total.add(m.sum(m.square(h)));
      }
      return total;
    };
    const [scanned, plain] = [byScan, unrolled].map((f) => m.jit(m.grad(f)));
    return [
      calling(`${library.name} unrolled`, () => plain(params).w),
      calling(`${library.name} scan`, () => scanned(params).w),
    ];
  },
});

const UPDATES = 1000;

const trainingLoop = (): Workload => ({
  name: `${UPDATES} updates of the cosine net, 10 hidden`,
  tolerance: 1e-3,
  ours: (library) => {
    const m = library.autograd;
    const t = m.linspace(-3 * Math.PI, 3 * Math.PI, 200);
    const [noisy, clean] = [m.cos(t).add(0.1), m.cos(t)];
    const [k1, k2, k3] = m.random.split(m.random.key(0), 3);
    const bounds = { minval: -0.1, maxval: 0.1 };
    const params = {
      W1: m.random.uniform(k1, [10, 200], bounds),
      W2: m.random.uniform(k2, [200, 10], bounds),
      b: m.random.uniform(k3, [10], bounds),
    };
    type Params = typeof params;
    const cost = (p: Params): Tensor =>
      m.mul(0.5, m.sum(m.square(clean.sub(p.W2.matmul(m.sigmoid(p.W1.matmul(noisy).add(p.b)))))));
    const update = (p: Params): Params => m.tree.map((w, g) => w.sub(g.mul(0.001)), p, m.grad(cost)(p));
    const one = m.jit(update);
    const all = m.jit(
      (p: Params) => m.scan((own: Params) => [update(own), undefined], p, undefined, { length: UPDATES })[0],
    );
    return [
      calling(`${library.name} calls`, () => {
        let p = params;
        for (let i = 0; i < UPDATES; i++) p = one(p);
        return p.W1;
      }),
      calling(`${library.name} scan`, () => all(params).W1),
    ];
  },
});

const eagerOp = (): Workload => ({
  name: 'sin on [64, 784], at once',
  tolerance: 0,
  ours: (library) => {
    const m = library.autograd;
    const x = m.random.normal(m.random.key(0), [64, 784]);
    const batch = m.vmap((row: Tensor) => m.sin(row));
    return [
      calling(`${library.name} plain`, () => m.sin(x)),
      calling(`${library.name} vmap`, () => batch(x)),
    ];
  },
});

/** Ten small ops of a kind, each on the result of the one before, in one call of vmap. */
const smallOps = (): Workload => ({
  name: 'ten small ops on [200, 10], at once',
  tolerance: 0,
  ours: (library) => {
    const m = library.autograd;
    const x = m.random.normal(m.random.key(0), [200, 10]);
    const repeat = (op: (y: Tensor) => Tensor, start: Tensor): Tensor => {
      let y = start;
      for (let i = 0; i < 5; i++) y = op(y);
      return y;
    };
    const batch = m.vmap((row: Tensor) => repeat((y) => m.sub(y, m.max(y)), row));
    return [
      calling(`${library.name} plain`, () =>
        repeat((y) => m.sub(y, m.max(y, { axis: 1, keepdims: true })), x),
      ),
      calling(`${library.name} vmap`, () => batch(x)),
    ];
  },
});

const stackedLayers = (): Workload => ({
  name: 'gradient of 6 layers stacked in xs of scan, width 32, 256 examples',
  tolerance: 1e-4,
  ours: (library) => {
    const m = library.autograd;
    const [k1, k2] = m.random.split(m.random.key(0), 2);
    const layers = m.mul(m.random.normal(k1, [6, 32, 32]), 0.2);
    const x = m.random.normal(k2, [256, 32]);
    const apply = (ws: Tensor, h: Tensor): Tensor =>
      m.sum(m.scan((own: Tensor, w: Tensor) => [m.tanh(own.matmul(w)), undefined], h, ws)[0]);
    const whole = m.jit(m.grad((ws: Tensor) => apply(ws, x)));
    const batched = m.jit(m.grad((ws: Tensor) => m.sum(m.vmap((row: Tensor) => apply(ws, row))(x))));
    return [
      calling(`${library.name} whole batch`, () => whole(layers)),
      calling(`${library.name} vmap`, () => batched(layers)),
    ];
  },
});

const WRITES = 1000;

const writingLoop = (): Workload => ({
  name: `${WRITES} steps that each write one element of an array`,
  tolerance: 0,
  ours: (library) => {
    const m = library.autograd;
    const write = (size: number) =>
      m.jit((x: Tensor) => {
        const step = (i: Tensor, own: Tensor): Tensor => m.scatterSet(own, i, m.sin(i).add(x));
        return m.sum(m.slice(m.foriLoop(0, WRITES, step, m.zeros([size])), [0, WRITES]));
      });
    const [small, large] = [write(1000), write(1_000_000)];
    return [
      calling(`${library.name} of 1,000 elements`, () => small(m.tensor(1))),
      calling(`${library.name} of 1,000,000 elements`, () => large(m.tensor(1))),
    ];
  },
});

export const transformWorkloads = (): Workload[] => [
  gradientNorms(),
  batchedLoss(),
  recurrent(100),
  trainingLoop(),
  stackedLayers(),
  writingLoop(),
  eagerOp(),
  smallOps(),
];

/** Compares optimizers with their formulas, computed in double precision. */
import { expect, test } from 'vitest';
import { tensor, type Tensor } from '@mini/autograd';
import * as nn from '../../src/index.ts';

type Vector = readonly number[];
const map = (f: (...x: number[]) => number, ...xs: readonly Vector[]): Vector =>
  xs[0].map((_, i) => f(...xs.map((x) => x[i])));
const norm = (x: Vector): number => Math.hypot(...x);

const start: Vector = [1, -2, 0.5];
const gradients: readonly Vector[] = [
  [0.5, -1, 0.25],
  [0.25, 1.5, -0.75],
  [-0.125, 0.5, 0],
  [2, -0.25, 1],
  [0.5, 0.5, -0.5],
];

/** Applies the steps that `direction` returns, in double precision. */
const exact = (direction: (g: Vector, w: Vector, n: number) => Vector): Vector =>
  gradients.reduce((w, g, i) => map((a, d) => a - d, w, direction(g, w, i + 1)), start);

const run = (optimizer: nn.Optimizer): Vector => {
  let w: Tensor = tensor([...start]);
  let state = optimizer.init(w);
  for (const g of gradients) [w, state] = optimizer.update(w, tensor([...g]), state);
  return [...w.data];
};

/** The running means of Adam, which keep their state. */
const moments = (b1 = 0.9, b2 = 0.999, nesterov = false, from = 0) => {
  let [m, v]: [Vector, Vector] = [start.map(() => from), start.map(() => from)];
  return (g: Vector, n: number, ofSquare: (g: number, m: number) => number = (x) => x) => {
    m = map((a, x) => b1 * a + (1 - b1) * x, m, g);
    v = map((a, x, mean) => b2 * a + (1 - b2) * ofSquare(x, mean) ** 2, v, g, m);
    const ahead = (a: number, x: number): number =>
      nesterov ? (b1 * a) / (1 - b1 ** (n + 1)) + ((1 - b1) * x) / (1 - b1 ** n) : a / (1 - b1 ** n);
    return [map(ahead, m, g), map((a) => a / (1 - b2 ** n), v)] as const;
  };
};

const adamStep = (m: Vector, v: Vector, epsilon = 1e-8): Vector =>
  map((a, b) => a / (Math.sqrt(b) + epsilon), m, v);

const scaleBy = (factor: number, x: Vector): Vector => map((a) => factor * a, x);

test.each<[string, nn.Optimizer, () => Vector]>([
  [
    'adam with options',
    nn.adam({ learningRate: 0.1, beta1: 0.8, beta2: 0.95, epsilon: 1e-3, epsilonRoot: 0.1 }),
    () => {
      const next = moments(0.8, 0.95);
      return exact((g, _w, n) => {
        const [m, v] = next(g, n);
        return scaleBy(
          0.1,
          adamStep(
            m,
            map((x) => x + 0.1, v),
            1e-3,
          ),
        );
      });
    },
  ],
  [
    'adamw with Nesterov momentum',
    nn.adamw({ learningRate: 0.1, nesterov: true, weightDecay: 0.5 }),
    () => {
      const next = moments(0.9, 0.999, true);
      return exact((g, w, n) =>
        scaleBy(
          0.1,
          map((d, x) => d + 0.5 * x, adamStep(...next(g, n)), w),
        ),
      );
    },
  ],
  [
    'amsgrad',
    nn.amsgrad({ learningRate: 0.1, beta2: 0.5 }),
    () => {
      const next = moments(0.9, 0.5);
      let max: Vector = start.map(() => 0);
      return exact((g, _w, n) => {
        const [m, v] = next(g, n);
        max = map(Math.max, max, v);
        return scaleBy(0.1, adamStep(m, max));
      });
    },
  ],
  [
    'adabelief',
    nn.adabelief({ learningRate: 0.1, epsilonRoot: 0 }),
    () => {
      const next = moments();
      return exact((g, _w, n) => scaleBy(0.1, adamStep(...next(g, n, (x, m) => x - m), 1e-16)));
    },
  ],
  [
    'lamb',
    nn.lamb({ learningRate: 0.1, weightDecay: 0.3 }),
    () => {
      const next = moments();
      return exact((g, w, n) => {
        const d = map((x, a) => x + 0.3 * a, adamStep(...next(g, n), 1e-6), w);
        return scaleBy((0.1 * norm(w)) / norm(d), d);
      });
    },
  ],
  [
    'lars',
    nn.lars({ learningRate: 10, weightDecay: 0.3, trustCoefficient: 0.01, nesterov: true }),
    () => {
      let v: Vector = start.map(() => 0);
      return exact((g, w) => {
        const d = map((x, a) => x + 0.3 * a, g, w);
        const step = scaleBy((10 * 0.01 * norm(w)) / norm(d), d);
        v = map((a, x) => 0.9 * a + x, v, step);
        return map((a, x) => 0.9 * a + x, v, step);
      });
    },
  ],
  [
    'rmsprop with epsilon outside of the root, a first scale and a centre',
    nn.rmsprop({ learningRate: 0.1, epsilonInSqrt: false, initialScale: 1, centered: true, epsilon: 0.01 }),
    () => {
      let [m, v]: [Vector, Vector] = [start.map(() => 0), start.map(() => 1)];
      return exact((g) => {
        m = map((a, x) => 0.9 * a + 0.1 * x, m, g);
        v = map((a, x) => 0.9 * a + 0.1 * x * x, v, g);
        return map((x, a, b) => (0.1 * x) / (Math.sqrt(b - a * a) + 0.01), g, m, v);
      });
    },
  ],
  [
    'adadelta with weight decay',
    nn.adadelta({ learningRate: 2, rho: 0.8, weightDecay: 0.1 }),
    () => {
      let [v, x]: [Vector, Vector] = [start.map(() => 0), start.map(() => 0)];
      return exact((g, w) => {
        const d = map((a, b) => a + 0.1 * b, g, w);
        v = map((a, b) => 0.8 * a + 0.2 * b * b, v, d);
        const step = map((a, b, c) => (Math.sqrt(c + 1e-6) / Math.sqrt(b + 1e-6)) * a, d, v, x);
        x = map((a, b) => 0.8 * a + 0.2 * b * b, x, step);
        return scaleBy(2, step);
      });
    },
  ],
  [
    'lion',
    nn.lion({ learningRate: 0.1 }),
    () => {
      let m: Vector = start.map(() => 0);
      return exact((g, w) => {
        const step = map((a, x, b) => 0.1 * (Math.sign(0.9 * a + 0.1 * x) + 1e-3 * b), m, g, w);
        m = map((a, x) => 0.99 * a + 0.01 * x, m, g);
        return step;
      });
    },
  ],
  [
    'ema without correction',
    nn.optimizer(nn.chain(nn.ema(0.9, { debias: false }), nn.scale(-0.1))),
    () => {
      let m: Vector = start.map(() => 0);
      return exact((g) => {
        m = map((a, x) => 0.9 * a + 0.1 * x, m, g);
        return scaleBy(0.1, m);
      });
    },
  ],
])('%s', (_name, optimizer, expected) => {
  const found = run(optimizer);
  expected().forEach((x, i) => expect(found[i]).toBeCloseTo(x, 5));
});

test('adabelief adds epsilonRoot to the mean of the squares in every step', () => {
  const { init, update } = nn.scaleByBelief({ epsilonRoot: 0.5, beta2: 0 });
  let [, state] = update(tensor(0), init(tensor(0)), tensor(0));
  expect(state.square.item()).toBe(0.5);
  [, state] = update(tensor(0), state, tensor(0));
  expect(state.square.item()).toBe(0.5);
});

test('options that float32 does not hold are errors, not NaN', () => {
  const params = tensor([1, 2]);
  const beyond = /, got 1e\+39, which is Infinity in float32$/;
  expect(() => nn.huberLoss(params, params, { delta: 1e39 })).toThrow(beyond);
  expect(() => nn.adam({ learningRate: 1e39 })).toThrow(beyond);
  expect(() => nn.adam({ learningRate: 0.1, epsilon: 1e-50 })).toThrow(
    'adam: invalid epsilon: expected a finite number ≥ 0, got 1e-50, which is 0 in float32',
  );
  expect(() => nn.clipByGlobalNorm(params, 1e-50)).toThrow('got 1e-50, which is 0 in float32');
  // A limit too large to be reached has no effect.
  for (const maxNorm of [Number.MAX_VALUE, Infinity, 3e38])
    expect(nn.clipByGlobalNorm(params, maxNorm)).toEqual(params);
});

test('a decay rate that float32 rounds to 1 is an error, not NaN', () => {
  const options = { learningRate: 0.1, beta2: 0.99999998 };
  for (const make of [nn.adam, nn.nadam, nn.adamax, nn.amsgrad, nn.adabelief, nn.yogi, nn.lamb, nn.radam])
    expect(() => make(options)).toThrow(
      'invalid beta2: expected a number in [0, 1), got 0.99999998, which is 1 in float32',
    );
  expect(() => nn.ema(0.99999999)).toThrow('a number in [0, 1), got 0.99999999, which is 1 in float32');
  const { init, update } = nn.adam({ ...options, beta2: 0.99999994 });
  expect(update(tensor(1), tensor(1), init(tensor(1)))[0].item()).toBeCloseTo(0.9, 5);
});

test('a constant gradient has no negative variance', () => {
  for (const gradient of [11, 13, 1.2848373651504517]) {
    const { init, update } = nn.rmsprop({ learningRate: 0.001, centered: true });
    let [w, state] = [tensor(0), init(tensor(0))];
    for (let i = 0; i < 250; i++) [w, state] = update(w, tensor(gradient), state);
    expect(w.item()).toBeLessThan(0);
  }
});

test('radam refuses a threshold for which its root would be of a negative number', () => {
  expect(() => nn.radam({ learningRate: 0.1, threshold: 3 })).toThrow(
    'radam: invalid threshold: expected a finite number ≥ 4, got 3',
  );
});

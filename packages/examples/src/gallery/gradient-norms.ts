/** Computes the gradient of each example with vmap. Examples with wrong labels have the largest. */
import {
  abs,
  arange,
  grad,
  greater,
  jit,
  less,
  mean,
  random,
  slice,
  sort,
  square,
  sqrt,
  sub,
  sum,
  type Tensor,
  tree,
  vmap,
  zeros,
} from '@mini/autograd';
import { adam, binaryCrossEntropyFromLogits } from '@mini/nn';
import type { Example } from './example.ts';

const POINTS = 200;
const WRONG = 40;

interface Params {
  readonly w: Tensor;
  readonly b: Tensor;
}

/** The loss of a linear classifier for one point. */
const loss = ({ w, b }: Params, point: Tensor, label: Tensor): Tensor =>
  binaryCrossEntropyFromLogits(point.matmul(w).add(b), label);

/** The norm of the gradient of one point's loss. */
const gradientNorm = (p: Params, point: Tensor, label: Tensor): Tensor =>
  sqrt(tree.reduce((total, g) => total.add(sum(square(g))), grad(loss)(p, point, label), zeros([])));

const PERCENTS = Array.from({ length: 21 }, (_, i) => 5 * i);
const quantiles = (x: Tensor): number[] =>
  PERCENTS.map((percent) => sort(x).data[Math.round((percent / 100) * (x.size - 1))]);

export const gradientNorms: Example = {
  description: 'Finds wrong labels among 200 points: their losses have the largest gradients.',
  steps: { description: 'training steps', default: 200 },
  run: (seed, steps, onStep) => {
    const [pointKey, lineKey] = random.split(random.key(seed));
    const points = random.normal(pointKey, [POINTS, 2]);
    // The class of a point is its side of a line. The first labels are wrong.
    const side = greater(points.matmul(random.normal(lineKey, [2])), 0);
    const labels = abs(sub(side, less(arange(POINTS), WRONG)));
    const optimizer = adam({ learningRate: 0.1 });
    let params: Params = { w: zeros([2]), b: zeros([]) };
    let state = optimizer.init(params);
    const losses = vmap(loss, { inAxes: [null, 0, 0] });
    const step = jit((p: Params, s: typeof state) =>
      optimizer.update(p, grad((own: Params) => mean(losses(own, points, labels)))(p), s),
    );
    for (let i = 0; i < steps; i++) {
      [params, state] = step(params, state);
      onStep?.();
    }
    const norms = jit(vmap(gradientNorm, { inAxes: [null, 0, 0] }))(params, points, labels);
    const [wrong, right] = [slice(norms, [0, WRONG]), slice(norms, [WRONG, null])];
    return {
      title: 'Gradients of single examples',
      results: [
        ['mean gradient norm, right labels', mean(right).item().toFixed(4)],
        ['mean gradient norm, wrong labels', mean(wrong).item().toFixed(4)],
      ],
      figures: [
        {
          title: 'Gradient norms',
          xLabel: 'percent of the points',
          yLabel: 'gradient norm up to',
          x: PERCENTS,
          series: {
            'right labels': { values: quantiles(right), color: 'blue' },
            'wrong labels': { values: quantiles(wrong), color: 'orange' },
          },
        },
      ],
    };
  },
};

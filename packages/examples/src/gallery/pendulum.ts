/** A pendulum fitted to measurements: the gradient flows through a simulation, which is a scan. */
import {
  grad,
  jit,
  linspace,
  mean,
  mul,
  random,
  scan,
  sin,
  square,
  sub,
  type Tensor,
  tensor,
} from '@mini/autograd';
import { adam } from '@mini/nn';
import type { Example } from './example.ts';

const STEPS = 300;
const SECONDS = 0.02;
const GRAVITY = 9.81;

interface Pendulum {
  /** In metres. */
  readonly length: Tensor;
  /** Friction, per second. */
  readonly damping: Tensor;
}

/** The angles of a pendulum that starts at rest, in steps of 0.02 seconds. */
const simulate = ({ length, damping }: Pendulum): Tensor => {
  const step = ([angle, speed]: [Tensor, Tensor]): [[Tensor, Tensor], Tensor] => {
    const acceleration = mul(-GRAVITY, sin(angle)).div(length).sub(mul(damping, speed));
    const nextSpeed = speed.add(acceleration.mul(SECONDS));
    const nextAngle = angle.add(nextSpeed.mul(SECONDS));
    return [[nextAngle, nextSpeed], nextAngle];
  };
  return scan(step, [tensor(1), tensor(0)], undefined, { length: STEPS })[1];
};

export const pendulum: Example = {
  description: 'Fits the length and the friction of a pendulum to noisy measurements of its angle.',
  steps: { description: 'updates of the fit', default: 300 },
  run: (seed, steps, onStep) => {
    const truth = { length: tensor(1.3), damping: tensor(0.25) };
    const measured = simulate(truth).add(random.normal(random.key(seed), [STEPS]).mul(0.1));
    const cost = (p: Pendulum): Tensor => mean(square(sub(simulate(p), measured)));
    const optimizer = adam({ learningRate: 0.02 });
    let fitted: Pendulum = { length: tensor(1), damping: tensor(0) };
    let state = optimizer.init(fitted);
    const update = jit((p: Pendulum, s: typeof state) => optimizer.update(p, grad(cost)(p), s));
    for (let i = 0; i < steps; i++) {
      [fitted, state] = update(fitted, state);
      onStep?.();
    }
    return {
      title: 'A pendulum, fitted through its simulation',
      results: [
        ['length (1.3 m)', `${fitted.length.item().toFixed(3)} m`],
        ['friction (0.25 /s)', `${fitted.damping.item().toFixed(3)} /s`],
      ],
      figures: [
        {
          title: 'Angle',
          xLabel: 'time in seconds',
          yLabel: 'angle in radians',
          x: linspace(SECONDS, STEPS * SECONDS, STEPS),
          series: {
            measured: { values: measured, color: 'grey' },
            fitted: { values: simulate(fitted), color: 'orange' },
            true: { values: simulate(truth), color: 'blue', draw: 'dashes' },
          },
        },
      ],
    };
  },
};

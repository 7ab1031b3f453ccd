/** The data: points on two spirals, and which of the two each is on. */
import {
  add,
  arange,
  concatenate,
  cos,
  mul,
  ones,
  random,
  sin,
  stack,
  type Tensor,
  zeros,
} from '@mini/autograd';

/** Points [n, 2] and the labels 0 or 1 [n]. */
export interface Points {
  readonly points: Tensor;
  readonly labels: Tensor;
}

/** Returns `count` points on each spiral, moved by a little noise. */
export const makeSpirals = (key: random.Key, count: number): Points => {
  const angle = mul(arange(count), (3 * Math.PI) / count);
  const radius = add(0.1, mul(angle, 0.1));
  const arm = stack([mul(radius, cos(angle)), mul(radius, sin(angle))], { axis: 1 });
  const points = concatenate([arm, arm.neg()]);
  const labels = concatenate([zeros([count]), ones([count])]);
  return { points: add(points, mul(0.02, random.normal(key, points.shape))), labels };
};

/** Random keys and samplers, such as `random.normal(random.key(0), [3])`. */
export type { KnownCount, ListOf } from '../base/list-of.ts';
export { bits, foldIn, key, type Key, keyFromData, keys, split } from './keys.ts';
export { bernoulli, categorical, type CategoricalOptions, rademacher, randint } from './discrete.ts';
export { choice, type ChoiceOptions, permutation } from './choosing.ts';
export { normal, truncatedNormal, uniform, type UniformOptions } from './continuous.ts';
export { cauchy, exponential, gumbel, laplace, logistic } from './transformed.ts';

/** Random keys and samplers, such as `random.normal(random.key(0), [3])`. */
export { bits, foldIn, key, type Key, keyFromData, split } from './keys.ts';
export {
  bernoulli,
  categorical,
  type CategoricalOptions,
  choice,
  type ChoiceOptions,
  permutation,
  randint,
} from './discrete.ts';
export { gumbel, normal, truncatedNormal, uniform, type UniformOptions } from './continuous.ts';

/** Random keys and samplers: `random.normal(random.key(0), [3])`. */
export { bits, foldIn, key, type Key, keyFromData, split } from './keys.ts';
export {
  bernoulli,
  categorical,
  type CategoricalOptions,
  choice,
  type ChoiceOptions,
  gumbel,
  normal,
  permutation,
  randint,
  truncatedNormal,
  uniform,
  type UniformOptions,
} from './samplers.ts';

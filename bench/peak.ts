/** Runs one piece of work, named by the argument. `peaks.ts` starts it in a process of its own. */
import { mean, std, sum, type Tensor, tensor } from '@mini/autograd';

const MEAN_SIZE = 40_000_000;
const CHAIN_SIZE = 4_000_000;
const CHAIN_LENGTH = 100;

const numbers = (size: number): Tensor => {
  const elements = new Float32Array(size);
  for (let i = 0; i < size; i++) elements[i] = (i % 1000) / 1000;
  return tensor(elements, [size], { copy: false });
};

const WORK: Readonly<Record<string, () => number>> = {
  nothing: () => 0,
  mean: () => mean(numbers(MEAN_SIZE)).item(),
  std: () => std(numbers(CHAIN_SIZE)).item(),
  chain: () => {
    let x = numbers(CHAIN_SIZE);
    for (let i = 0; i < CHAIN_LENGTH; i++) x = x.mul(0.5).add(1);
    return sum(x).item();
  },
};

if (!Number.isFinite(WORK[process.argv[2]]())) throw new Error('peak: the result is not finite');

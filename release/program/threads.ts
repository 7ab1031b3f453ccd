/** Runs compiled functions on two threads, also from a bundle, and prints a result. */
import { jit, matmul, random, sin, type Tensor } from '@mini/autograd';
import { threads, useThreads } from '@mini/autograd/threads';

const square = jit((x: Tensor) => sin(matmul(x, x)));
const x = random.normal(random.key(0), [200, 200]);
const alone = square(x).data;
useThreads(2);
// The worker starts meanwhile.
for (const start = performance.now(); performance.now() - start < 500;) square(x);
const together = square(x).data;
// An error of the worker arrives in the next turn of the event loop.
await new Promise((resolve) => setTimeout(resolve, 100));
console.log(
  threads(),
  alone.every((value, i) => value === together[i]),
);

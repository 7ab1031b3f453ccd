/** Compares a compiled function on two threads with the same on one. */
import { jit, matmul, random, sin } from '@mini/autograd';
import { threads, useThreads } from '@mini/autograd/threads';

export const compareThreads = () => {
  const square = jit((x) => sin(matmul(x, x)));
  const x = random.normal(random.key(0), [200, 200]);
  const alone = square(x).data;
  useThreads(2);
  // The worker starts meanwhile.
  for (const start = performance.now(); performance.now() - start < 500;) square(x);
  const together = square(x).data;
  const { count } = threads();
  useThreads(1);
  return `threads: ${count}, the same bits: ${alone.every((value, i) => value === together[i])}`;
};

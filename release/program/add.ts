/** The smallest program. */
import { add, tensor } from '@mini/autograd';

console.log(
  add(tensor([1, 2]), 3)
    .toArray()
    .toString(),
);

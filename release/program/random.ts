/** A program whose only tensors are random numbers: their methods must work in a bundle, too. */
import * as random from '@mini/autograd/random';

const x = random.uniform(random.key(1), [3]);
console.log(String(x.add(1).matmul(x.pow(2))));

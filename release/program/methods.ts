/** A program with methods: bundlers must keep an import that has only side effects. */
import '@mini/autograd/methods';
import { tensor } from '@mini/autograd';

console.log(
  String(
    tensor([
      [1, 2],
      [3, 4],
    ])
      .T.exp()
      .log()
      .sum({ axis: 0 }),
  ),
);

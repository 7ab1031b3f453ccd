/** summary: a table of the layers of a network. */
import type { Shape } from '@mini/autograd';
import { makeGraph } from '@mini/autograd/graph';
import * as random from '@mini/autograd/random';
import { checkShape, describe, formatShape, typeError, sizeOf } from '@mini/autograd/check';
import { hasFunctions } from '../has-functions.ts';
import { flattenTree } from '../trees.ts';
import { CHILDREN } from './container.ts';
import type { AnyNet } from './kinds.ts';
import type { Child } from './layer-checks.ts';
import type { Module } from './module.ts';
import type { Network } from './network.ts';

interface Row {
  readonly name: string;
  readonly shape: Shape;
  readonly parameters: number;
}

/**
 * Returns the shapes of a layer's parameters. They are only traced, not computed, where that works.
 */
const parameterShapes = (layer: AnyNet, inputShape: Shape): readonly Shape[] => {
  const init = (key: random.Key): object => layer.init(key, inputShape);
  const key = random.key(0);
  try {
    return makeGraph(init)(key).results.map(({ value }) => value.shape);
  } catch {
    // An initializer that reads numbers cannot be traced.
    return flattenTree('summary', 'parameters of a layer', init(key))[0].map(({ shape }) => shape);
  }
};

const countOf = (layer: AnyNet, inputShape: Shape): number =>
  parameterShapes(layer, inputShape).reduce((total, shape) => total + sizeOf(shape), 0);

/** Returns a row for each layer; layers of layers have names such as block.hidden. */
const rowsOf = (layer: AnyNet, inputShape: Shape, path: string): Row[] => {
  const childrenOf = (layer as { readonly [CHILDREN]?: (shape: Shape) => readonly Child[] })[CHILDREN];
  if (childrenOf === undefined)
    return [
      {
        name: path === '' ? 'network' : path,
        shape: layer.outputShape(inputShape),
        parameters: countOf(layer, inputShape),
      },
    ];
  return childrenOf(inputShape).flatMap((child) =>
    rowsOf(child.layer, child.inputShape, path === '' ? child.name : `${path}.${child.name}`),
  );
};

/**
 * Returns a table of the layers of a network, with the shapes of their outputs and the numbers of
 * their parameters, for inputs of `inputShape`. Mirrors the tabulate method of flax.
 *
 * @example
 * const net = Sequential({ hidden: Dense(128), activation: relu, out: Dense(10) });
 * console.log(summary(net, [1, 784]));
 * // → layer       output    parameters
 * // → hidden      [1, 128]     100,480
 * // → activation  [1, 128]           0
 * // → out         [1, 10]        1,290
 * // → total                    101,770
 */
export function summary(
  // The parameters are both an argument and a result of a module, so only any fits all modules.
  // oxlint-disable-next-line typescript/no-explicit-any
  net: Module<any> | Network<any, any, any>,
  inputShape: Shape,
): string {
  if (!hasFunctions(net, 'init', 'outputShape'))
    throw typeError('summary', `invalid net: expected a module or a network, got ${describe(net)}`);
  const shape = checkShape('summary', inputShape);
  const rows = rowsOf(net as AnyNet, shape, '');
  const format = (count: number): string => count.toLocaleString('en-US');
  const total = rows.reduce((sum, { parameters }) => sum + parameters, 0);
  const cells = [
    ['layer', 'output', 'parameters'],
    ...rows.map((row) => [row.name, formatShape(row.shape), format(row.parameters)]),
    ['total', '', format(total)],
  ];
  const [names, outputs, counts] = [0, 1, 2].map((column) =>
    Math.max(...cells.map((row) => row[column].length)),
  );
  return cells
    .map(
      ([name, output, count]) =>
        `${name.padEnd(names)}  ${output.padEnd(outputs)}  ${count.padStart(counts)}`,
    )
    .join('\n');
}

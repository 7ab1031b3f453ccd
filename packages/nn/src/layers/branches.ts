/** Parallel and Residual: networks whose layers all get the same input. */
import { type Shape, type Tensor, add, concatenate } from '@mini/autograd';
import { asOp, formatShape, rangeError, sameShape } from '@mini/autograd/check';
import { type Flow, container } from './container.ts';
import type { Container, Layer, Layers } from './layer-types.ts';

const sideBySide: Flow = (start, layers, run, join) =>
  join(Array.from({ length: layers }, (_, layer) => run(layer, start)));

/** Returns the shape of outputs that are joined along the last axis. */
const joinedShape = (shapes: readonly Shape[]): Shape => {
  const [first, ...others] = shapes;
  if (first === undefined) throw rangeError('Parallel', 'no layers: expected at least one, got { }');
  const fits = others.every((shape) => sameShape(shape.slice(0, -1), first.slice(0, -1)));
  if (first.length === 0 || !fits)
    throw rangeError(
      'Parallel',
      `outputs do not fit: expected equal sizes except on the last axis, got ${shapes.map(formatShape).join(' and ')}`,
    );
  return [...first.slice(0, -1), shapes.reduce((total, shape) => total + shape[shape.length - 1], 0)];
};

/**
 * A network whose layers all get the same input; their outputs are joined along the last axis.
 *
 * Parameters, states and keys are those of `Sequential`. Throws a RangeError for outputs that do
 * not fit.
 *
 * @example
 * const net = Parallel({ narrow: Conv(4, 1), wide: Conv(8, 5) });
 * console.log(net.outputShape([1, 28, 28, 3])); // → [ 1, 28, 28, 12 ]
 */
export function Parallel<const L extends Layers>(layers: L): Container<L> {
  return container('Parallel', layers, {
    flow: sideBySide,
    joinTensors: (values) => {
      joinedShape(values.map(({ shape }) => shape));
      return asOp('Parallel', () => concatenate([...values], { axis: -1 }));
    },
    joinShapes: joinedShape,
  });
}

/** Returns the shape of two outputs that are added. */
const sharedShape = ([body, shortcut]: readonly Shape[]): Shape => {
  if (!sameShape(body, shortcut))
    throw rangeError(
      'Residual',
      `outputs do not fit: expected the same shape for the layer and the shortcut, got ${formatShape(body)} and ${formatShape(shortcut)}`,
    );
  return body;
};

const unchanged = (x: Tensor): Tensor => x;

/**
 * A layer and a shortcut around it: y = layer(x) + shortcut(x).
 *
 * The shortcut passes x on unchanged by default; where the layer changes the shape, give one that
 * makes the same change, such as Conv(features, 1). The parameters are { layer, shortcut }. Throws
 * a RangeError for outputs of different shapes. Source: He et al. 2015,
 * https://arxiv.org/abs/1512.03385
 *
 * @example
 * const block = Residual(Sequential({ hidden: Dense(8), activation: relu, out: Dense(3) }));
 * console.log(block.outputShape([1, 3])); // → [ 1, 3 ]
 */
export function Residual<const L extends Layer, const S extends Layer = typeof unchanged>(
  layer: L,
  shortcut: S = unchanged as S,
): Container<{ readonly layer: L; readonly shortcut: S }> {
  return container(
    'Residual',
    { layer, shortcut },
    {
      flow: sideBySide,
      joinTensors: (values) => {
        sharedShape(values.map(({ shape }) => shape));
        return asOp('Residual', () => add(values[0], values[1]));
      },
      joinShapes: sharedShape,
    },
  );
}

/** `toOnnx`. */
import { namesOf, parametersOf, traceGraph } from '@mini/autograd/check';
import { Lowering, checkProgram } from '../lower.ts';
import { modelMessage } from './protobuf.ts';
import { OnnxTarget } from './target.ts';

const OP = 'toOnnx';
/** The version of the file format, and that of the operators. */
const IR_VERSION = 8;
const OPSET = 18;

/**
 * Returns a function as the bytes of an ONNX file, for arguments of the shapes of the examples.
 *
 * f is any function that `jit` takes: its arguments and results are trees of tensors, random keys
 * and typed arrays, and derivatives, `vmap` and loops in it are exported with it. Inputs of the
 * model are the leaves of the arguments, and outputs those of the result. Each has its path as a
 * name, such as `params.hidden.kernel`. All are float32, except keys, which are int64 of shape [2].
 *
 * The file has IR version 8 and opset 18. Throws a TypeError where `jit` does, and for an op that
 * ONNX cannot express.
 *
 * @example
 * const file = toOnnx((x: Tensor) => sin(x).mul(2), tensor([1, 2, 3]));
 * console.log(file.length); // → 184
 */
export function toOnnx<A extends unknown[]>(
  f: (...args: A) => unknown,
  ...examples: A
): Uint8Array<ArrayBuffer> {
  const graph = traceGraph(OP, f, examples);
  checkProgram(OP, graph);
  const names = namesOf(graph, parametersOf(f));
  const target = new OnnxTarget(new Set([...names.inputs, ...names.results]));
  const lowering = new Lowering(OP, target, graph);
  const inputs = graph.inputs.map(({ value }, i) => ({
    name: names.inputs[i],
    shape: value.shape,
    type: lowering.typeOf(graph, value),
  }));
  const results = lowering.lower(graph, inputs);
  return modelMessage(IR_VERSION, OPSET, '@mini/export', target.finish(inputs, results, names.results));
}

import { describe, expect, test } from 'vitest';
import { full, random, tensor, tree } from '@mini/autograd';
import { saveSafetensors } from '@mini/nn';
import { loadModel, type Model, saveModel } from '../src/model-file.ts';
import { isPlain, makeNet, Net, parameterCount } from '../src/networks.ts';

const model = (hidden: readonly number[]): Model => ({
  model: 'mlp',
  batchNorm: false,
  state: {},
  params: Net(hidden, 'softmax').init(random.key(0), [1, 4, 3]),
  hidden,
  loss: 'softmax',
  mean: 33.31842041015625,
  std: 78.5,
  rows: 4,
  columns: 3,
});
const metadata = { hidden: '5', loss: 'softmax', mean: '1', std: '2', rows: '4', columns: '3' };

describe('model files', () => {
  test.each([[[]], [[5]], [[5, 6]]])('keep a network with hidden layers %j', (hidden) => {
    expect(loadModel(saveModel(model(hidden)))).toEqual(model(hidden));
  });
  test.each([false, true])('keep a convolutional network (batch norm: %s)', (batchNorm) => {
    const settings = { model: 'cnn', hidden: [6], loss: 'softmax', batchNorm, dropout: 0.5 } as const;
    const net = makeNet(settings);
    const shape = [1, 9, 8];
    const params = net.init(random.key(0), shape);
    const state = isPlain(net) ? {} : net.initState(shape);
    const { dropout: _unused, ...rest } = settings;
    const whole = { ...rest, params, state, mean: 1, std: 2, rows: 9, columns: 8 };
    expect(loadModel(saveModel(whole))).toEqual(whole);
    expect(parameterCount(settings, 9, 8)).toBe(
      tree.leaves(params).reduce((total, { size }) => total + size, 0),
    );
  });
  test.each([
    [{ ...metadata, model: 'rnn' }, 'not a model of this program: model is "rnn"'],
    [{ ...metadata, model: 'cnn' }, 'truncated: expected'],
    [{ ...metadata, loss: 'hinge' }, 'not a model of this program: loss is "hinge"'],
    [{ ...metadata, hidden: '5,x' }, 'not a model of this program: hidden is "x"'],
    [{ ...metadata, hidden: '5,' }, 'not a model of this program: hidden is ""'],
    [{ ...metadata, rows: '1.5' }, 'not a model of this program: rows is "1.5"'],
    [{ ...metadata, mean: 'NaN' }, 'not a model of this program: mean is "NaN"'],
    [{ ...metadata, mean: '1e300' }, 'not a model of this program: mean is "1e300"'],
    [{ ...metadata, std: '1e-300' }, 'not a model of this program: std is "1e-300"'],
    [{ ...metadata, std: '-1' }, 'not a model of this program: std is "-1"'],
    [{ note: 'of another program' }, 'not a model of this program: its metadata do not say rows'],
    [{ ...metadata, hidden: '1000000000' }, 'truncated: expected 23000000010 parameters of 4 bytes, got'],
    [{ ...metadata, hidden: '2' }, 'hidden1.kernel has shape [12, 5], expected [12, 2]'],
  ])('with metadata %j are refused', (given, message) => {
    expect(() => loadModel(saveSafetensors(model([5]).params, given))).toThrow(message);
  });
  test('with numbers that are not finite are refused', () => {
    const { out, ...others } = model([5]).params;
    const damaged = { ...others, out: { ...out, bias: full([10], NaN) } };
    expect(() => loadModel(saveSafetensors(damaged, metadata))).toThrow(
      'not a model of this program: out.bias has NaN at position 0',
    );
  });
  test('with other tensors are refused', () => {
    expect(() => loadModel(saveSafetensors({ x: tensor(new Float32Array(200)) }, metadata))).toThrow(
      'hidden1.kernel is missing',
    );
  });
});

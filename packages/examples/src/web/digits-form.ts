/** The settings of the digits' training, in a form. */
import { CNN_DEFAULTS, OPTIMIZERS, TRAINING_DEFAULTS, type TrainingSettings } from '../classify.ts';
import type { Loss, ModelName } from '../networks.ts';
import { fieldNumbers, fieldText, fillForm, invalidField } from './form.ts';
import type { Status } from './messages.ts';

const MAX_LAYERS = 8;
const MAX_NEURONS = 4096;

const hiddenLayers = (form: HTMLFormElement): number[] =>
  fieldText(form, 'hidden')
    .split(',')
    .filter((size) => size.trim() !== '')
    .map(Number);

const defaultsOf = (model: ModelName): TrainingSettings =>
  model === 'cnn' ? CNN_DEFAULTS : TRAINING_DEFAULTS;

const chosenModel = (form: HTMLFormElement): ModelName =>
  fieldText(form, 'model') === 'cnn' ? 'cnn' : 'mlp';

/** Fills the form with the default settings of a network, by default the one that is chosen. */
export const fillDefaults = (form: HTMLFormElement, model: ModelName = chosenModel(form)): void => {
  const { hidden, loss, learningRate, batchSize, epochs, optimizer, seed } = defaultsOf(model);
  fillForm(form, { model, hidden: hidden.join(), loss, learningRate, batchSize, epochs, optimizer, seed });
};

/** Describes what is wrong with the settings, or returns undefined. */
export const settingsProblem = (form: HTMLFormElement): string | undefined => {
  const problem = invalidField(form);
  if (problem !== undefined) return problem;
  const hidden = hiddenLayers(form);
  return hidden.length > MAX_LAYERS || hidden.some((size) => size < 1 || size > MAX_NEURONS)
    ? `Hidden layers: at most ${MAX_LAYERS} layers of 1 to ${MAX_NEURONS} neurons.`
    : undefined;
};

/** Returns the settings of a form without problems. */
export const readSettings = (form: HTMLFormElement): TrainingSettings => {
  const loss: Loss = fieldText(form, 'loss') === 'binary' ? 'binary' : 'softmax';
  const chosen = fieldText(form, 'optimizer');
  const optimizer = OPTIMIZERS.find((name) => name === chosen) ?? TRAINING_DEFAULTS.optimizer;
  const model = chosenModel(form);
  return {
    ...defaultsOf(model),
    model,
    hidden: hiddenLayers(form),
    loss,
    optimizer,
    ...fieldNumbers(form, 'learningRate', 'batchSize', 'epochs', 'seed'),
  };
};

/** Disables the settings that cannot change now: the network's once it exists, all during a run. */
export const disableSettings = (form: HTMLFormElement, status: Status): void => {
  const isRun = status === 'training' || status === 'paused';
  for (const element of form.elements) {
    const name = element.getAttribute('name');
    const isOfNetwork = name === 'model' || name === 'hidden' || name === 'loss';
    element.toggleAttribute('disabled', isOfNetwork ? status !== 'untrained' : isRun);
  }
};

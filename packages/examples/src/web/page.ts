/** Access to the page's elements. */
import { formatNumber } from '@mini/tools/format';

/** Returns the element with an id. Throws an Error if index.html has none. */
export const byId = <T extends HTMLElement = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found as T;
};

/** The button that had the focus when it was disabled. */
let waiting: HTMLButtonElement | undefined;

/**
 * Disables a button, or enables it again. A disabled button loses the focus. When it is enabled, it
 * gets the focus back, unless another element has it.
 */
export const setDisabled = (button: HTMLButtonElement, isDisabled: boolean): void => {
  if (isDisabled && document.activeElement === button) waiting = button;
  button.disabled = isDisabled;
  if (isDisabled || waiting !== button) return;
  waiting = undefined;
  if (document.activeElement === document.body) button.focus();
};

/** A value in a list of results; the tooltip shows `exact`, the value before rounding. */
export interface Result {
  readonly text: string;
  readonly exact?: number | undefined;
}

/** What is wrong, and in a part that is folded at first, how that was found out. */
export interface Problem {
  readonly text: string;
  readonly details?: string;
}

/** Shows a problem in a message of the page; undefined removes the message. */
export const showProblem = (message: HTMLElement, problem: Problem | undefined): void => {
  message.textContent = problem?.text ?? '';
  if (problem?.details === undefined) return;
  const details = document.createElement('details');
  const summary = document.createElement('summary');
  summary.textContent = 'Details';
  details.append(summary, problem.details);
  message.append(details);
};

/** Formats a number with a fixed count of decimals, or few digits if it is huge or tiny. */
export const rounded = (value: number | undefined, decimals: number): Result => ({
  text: value === undefined ? '–' : formatNumber(value, decimals),
  exact: value,
});

/** Sets values in a list of results, by name. */
export const showResults = (list: HTMLElement, results: Readonly<Record<string, Result>>): void => {
  for (const [name, { text, exact }] of Object.entries(results)) {
    const element = list.querySelector<HTMLElement>(`[data-name="${name}"]`);
    if (element === null) continue;
    if (element.textContent !== text) element.textContent = text;
    if (exact === undefined) element.removeAttribute('title');
    else element.title = String(exact);
  }
};

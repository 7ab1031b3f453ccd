/** Access to the page's elements. */

/** Returns the element with an id. Throws an Error if index.html has none. */
export const byId = <T extends HTMLElement = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found as T;
};

/** A value in a list of results; the tooltip shows `exact`, the value before rounding. */
export interface Result {
  readonly text: string;
  readonly exact?: number | undefined;
}

/** Formats a number with a fixed count of decimals; undefined becomes a dash. */
export const rounded = (value: number | undefined, decimals: number): Result => ({
  text: value === undefined ? '–' : value.toFixed(decimals),
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

/** Small helpers for the page's elements. */

/** The element with an id, which index.html has. */
export const byId = <T extends HTMLElement = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element #${id}`);
  return found as T;
};

/** Sets the figures of a list of results by name; `exact` is what a pointer at a figure shows. */
export const showResults = (
  list: HTMLElement,
  results: Readonly<Record<string, { readonly text: string; readonly exact?: number | undefined }>>,
): void => {
  for (const [name, { text, exact }] of Object.entries(results)) {
    const place = list.querySelector<HTMLElement>(`[data-name="${name}"]`);
    if (place === null) continue;
    if (place.textContent !== text) place.textContent = text;
    if (exact === undefined) place.removeAttribute('title');
    else place.title = String(exact);
  }
};

/** Sets the fields of a form by name. */
export const fillForm = (form: HTMLFormElement, values: Readonly<Record<string, string | number>>): void => {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = String(value);
  }
};

export const field = (form: HTMLFormElement, name: string): string =>
  String(new FormData(form).get(name) ?? '');

/** The numbers in the fields of a valid form. */
export const numbers = <N extends string>(form: HTMLFormElement, ...names: N[]): Record<N, number> =>
  Object.fromEntries(names.map((name) => [name, Number(field(form, name))])) as Record<N, number>;

/** The first field that is not valid, in words, or undefined. */
export const invalidField = (form: HTMLFormElement): string | undefined => {
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement) || element.checkValidity()) continue;
    return `${element.labels?.[0]?.textContent?.trim() ?? element.name}: ${element.validationMessage}`;
  }
  return undefined;
};

/** Reading and filling the page's forms. */

/** Sets the fields of a form by name. */
export const fillForm = (form: HTMLFormElement, values: Readonly<Record<string, string | number>>): void => {
  for (const [name, value] of Object.entries(values)) {
    const field = form.elements.namedItem(name);
    if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement) field.value = String(value);
  }
};

/** Returns the text of a field; '' if the field is disabled. */
export const fieldText = (form: HTMLFormElement, name: string): string =>
  String(new FormData(form).get(name) ?? '');

/** Returns the numbers in the fields of a valid form. */
export const fieldNumbers = <N extends string>(form: HTMLFormElement, ...names: N[]): Record<N, number> =>
  Object.fromEntries(names.map((name) => [name, Number(fieldText(form, name))])) as Record<N, number>;

/** Describes the first invalid field, or returns undefined. */
export const invalidField = (form: HTMLFormElement): string | undefined => {
  for (const element of form.elements) {
    if (!(element instanceof HTMLInputElement) || element.checkValidity()) continue;
    const name = element.labels?.[0]?.textContent?.trim() ?? element.name;
    return `${name}: ${element.validity.patternMismatch ? `Expected ${element.title}.` : element.validationMessage}`;
  }
  return undefined;
};

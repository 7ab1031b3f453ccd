/** Makes the elements of a page. */

/** Makes an element with a text, a class and children. */
export const element = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { text, className }: { text?: string; className?: string } = {},
  ...children: Node[]
): HTMLElementTagNameMap[K] => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className !== undefined) made.className = className;
  made.append(...children);
  return made;
};

/** Makes a heading of a row or column of a table. */
export const header = (text: string, scope: 'row' | 'col'): HTMLElement => {
  const cell = element('th', { text });
  cell.scope = scope;
  return cell;
};

/**
 * Tabs: arrow keys move between them, and the address remembers the choice.
 *
 * https://www.w3.org/WAI/ARIA/apg/patterns/tabs/
 */

/** The content of a tab's panel. */
export interface View {
  show(): void;
  hide(): void;
}

const panelOf = (tab: HTMLElement): string => tab.getAttribute('aria-controls') ?? '';

/** Selects one tab, for keyboard and screen reader too, and shows only its panel. */
const showTab = (tabs: readonly HTMLElement[], chosen: HTMLElement): void => {
  for (const tab of tabs) {
    const isChosen = tab === chosen;
    tab.setAttribute('aria-selected', String(isChosen));
    tab.tabIndex = isChosen ? 0 : -1;
    const panel = document.getElementById(panelOf(tab));
    if (panel !== null) panel.hidden = !isChosen;
  }
};

/** Maps a key to the index of the next tab, from the current index and the number of tabs. */
const KEYS: Readonly<Record<string, (index: number, count: number) => number>> = {
  ArrowRight: (index, count) => (index + 1) % count,
  ArrowLeft: (index, count) => (index + count - 1) % count,
  Home: () => 0,
  End: (_index, count) => count - 1,
};

/** Shows one view at a time; `views` are the views by the ids of their panels. */
export const startTabs = (list: HTMLElement, views: Readonly<Record<string, View>>): void => {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  const select = (chosen: HTMLElement): void => {
    showTab(tabs, chosen);
    for (const [name, view] of Object.entries(views)) {
      if (name === panelOf(chosen)) view.show();
      else view.hide();
    }
  };
  const choose = (tab: HTMLElement): void => {
    history.replaceState(null, '', `#${panelOf(tab)}`);
    select(tab);
  };
  for (const [index, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      const nextIndex = KEYS[event.key]?.(index, tabs.length);
      if (nextIndex === undefined) return;
      event.preventDefault();
      tabs[nextIndex].focus();
      choose(tabs[nextIndex]);
    });
  }
  const selectFromAddress = (): void =>
    select(tabs.find((tab) => `#${panelOf(tab)}` === location.hash) ?? tabs[0]);
  addEventListener('hashchange', selectFromAddress);
  selectFromAddress();
};

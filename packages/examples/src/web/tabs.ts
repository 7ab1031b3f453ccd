/** Tabs, as https://www.w3.org/WAI/ARIA/apg/patterns/tabs/ describes them: arrow keys move, the address keeps the choice. */

/** Shows one panel at a time; `onShow` hears which. */
export const startTabs = (list: HTMLElement, onShow: (panel: string) => void): void => {
  const tabs = [...list.querySelectorAll<HTMLElement>('[role="tab"]')];
  const panelOf = (tab: HTMLElement): string => tab.getAttribute('aria-controls') ?? '';
  const select = (chosen: HTMLElement): void => {
    for (const tab of tabs) {
      const isChosen = tab === chosen;
      tab.setAttribute('aria-selected', String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(panelOf(tab));
      if (panel !== null) panel.hidden = !isChosen;
    }
    onShow(panelOf(chosen));
  };
  const choose = (tab: HTMLElement): void => {
    history.replaceState(null, '', `#${panelOf(tab)}`);
    select(tab);
  };
  const steps: Readonly<Record<string, (place: number) => number>> = {
    ArrowRight: (place) => (place + 1) % tabs.length,
    ArrowLeft: (place) => (place + tabs.length - 1) % tabs.length,
    Home: () => 0,
    End: () => tabs.length - 1,
  };
  for (const [place, tab] of tabs.entries()) {
    tab.addEventListener('click', () => choose(tab));
    tab.addEventListener('keydown', (event) => {
      const step = steps[event.key];
      if (step === undefined) return;
      event.preventDefault();
      const next = tabs[step(place)];
      next.focus();
      choose(next);
    });
  }
  const fromAddress = (): HTMLElement => tabs.find((tab) => `#${panelOf(tab)}` === location.hash) ?? tabs[0];
  addEventListener('hashchange', () => select(fromAddress()));
  select(fromAddress());
};

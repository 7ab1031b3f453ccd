/** The live page. */
import { startCosine } from './cosine-view.ts';
import { startDigits } from './digits-view.ts';
import { byId } from './page.ts';
import { startTabs } from './tabs.ts';

const views: Readonly<Record<string, { show(): void; hide(): void }>> = {
  cosine: startCosine(),
  digits: startDigits(),
};

const list = document.querySelector<HTMLElement>('[role="tablist"]') ?? byId('tabs');
startTabs(list, (panel) => {
  for (const [name, view] of Object.entries(views)) {
    if (name === panel) view.show();
    else view.hide();
  }
});

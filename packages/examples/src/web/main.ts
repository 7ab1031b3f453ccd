/** The live page. */
import { CosineView } from './cosine-view.ts';
import { DigitsView } from './digits-view.ts';
import { byId } from './page.ts';
import { startTabs } from './tabs.ts';

// On a phone, the charts and the pad come first.
if (matchMedia('(max-width: 600px)').matches)
  for (const fold of document.querySelectorAll<HTMLDetailsElement>('details.fold')) fold.open = false;
startTabs(byId('tabs'), { cosine: new CosineView(), digits: new DigitsView() });

/** The live page. */
import { CosineView } from './cosine-view.ts';
import { DigitsView } from './digits-view.ts';
import { byId } from './page.ts';
import { startTabs } from './tabs.ts';

startTabs(byId('tabs'), { cosine: new CosineView(), digits: new DigitsView() });

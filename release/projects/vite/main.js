import { train } from './train.js';

document.body.append(train());

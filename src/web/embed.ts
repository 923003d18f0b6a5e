/** /embed.js: the script for other sites' pages. As a classic script or a module, and more than once. */
import { bookingElement } from './embed/element.ts';
import { scriptOrigin } from './embed/origin.ts';

const TAG = 'slotwire-booking';
if (!customElements.get(TAG)) customElements.define(TAG, bookingElement(scriptOrigin()));

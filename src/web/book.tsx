/** Entry of the booking page, /book/{owner}/{slug}. */
import { render } from 'preact';
import { type Catalogue, createWords } from '../languages/words.ts';
import { parsePath } from './booking/address.ts';
import { BookingPage } from './booking/page.tsx';
import { connectEmbedder } from './embed/embedder.ts';
import { createLiveClient } from './live/client.ts';
import { applyPageColour } from './look/page-colour.ts';
import { speak } from './words.ts';

const place = document.getElementById('book');
const client = createLiveClient({ url: new URL('/graphql', location.href).href });
applyPageColour(location.search);
connectEmbedder();
// The server knows the visitor's language, and has named the file of its words, which is on its way since the page's head was read.
const { lang, dataset } = document.documentElement;
const { default: catalogue }: { default: Catalogue } = await import(
  new URL(dataset.words ?? '', import.meta.url).href
);
speak(createWords(lang, catalogue, dataset.locale), dataset.locale);
// What stands there is for a page whose script did not come, or whose words.
place?.replaceChildren();
if (place) render(<BookingPage client={client} address={parsePath(location.pathname)} />, place);

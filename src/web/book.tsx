/** Entry of the booking page, /book/{owner}/{slug}. */
import { render } from 'preact';
import { parsePath } from './booking/address.ts';
import { BookingPage } from './booking/page.tsx';
import { connectEmbedder } from './embed/embedder.ts';
import { createLiveClient } from './live/client.ts';
import { applyPageColour } from './look/page-colour.ts';

const place = document.getElementById('book');
const client = createLiveClient({ url: new URL('/graphql', location.href).href });
applyPageColour(location.search);
connectEmbedder();
// What stands there is for a page whose script did not come.
place?.replaceChildren();
if (place) render(<BookingPage client={client} address={parsePath(location.pathname)} />, place);

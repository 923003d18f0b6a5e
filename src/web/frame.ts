/** The script of pages that need none but in the frame of another site, or in another colour: /book/{owner}. */
import { connectEmbedder } from './embed/embedder.ts';
import { applyPageColour } from './look/page-colour.ts';

applyPageColour(location.search);
connectEmbedder();

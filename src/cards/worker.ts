/** Worker thread: draws one card, posts the PNG and ends. The renderer is WebAssembly: what a logo does to it stays within. */
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import type { Card } from './card.ts';
import { type DrawnLogo, drawCard, textAlone } from './drawing.ts';

export interface CardRequest {
  card: Card;
  logo: DrawnLogo | null;
}

/** Where the build puts the fonts and the renderer, beside this file's bundle. */
const FOLDER = new URL('./cards/', import.meta.url);
/** Where a font lacks a letter, the first of these that has it is taken. */
const FONTS = ['NotoSans-Regular', 'NotoSans-Bold', 'NotoSansHebrew-Bold', 'NotoSansArabic-Bold'];

async function render({ card, logo }: CardRequest): Promise<Uint8Array> {
  await initWasm(await readFile(new URL('resvg.wasm', FOLDER)));
  const fontBuffers = await Promise.all(FONTS.map((name) => readFile(new URL(`${name}.ttf`, FOLDER))));
  const font = { fontBuffers, defaultFontFamily: 'Noto Sans' };
  const svg = drawCard(card, logo, (text, style) => {
    const measured = new Resvg(textAlone(text, style), { font });
    const box = measured.getBBox();
    measured.free();
    return box ? box.x + box.width : 0;
  });
  return new Resvg(svg, { font }).render().asPng();
}

// This file is imported for its types too: only a thread has a parent port.
if (parentPort) parentPort.postMessage(await render(workerData as CardRequest));

/** Cards are drawn once, one at a time, and no more than there is room for. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DeadlineError } from '../../src/async/deadline.ts';
import type { Card } from '../../src/cards/card.ts';
import { createCardRenderer, TooManyCards } from '../../src/cards/renderer.ts';
import type { CardRequest } from '../../src/cards/worker.ts';
import { pngImage } from '../brand/image.fixture.ts';

const CARD: Card = { title: 'Talk', detail: 'Ada & Bo', lengths: '30 min', color: '#0a58ca', logo: null };
const load = async (): Promise<CardRequest> => ({ card: CARD, logo: null });

/** Draws when it is let. */
function createEasel() {
  const begun: { end(error?: Error): void }[] = [];
  let atOnce = 0;
  let most = 0;
  const draw = () =>
    new Promise<Uint8Array>((resolve, reject) => {
      atOnce += 1;
      most = Math.max(most, atOnce);
      begun.push({
        end(error) {
          atOnce -= 1;
          if (error) reject(error);
          else resolve(new Uint8Array(100));
        },
      });
    });
  const endNext = async () => {
    while (begun.length === 0) await nextTurn();
    begun.shift()?.end();
  };
  return { draw, begun, endNext, most: () => most };
}

describe('the renderer', () => {
  it('draws a card once for all who ask meanwhile and later', async () => {
    const easel = createEasel();
    const { render } = createCardRenderer({ draw: easel.draw });
    const all = ['a', 'a', 'a'].map((version) => render(version, load));
    await easel.endNext();
    const [first, second] = await Promise.all(all);
    expect(second).toBe(first);
    expect(await render('a', () => Promise.reject(new Error('asked for again')))).toBe(first);
  });

  it('draws one at a time, and refuses those that there is no room for', async () => {
    const easel = createEasel();
    const { render } = createCardRenderer({ draw: easel.draw, waiting: 3 });
    const all = ['a', 'b', 'c'].map((version) => render(version, load));
    await expect(render('d', load)).rejects.toBeInstanceOf(TooManyCards);
    for (const _ of all) await easel.endNext();
    await Promise.all(all);
    expect(easel.most()).toBe(1);
    const late = render('d', load);
    await easel.endNext();
    await late;
  });

  it('forgets the oldest when memory is full', async () => {
    const easel = createEasel();
    const { render } = createCardRenderer({ draw: easel.draw, memory: 250 });
    for (const version of ['a', 'b', 'c']) {
      const drawing = render(version, load);
      await easel.endNext();
      await drawing;
    }
    await render('c', load);
    const again = render('a', load);
    await easel.endNext();
    await again;
  });

  it('remembers no failure', async () => {
    const easel = createEasel();
    const { render } = createCardRenderer({ draw: easel.draw });
    const failed = render('a', load);
    while (easel.begun.length === 0) await nextTurn();
    easel.begun.shift()?.end(new Error('out of paint'));
    await expect(failed).rejects.toThrow('out of paint');
    await expect(render('b', () => Promise.reject(new Error('no store')))).rejects.toThrow('no store');
    const again = render('a', load);
    await easel.endNext();
    await again;
  });
});

describe('a thread', () => {
  it('draws a PNG of 1200 by 630 pixels, with a logo', async () => {
    const bytes = pngImage(120, 40, [200, 30, 30]).toString('base64');
    const logo = { url: `data:image/png;base64,${bytes}`, width: 120, height: 40 };
    const { render } = createCardRenderer();
    const plain = Buffer.from(await render('a', load));
    const withLogo = Buffer.from(await render('b', async () => ({ card: CARD, logo })));
    for (const png of [plain, withLogo]) {
      expect(png.subarray(1, 4).toString()).toBe('PNG');
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1_200, 630]);
    }
    expect(plain.equals(withLogo)).toBe(false);
  });

  it('draws without a logo that is broken', async () => {
    const logo = { url: 'data:image/png;base64,iVBORw0KGgo=', width: 120, height: 40 };
    const { render } = createCardRenderer();
    const png = await render('a', async () => ({ card: CARD, logo }));
    expect(Buffer.from(png).subarray(1, 4).toString()).toBe('PNG');
  });

  it('ends with its time', async () => {
    const { render } = createCardRenderer({ timeLimit: 1 });
    await expect(render('a', load)).rejects.toBeInstanceOf(DeadlineError);
  });
});

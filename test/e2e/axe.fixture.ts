/** Accessibility faults of a page as axe-core finds them, by the rules of WCAG 2.2 AA and axe's own advice. */
import axe from 'axe-core';
import type { Frame, Page } from 'playwright-core';

/**
 * @param page evaluated by the browser's own tools, which a page's policy does not bind
 * @param within a selector: what is looked at; the whole page when absent
 * @returns a line for each fault; none: the page is in order
 */
export async function accessibilityFaults(page: Page | Frame, within = 'html'): Promise<string[]> {
  // What fades in has too little contrast on the way. What moves for ever is left out.
  await page.evaluate(() =>
    Promise.allSettled(
      document
        .getAnimations()
        .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime))
        .map(({ finished }) => finished),
    ),
  );
  await page.evaluate(axe.source);
  return page.evaluate(async (selector) => {
    const { violations } = await (globalThis as unknown as { axe: typeof axe }).axe.run(selector);
    return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }, within);
}

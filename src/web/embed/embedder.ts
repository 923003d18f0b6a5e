/**
 * The page around the frame, as a page in the frame deals with it. Who may be that page, the gateway's `frame-ancestors` says; its
 * origin is known from its greeting, and nothing is sent to any other.
 */
import { onAnnounced } from './announce.ts';
import { type FrameMessage, HELLO } from './messages.ts';

/** Announcements that are kept until the greeting has come. */
const KEPT_MAX = 20;

/** Tells the page around the frame how high the content is, when it is shown, and what is announced. Does nothing outside of a frame. */
export function connectEmbedder(): void {
  if (parent === window) return;
  let embedder: string | null = null;
  const kept: FrameMessage[] = [];
  const tell = (message: FrameMessage) => {
    if (embedder !== null) parent.postMessage(message, embedder);
    else if (kept.length < KEPT_MAX) kept.push(message);
  };
  addEventListener('message', ({ source, origin, data }) => {
    // A page without an origin of its own, as from a file, can hear nothing that others don't hear, too.
    if (source !== parent || data?.type !== HELLO || embedder !== null || origin === 'null') return;
    embedder = origin;
    for (const message of kept.splice(0)) tell(message);
  });
  onAnnounced(tell);
  tellWhenShown(tell);
  tellHeight(tell);
  tellEscape(tell);
  tellProblems(tell);
}

function tellWhenShown(tell: (message: FrameMessage) => void) {
  const isShown = () => document.querySelector('main:not([aria-busy="true"], .late)') !== null;
  const ready = () => tell({ type: 'slotwire:ready' });
  if (isShown()) return ready();
  const observer = new MutationObserver(() => {
    if (!isShown()) return;
    observer.disconnect();
    ready();
  });
  observer.observe(document.body, { childList: true, subtree: true });
}

/** The body is as high as its content: the styles of pages in frames see to that. */
function tellHeight(tell: (message: FrameMessage) => void) {
  let last = 0;
  const observer = new ResizeObserver(() => {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (height === last || height === 0) return;
    last = height;
    tell({ type: 'slotwire:height', height });
  });
  observer.observe(document.body);
}

/** Escape closes the dialog around the frame, unless a part of the page has made use of it. */
function tellEscape(tell: (message: FrameMessage) => void) {
  addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.isComposing) return;
    // After all other listeners.
    setTimeout(() => {
      if (!event.defaultPrevented) tell({ type: 'slotwire:close' });
    });
  });
}

/** A problem is shown at the foot of the window, which in a frame as high as its content may be far out of sight. */
function tellProblems(tell: (message: FrameMessage) => void) {
  let shown: Element | null = null;
  const tellSight = () => {
    if (!shown?.isConnected) return;
    const { top, bottom } = shown.getBoundingClientRect();
    tell({ type: 'slotwire:sight', top: Math.max(0, top), bottom: Math.max(0, bottom) });
  };
  new MutationObserver(() => {
    const problem = document.querySelector('[data-problem]');
    if (problem === shown) return;
    shown = problem;
    if (!shown) return;
    tellSight();
    // The frame grows by the problem, which stands lower then.
    addEventListener('resize', tellSight, { once: true });
  }).observe(document.body, { childList: true, subtree: true });
}

/** Shows the widget of a provider (Turnstile, hCaptcha) in a panel over the page, and hands back the token that it gives the visitor. */
import type { Words } from '../../languages/words.ts';
import { loadWidget, type WidgetApi } from './widget-script.ts';

/** How long the panel waits for the visitor. Milliseconds. */
const ATTENTION = 300_000;
/** Widgets of the normal size are 303 pixels wide. */
const NARROW = 360;

/** Pixels between the panel in a frame and what it belongs to. */
const GAP = 8;

/** Names of the providers, and of the global objects that their scripts make. */
const PROVIDERS = { turnstile: 'Cloudflare Turnstile', hcaptcha: 'hCaptcha' } as const;
export type Provider = keyof typeof PROVIDERS;

/** A challenge for a widget, as ChallengeRequired has it. */
export interface WidgetChallenge {
  readonly provider: Provider;
  readonly siteKey: string;
  readonly scriptUrl: string;
  readonly eventType: string;
}

/** @returns null for a challenge of another kind, or none */
export function readWidget(challenge: string): WidgetChallenge | null {
  try {
    const { provider, siteKey, scriptUrl, eventType }: WidgetChallenge = JSON.parse(challenge);
    return Object.hasOwn(PROVIDERS, provider) ? { provider, siteKey, scriptUrl, eventType } : null;
  } catch {
    return null;
  }
}

/** @returns the token; null when the signal was aborted, the visitor closed the panel, or the widget failed */
export function showWidget(
  challenge: WidgetChallenge,
  signal: AbortSignal,
  say: Words['say'],
): Promise<string | null> {
  const { panel, heading, place, close } = createPanel(PROVIDERS[challenge.provider], say);
  const focused = document.activeElement;
  document.body.append(panel);
  if (window !== parent && focused) placeBelow(panel, focused);
  heading.focus();
  return new Promise((resolve) => {
    let dispose = () => {};
    let isOver = false;
    const end = (token: string | null) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      dispose();
      const hadFocus = panel.contains(document.activeElement);
      panel.remove();
      if (hadFocus && focused instanceof HTMLElement) focused.focus();
      resolve(token);
    };
    const timer = setTimeout(end, ATTENTION, null);
    signal.addEventListener('abort', () => end(null));
    close.onclick = () => end(null);
    panel.onkeydown = ({ key }) => {
      if (key === 'Escape') end(null);
    };
    loadWidget(challenge).then(
      (api) => {
        if (!isOver) dispose = draw(api, place, challenge, end);
        if (isOver) dispose();
      },
      () => end(null),
    );
  });
}

/** A frame may be higher than the visitor's window, so that its foot is out of sight: what was pressed is not. */
function placeBelow(panel: HTMLElement, pressed: Element): void {
  panel.style.position = 'absolute';
  panel.style.bottom = 'auto';
  panel.style.top = `${pressed.getBoundingClientRect().bottom + scrollY + GAP}px`;
}

/** @returns what takes the widget away */
function draw(
  api: WidgetApi,
  place: HTMLElement,
  { provider, siteKey, eventType }: WidgetChallenge,
  end: (token: string | null) => void,
): () => void {
  const widget = api.render(place, {
    sitekey: siteKey,
    theme: matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light',
    size: innerWidth < NARROW ? 'compact' : 'normal',
    callback: (token: unknown) => end(typeof token === 'string' ? token : null),
    'error-callback': () => {
      end(null);
      // The error is dealt with.
      return true;
    },
    // The visitor is asked to try again, which begins anew.
    ...(provider === 'turnstile' ? { cData: eventType, retry: 'never' } : {}),
  });
  return () => api.remove?.(widget);
}

/** Not modal: hCaptcha puts its pictures beside the panel, into the body. */
function createPanel(provider: string, say: Words['say']) {
  const panel = document.createElement('section');
  panel.className = 'check';
  panel.role = 'dialog';
  panel.setAttribute('aria-labelledby', 'check-title');
  const heading = document.createElement('h2');
  heading.id = 'check-title';
  heading.tabIndex = -1;
  heading.textContent = say('widget.title');
  const why = document.createElement('p');
  why.textContent = say('widget.text', { provider });
  const place = document.createElement('div');
  place.className = 'check-widget';
  const close = document.createElement('button');
  close.type = 'button';
  close.className = 'button';
  close.textContent = say('widget.close');
  panel.append(heading, why, place, close);
  return { panel, heading, place, close };
}

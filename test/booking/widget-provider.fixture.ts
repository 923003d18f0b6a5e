/** A provider of widgets on the loopback interface: its script, and `siteverify`, which lets each token do once. */
import { type LocalServer, startServer } from '../net/server.fixture.ts';

export const SITE_KEY = '0x4AAAAAAAnotReal';
export const WIDGET_SECRET = 'not-the-secret-of-anybody';

export interface FakeWidgetProvider extends Pick<LocalServer, 'asked' | 'close'> {
  /** Of a gateway that uses it. */
  env: Record<string, string>;
  /** A token as the widget gives it. @param eventType that Turnstile's widget was given */
  token(eventType?: string): string;
  /** What siteverify answers from now on, in place of a verdict; null: verdicts again. */
  answer(with_: Parameters<LocalServer['answer']>[0] | null): void;
  /** Tokens do as often as they come, as with the provider's keys for tests. */
  forget: boolean;
}

export async function startWidgetProvider(provider: 'turnstile' | 'hcaptcha'): Promise<FakeWidgetProvider> {
  const server = await startServer();
  const used = new Set<string>();
  let odd: Parameters<LocalServer['answer']>[0] | null = null;
  const fake: FakeWidgetProvider = {
    asked: server.asked,
    close: server.close,
    env: {
      CHALLENGE_PROVIDER: provider,
      CHALLENGE_SITE_KEY: SITE_KEY,
      CHALLENGE_SECRET: WIDGET_SECRET,
      CHALLENGE_VERIFY_URL: `http://127.0.0.1:${server.port}/siteverify`,
      CHALLENGE_SCRIPT_URL: `http://127.0.0.1:${server.port}/api.js`,
    },
    token: (eventType = '') => ['person', SITE_KEY, eventType, crypto.randomUUID()].join('!'),
    answer(with_) {
      odd = with_;
    },
    forget: false,
  };

  function verdict(body: string): object {
    const form = new URLSearchParams(body);
    const [kind, siteKey, cdata = ''] = (form.get('response') ?? '').split('!');
    const refused = (code: string) => ({ success: false, 'error-codes': [code] });
    if (form.get('secret') !== WIDGET_SECRET) return refused('invalid-input-secret');
    if (kind !== 'person' || siteKey !== form.get('sitekey')) return refused('invalid-input-response');
    if (used.has(body) && !fake.forget) return refused('timeout-or-duplicate');
    used.add(body);
    return { success: true, 'error-codes': [], ...(provider === 'turnstile' ? { cdata } : {}) };
  }

  server.answer((request, response) => {
    if (request.path.startsWith('/api.js')) {
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(scriptOf(provider));
    } else if (odd) odd(request, response);
    else
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end(JSON.stringify(verdict(request.body)));
  });
  return fake;
}

/** Draws a button that gives a token, and one that fails. */
const scriptOf = (provider: string) => `
  const ready = new URL(document.currentScript.src).searchParams.get('onload');
  const button = (name, onclick) => Object.assign(document.createElement('button'), { type: 'button', textContent: name, onclick });
  window.${provider} = {
    render(place, { sitekey, cData = '', callback, 'error-callback': failed }) {
      const person = button('I am a person', () => callback(['person', sitekey, cData, crypto.randomUUID()].join('!')));
      place.append(person, button('Fail', () => failed('300010')));
      return 'widget-1';
    },
    remove(id) { document.body.dataset.removed = id; },
  };
  window[ready]();
`;

/** Loads the script of a provider's widget, once. */
import type { WidgetChallenge } from './widget.ts';

/** What the providers' scripts have in common. */
export interface WidgetApi {
  /** @returns the widget's id */
  render(place: HTMLElement, options: Record<string, unknown>): unknown;
  remove?(widget: unknown): void;
}

/** How long the script may take, in milliseconds. */
const LOAD_DEADLINE = 20_000;
/** The function that the script calls once the widget can be drawn. */
const READY = 'onSlotwireWidget';

/** @throws Error when the script can't be loaded, or not in time: it can be tried again */
export function loadWidget({ provider, scriptUrl }: WidgetChallenge): Promise<WidgetApi> {
  const loaded = apiOf(provider);
  if (loaded) return Promise.resolve(loaded);
  return new Promise((resolve, reject) => {
    const script = document.createElement('script');
    const url = new URL(scriptUrl);
    url.searchParams.set('render', 'explicit');
    url.searchParams.set('onload', READY);
    script.src = url.href;
    const fail = () => {
      clearTimeout(timer);
      script.remove();
      reject(new Error(`the script of ${provider} could not be loaded`));
    };
    const timer = setTimeout(fail, LOAD_DEADLINE);
    script.onerror = fail;
    Reflect.set(window, READY, () => {
      clearTimeout(timer);
      const api = apiOf(provider);
      if (api) resolve(api);
      else fail();
    });
    document.head.append(script);
  });
}

/** The global object of the provider's script; null before it is loaded. */
function apiOf(provider: string): WidgetApi | null {
  const found: unknown = Reflect.get(window, provider);
  return isWidgetApi(found) ? found : null;
}

const isWidgetApi = (value: unknown): value is WidgetApi =>
  typeof value === 'object' && value !== null && 'render' in value && typeof value.render === 'function';

/** Where the script of embed.js came from: the gateway whose pages it shows. */

/** The gateway writes its own origin, that of PUBLIC_URL, in this place when it sends the script (src/http/routes/embed.ts). */
const WRITTEN_ORIGIN = 'https://gateway.invalid';

/** To be asked while the script is evaluated. A module, or a copy in a site's own bundle, has only what the gateway wrote into it. */
export function scriptOrigin(): string {
  const { currentScript } = document;
  return currentScript instanceof HTMLScriptElement &&
    /\/embed\.js$/.test(new URL(currentScript.src, location.href).pathname)
    ? new URL(currentScript.src).origin
    : WRITTEN_ORIGIN;
}

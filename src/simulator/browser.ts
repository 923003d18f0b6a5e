/** Submits the forms of a consent as a browser would, for the demo and for tests. */

export interface ConsentChoice {
  /** Presses Deny. */
  deny?: boolean;
  /** Scopes to leave ticked; all by default. */
  scopes?: string[];
}

const text = (html: string) =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

/** Opens the authorisation address, chooses the person and answers. @returns the address that the browser is redirected to. */
export async function walkConsent(
  authorizeUrl: string,
  email: string,
  choice: ConsentChoice = {},
): Promise<string> {
  const page = await fetch(authorizeUrl);
  const html = await page.text();
  if (page.status !== 200)
    throw new Error(`The consent page answered ${page.status}: ${html.slice(0, 2000)}`);
  const form = new URLSearchParams();
  let personListed = false;
  for (const [input] of html.matchAll(/<input [^>]*>/g)) {
    const attribute = (name: string) => text(new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1] ?? '');
    const [name, value] = [attribute('name'), attribute('value')];
    if (name === 'person') {
      if (value === email) personListed = true;
    } else if (name !== 'grant' || (choice.scopes?.includes(value) ?? true)) {
      form.append(name, value);
    }
  }
  if (!personListed) throw new Error(`${email} is not on the consent page.`);
  form.append('person', email);
  form.append('decision', choice.deny ? 'deny' : 'allow');
  const response = await fetch(page.url, { method: 'POST', body: form, redirect: 'manual' });
  return locationOf(response);
}

/**
 * Opens a gateway's link, sends its form, consents at the provider and comes back, with the cookies that the gateway set.
 * @returns the address that the browser is redirected to at last
 */
export async function walkConnection(
  link: string,
  email: string,
  choice: ConsentChoice = {},
): Promise<string> {
  const page = await fetch(link);
  const form = /<form method="post" action="([^"]*)"/.exec(await page.text());
  if (!form?.[1]) throw new Error(`The page of the link answered ${page.status}, without a form.`);
  const begun = await fetch(new URL(text(form[1]), link), { method: 'POST', redirect: 'manual' });
  const cookie = begun.headers
    .getSetCookie()
    .map((line) => line.slice(0, line.indexOf(';')))
    .join('; ');
  const callback = await walkConsent(await locationOf(begun), email, choice);
  return locationOf(await fetch(callback, { redirect: 'manual', headers: { cookie } }));
}

async function locationOf(response: Response): Promise<string> {
  const location = response.headers.get('location');
  if (!location) throw new Error(`${response.url} answered ${response.status}: ${await response.text()}`);
  return new URL(location, response.url).href;
}

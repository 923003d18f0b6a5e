/** The consent page, where a person grants an application access or denies it. Plain HTML that works without scripts. */
import type { Person } from './world.ts';

const ENTITY: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
export const escapeHtml = (text: string) => text.replace(/[&<>"']/g, (sign) => ENTITY[sign] ?? sign);

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2330; --soft: #5b6475; --line: #d5dae3; --page: #f3f5f9; --card: #fff; --act: #1a56c4; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8ecf4; --soft: #a3adbf; --line: #3a4354; --page: #12161e; --card: #1b212c; --act: #7fb0ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 1rem; background: var(--page); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif; }
main { width: min(28rem, 100%); background: var(--card); border: 1px solid var(--line); border-radius: 1rem; padding: 2rem; }
h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .5rem; }
p { margin: 0 0 1.25rem; color: var(--soft); overflow-wrap: anywhere; }
fieldset { border: 0; margin: 0 0 1.25rem; padding: 0; }
legend { padding: 0; margin-bottom: .4rem; font-weight: 600; }
label { display: flex; gap: .75rem; align-items: center; padding: .7rem .8rem; border: 1px solid var(--line); cursor: pointer; overflow-wrap: anywhere; }
label:first-of-type { border-radius: .6rem .6rem 0 0; } label:last-of-type { border-radius: 0 0 .6rem .6rem; } label:only-of-type { border-radius: .6rem; }
label + label { border-top: 0; } label:has(:checked) { background: color-mix(in srgb, var(--act) 9%, transparent); }
label small { display: block; color: var(--soft); }
input { width: 1.15rem; height: 1.15rem; flex: none; accent-color: var(--act); }
.actions { display: flex; gap: .75rem; justify-content: flex-end; }
button { font: inherit; font-weight: 600; padding: .6rem 1.3rem; border-radius: .6rem; border: 1px solid var(--line); background: transparent; color: inherit; cursor: pointer; }
button[value=allow] { background: var(--act); border-color: var(--act); color: var(--card); }
:focus-visible { outline: 3px solid var(--act); outline-offset: 2px; }`;

export interface ConsentRequest {
  provider: string;
  people: readonly Person[];
  /** E-mail address of the person who is preselected. */
  chosen: string | undefined;
  client: string;
  scopes: readonly string[];
  /** Whether single scopes may be unticked. */
  granular: boolean;
  /** The authorisation request, carried through the form. */
  hidden: Iterable<[string, string]>;
}

export function consentPage(request: ConsentRequest): string {
  const people = request.people
    .map(
      ({ email, name }) =>
        `<label><input type="radio" name="person" value="${escapeHtml(email)}" required${email === request.chosen ? ' checked' : ''}>
<span>${escapeHtml(name)}<small>${escapeHtml(email)}</small></span></label>`,
    )
    .join('\n');
  const scopes = request.scopes.map((scope) => {
    const text = escapeHtml(scope.replace(/^https:\/\/[^/]+\/(auth\/)?/, ''));
    return `<label><input type="checkbox" name="grant" value="${escapeHtml(scope)}" checked><span>${text}</span></label>`;
  });
  const hidden = [...request.hidden].map(
    ([name, value]) => `<input type="hidden" name="${escapeHtml(name)}" value="${escapeHtml(value)}">`,
  );
  return page(
    `Sign in – simulated ${request.provider}`,
    `<h1>Choose an account</h1>
<p>${escapeHtml(request.client)} asks to reach the calendars of a simulated ${escapeHtml(request.provider)} account.</p>
<form method="post">
<fieldset><legend>Account</legend>
${people}
</fieldset>
${request.granular ? `<fieldset><legend>It may use</legend>\n${scopes.join('\n')}\n</fieldset>` : ''}
${hidden.join('\n')}
<div class="actions"><button name="decision" value="deny" formnovalidate>Deny</button><button name="decision" value="allow">Allow</button></div>
</form>`,
  );
}

export const refusalPage = (provider: string, reason: string) =>
  page(
    `Refused – simulated ${provider}`,
    `<h1>This request can't be granted</h1>\n<p>${escapeHtml(reason)}</p>`,
  );

const page = (title: string, body: string) => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title><style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>`;

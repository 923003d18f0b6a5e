/** The pages that show what was mailed: a list, and each mail as its reader sees it. */
import { formatInstant } from '../../time/instant-text.ts';
import { htmlResponse, type Route, type SimulatedRequest, type SimulatedResponse } from '../http.ts';
import { PAGE_STYLE } from '../page-style.ts';
import type { CaughtMail, MailCatcher } from './catcher.ts';

const STYLE = `
main { max-width: 60rem; } .mails li { border-top: 1px solid var(--line); } .mails li:first-child { border-top: 0; }
.mails a { display: grid; grid-template-columns: minmax(0, 16rem) minmax(0, 1fr) auto; gap: .25rem 1rem; padding: .8rem .2rem; color: inherit; text-decoration: none; overflow-wrap: anywhere; }
.mails a:hover strong, .mails a:focus-visible strong { text-decoration: underline; } .mails time { font-variant-numeric: tabular-nums; }
iframe { width: 100%; height: 44rem; border: 1px solid var(--line); border-radius: .6rem; background: var(--page); } pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
main a { color: var(--act); } summary { cursor: pointer; min-height: 2rem; } details { margin-top: 1rem; }
@media (max-width: 40rem) { .mails a { grid-template-columns: minmax(0, 1fr); gap: .1rem; } }`;

export function inboxRoutes({ mails }: Pick<MailCatcher, 'mails'>): Route[] {
  const found = (id: string | undefined) => mails().find((mail) => String(mail.id) === id);
  /** The answer about the mail that the path names. */
  const of =
    (answer: (mail: CaughtMail, params: Record<string, string>) => SimulatedResponse) =>
    (_request: SimulatedRequest, params: Record<string, string>) => {
      const mail = found(params.mail);
      return mail
        ? answer(mail, params)
        : htmlResponse(404, page('No such mail', '<p>This mail is not kept.</p>'));
    };
  return [
    ['GET', '/mail', () => htmlResponse(200, page('Mail', list(mails()), true))],
    ['GET', '/mail/:mail', of((mail) => htmlResponse(200, page(mail.subject, one(mail))))],
    [
      'GET',
      '/mail/:mail/html',
      of(({ html = '' }) => {
        const response = htmlResponse(200, html);
        // It is shown as mail programs show it: without scripts, and without asking anybody for anything.
        const policy =
          "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation-by-user-activation";
        return { ...response, headers: { ...response.headers, 'content-security-policy': policy } };
      }),
    ],
    [
      'GET',
      '/mail/:mail/attachments/:at',
      of(({ attachments }, { at }) => {
        const attachment = attachments[Number(at)];
        if (!attachment) return htmlResponse(404, page('No such attachment', ''));
        return {
          status: 200,
          headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
          body: attachment.content,
        };
      }),
    ],
  ];
}

const list = (mails: readonly CaughtMail[]) =>
  mails.length === 0
    ? '<section class="card"><p>Nothing was mailed yet. Book something, and look again.</p></section>'
    : `<section class="card"><ul class="mails">${mails.map(row).join('')}</ul></section>`;

const row = ({ id, at, to, subject }: CaughtMail) => `
<li><a href="/mail/${id}"><span class="soft">${escaped(to.join(', '))}</span><strong>${escaped(subject)}</strong><time class="soft" datetime="${formatInstant(at)}">${formatInstant(at).slice(11, 16)} UTC</time></a></li>`;

const one = (mail: CaughtMail) => `
<p><a href="/mail">All mail</a></p>
<section class="card">
<h2>${escaped(mail.subject)}</h2>
<p class="soft">From ${escaped(mail.from)} to ${escaped(mail.to.join(', '))}</p>
${mail.html === undefined ? '' : `<iframe src="/mail/${mail.id}/html" title="The mail"></iframe>`}
${mail.text === undefined ? '' : `<details${mail.html === undefined ? ' open' : ''}><summary>As plain text</summary><pre>${escaped(mail.text)}</pre></details>`}
${mail.attachments.map(({ name, type }, at) => `<p><a href="/mail/${mail.id}/attachments/${at}">${escaped(name)}</a> <span class="soft">${escaped(type)}</span></p>`).join('')}
</section>`;

const page = (title: string, body: string, refresh = false) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${refresh ? '<meta http-equiv="refresh" content="5">' : ''}
<title>${escaped(title)}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}${STYLE}</style>
</head>
<body>
<header><h1>Mail</h1><small>What was mailed to visitors and hosts, and went nowhere.</small></header>
<main>${body}</main>
</body>
</html>`;

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string) => text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);

/** What a host gives to connect: where the server is, and how it knows them. */
import { badInput } from '../../errors.ts';

export interface CalDavSecret {
  /** As it was given: where discovery begins, and the site that may have the password. */
  url: string;
  username: string;
  password: string;
}

const MAX_LENGTH = 1_000;
/** Half a surrogate pair and control characters reach no server as they are. */
const isText = (text: string) => text.length <= MAX_LENGTH && text.isWellFormed() && !/\p{Cc}/u.test(text);

/** One text of it, to be kept. @throws SlotwireError BAD_USER_INPUT */
export function parseSecretInput(input: Readonly<Record<string, string>>): string {
  const { username = '', password = '' } = input;
  const url = URL.canParse(input.url ?? '') ? new URL(input.url ?? '') : null;
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:'))
    throw badInput('url', 'must be an https URL');
  if (username === '' || !isText(username))
    throw badInput('username', 'must be 1 to 1000 characters of text');
  if (password === '' || !isText(password))
    throw badInput('password', 'must be 1 to 1000 characters of text');
  url.username = '';
  url.password = '';
  url.hash = '';
  const secret: CalDavSecret = { url: url.href, username, password };
  return JSON.stringify(secret);
}

/** What is kept was read above. */
export const decodeSecret = (text: string): CalDavSecret => JSON.parse(text) as CalDavSecret;

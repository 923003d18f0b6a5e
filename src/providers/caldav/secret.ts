/** The credentials of a CalDAV account: server address, user name and password. */
import { badInput } from '../../errors.ts';

export interface CalDavSecret {
  /** As the host typed it: discovery begins there, and only its site may receive the password. */
  url: string;
  username: string;
  password: string;
}

const MAX_LENGTH = 1_000;
/** Lone surrogates and control characters don't survive HTTP headers. */
const isText = (text: string) => text.length <= MAX_LENGTH && text.isWellFormed() && !/\p{Cc}/u.test(text);

/**
 * Checks the input and encodes it as the text that is stored sealed.
 * @throws SlotwireError BAD_USER_INPUT
 */
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

/** The inverse of `parseSecretInput`. */
export const decodeSecret = (text: string): CalDavSecret => JSON.parse(text) as CalDavSecret;

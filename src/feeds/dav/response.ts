/** WebDAV responses, and errors that name the failed precondition (RFC 4918 §16). */
import { dav, element, escapeXml, type XmlName, xmlDocument } from './xml.ts';

export interface DavServerResponse {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** Ends a request with this response. */
export class DavError extends Error {
  override readonly name = 'DavRefusal';
  readonly response: DavServerResponse;

  constructor(response: DavServerResponse) {
    super(`refused with ${response.status}`);
    this.response = response;
  }
}

const XML = { 'content-type': 'application/xml; charset=utf-8' };

/** @param condition the element that names the failed precondition; without one the body is empty */
export const davError = (status: number, condition: XmlName | null = null): DavError =>
  new DavError(
    condition
      ? { status, headers: XML, body: xmlDocument(dav('error'), element(condition)) }
      : { status, headers: {}, body: '' },
  );

/** Tells a client that wants to write which privilege is missing (RFC 3744 §7.1.1). */
export const needPrivilege = (href: string, privilege: string): DavServerResponse => {
  const resource = element(dav('href'), escapeXml(href)) + element(dav('privilege'), element(dav(privilege)));
  const missing = element(dav('need-privileges'), element(dav('resource'), resource));
  return { status: 403, headers: XML, body: xmlDocument(dav('error'), missing) };
};

const STATUS: Record<number, string> = {
  200: 'OK',
  403: 'Forbidden',
  404: 'Not Found',
  507: 'Insufficient Storage',
};
const statusLine = (status: number) => element(dav('status'), `HTTP/1.1 ${status} ${STATUS[status] ?? ''}`);

/** Properties that share a status. @param content the properties as XML */
export const propstatElement = (status: number, content: string, condition: XmlName | null = null) =>
  element(
    dav('propstat'),
    element(dav('prop'), content) +
      statusLine(status) +
      (condition ? element(dav('error'), element(condition)) : ''),
  );

/** One resource of a multistatus, with its propstats. */
export const responseElement = (href: string, propstats: string) =>
  element(dav('response'), element(dav('href'), escapeXml(href)) + propstats);

/** One resource without properties: removed, or truncated. */
export const statusResponse = (href: string, status: number, condition: XmlName | null = null) =>
  responseElement(href, statusLine(status) + (condition ? element(dav('error'), element(condition)) : ''));

/** Largest body of an answer, in bytes: a year of a very busy calendar with everything that clients ask of it is a tenth. */
const ANSWER_MAX = 16 * 1024 * 1024;

/** @throws DavError 507 for a body that is longer than an answer may be */
export function checkAnswerBytes(bytes: number): void {
  if (bytes > ANSWER_MAX) throw davError(507, dav('number-of-matches-within-limits'));
}

/**
 * A multistatus of these parts, which are made one after another, so that an answer that would be too long is given up before it
 * is whole. @throws DavError 507
 */
export function multistatus(parts: Iterable<string>): DavServerResponse {
  let [content, bytes] = ['', 0];
  for (const part of parts) {
    content += part;
    bytes += Buffer.byteLength(part);
    checkAnswerBytes(bytes);
  }
  return { status: 207, headers: XML, body: xmlDocument(dav('multistatus'), content) };
}

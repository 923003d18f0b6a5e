/** A site of other people with pages of its own, at two origins: as `localhost` and as 127.0.0.1. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SitePage {
  body: string;
  /** Content-Security-Policy; absent: none. */
  policy?: string;
}

export interface EmbeddingSite {
  /** @param host `localhost` or 127.0.0.1: they are two sites to a browser */
  originAt(host: string): string;
  /** Adds a page, or a script where the path ends so. */
  add(path: string, page: SitePage): void;
  close(): Promise<void>;
}

export async function startEmbeddingSite(): Promise<EmbeddingSite> {
  const pages = new Map<string, SitePage>();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://site');
    const page = pages.get(pathname);
    const isScript = pathname.endsWith('.js');
    response.writeHead(page ? 200 : 404, {
      'content-type': isScript ? 'text/javascript' : 'text/html; charset=utf-8',
      ...(page?.policy === undefined ? {} : { 'content-security-policy': page.policy }),
    });
    const { body = '' } = page ?? {};
    response.end(
      isScript
        ? body
        : `<!doctype html><html lang="en"><title>A site</title><link rel="icon" href="data:,">\n${body}</html>`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    originAt: (host) => `http://${host}:${(server.address() as AddressInfo).port}`,
    add: (path, page) => void pages.set(path, page),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

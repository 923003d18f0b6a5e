/** A site of other people, whose page shows the address that is asked for in a frame. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FramingSite {
  /** @param host `localhost` or 127.0.0.1: they are two sites to a browser */
  originAt(host: string): string;
  /** The page that frames an address, at an origin of the site. */
  pageOf(framed: string, host: string): string;
  close(): Promise<void>;
}

/** @param height of the frame in pixels */
export async function startFramingSite(height = 700): Promise<FramingSite> {
  const server = createServer((request, response) => {
    const framed = new URL(request.url ?? '', 'http://site').searchParams.get('framed') ?? '';
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(`<!doctype html><title>A site</title><link rel="icon" href="data:,">
<iframe title="Book" width="380" height="${height}" src="${framed}"></iframe>`);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const originAt = (host: string) => `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    originAt,
    pageOf: (framed, host) => `${originAt(host)}/?framed=${encodeURIComponent(framed)}`,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { createBodyReader, NoRoomForBody, RequestCutOff } from '../../src/http/body.ts';

const request = () => new IncomingMessage(new Socket());

it('bodies that are being read have room for so many bytes together, which each gives back at its end', async () => {
  const readBody = createBodyReader(100).read;
  const [one, two, three] = [request(), request(), request()];
  const first = readBody(one, 80);
  one.push(Buffer.alloc(80));
  const second = readBody(two, 80);
  two.push(Buffer.alloc(80));
  await expect(second).rejects.toThrow(NoRoomForBody);
  one.push(null);
  expect((await first)?.length).toBe(80);
  const third = readBody(three, 80);
  three.push(Buffer.alloc(80));
  three.push(null);
  expect((await third)?.length).toBe(80);
});

it('a body that is longer than it may be is not read to its end', async () => {
  const long = request();
  const read = createBodyReader().read(long, 10);
  long.push(Buffer.alloc(11));
  expect(await read).toBeNull();
  expect(long.isPaused()).toBe(true);
});

it('a body whose sender goes is cut off', async () => {
  const gone = request();
  const read = createBodyReader().read(gone, 10);
  gone.destroy();
  await expect(read).rejects.toThrow(RequestCutOff);
});

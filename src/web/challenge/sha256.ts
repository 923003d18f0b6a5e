/** SHA-256 (FIPS 180-4) of texts that begin alike, without a promise for each: faster than WebCrypto, and there on plain http, too. */

/** Bytes. */
const BLOCK = 64;

/** The first 32 bits of the fractional parts of the roots of the first primes (§4.2.2, §5.3.3). */
function fractionsOfRoots(count: number, degree: number): Int32Array<ArrayBuffer> {
  const found: number[] = [];
  for (let n = 2; found.length < count; n++) {
    if (isPrime(n)) found.push(((n ** (1 / degree) % 1) * 2 ** 32) | 0);
  }
  return Int32Array.from(found);
}

function isPrime(n: number): boolean {
  for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
  return true;
}

const START = fractionsOfRoots(8, 2);
const ROUND = fractionsOfRoots(64, 3);

/**
 * @param start what all texts begin with; its whole blocks are hashed once. ASCII, as what follows is.
 * @returns the hash of start and text: eight numbers of 32 bits, overwritten by the next call
 */
export function hasherAfter(start: string): (text: string) => Int32Array {
  const whole = start.length - (start.length % BLOCK);
  const words = new Int32Array(64);
  const startState = Int32Array.from(START);
  for (let at = 0; at < whole; at += BLOCK) {
    const block = new DataView(new ArrayBuffer(BLOCK));
    writeText(block, start.slice(at, at + BLOCK));
    addBlock(startState, block, 0, words);
  }
  const head = start.slice(whole);
  const state = new Int32Array(8);
  let view = new DataView(new ArrayBuffer(2 * BLOCK));
  return (text) => {
    const rest = head + text;
    // One bit marks the end, and the last eight bytes are the length in bits.
    const length = Math.ceil((rest.length + 9) / BLOCK) * BLOCK;
    if (length > view.byteLength) view = new DataView(new ArrayBuffer(length));
    for (let at = 0; at < length; at += 4) view.setInt32(at, 0);
    writeText(view, rest);
    view.setUint8(rest.length, 0x80);
    view.setUint32(length - 4, (whole + rest.length) * 8);
    state.set(startState);
    for (let at = 0; at < length; at += BLOCK) addBlock(state, view, at, words);
    return state;
  };
}

function writeText(view: DataView, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));
}

const turned = (word: number, by: number) => (word >>> by) | (word << (32 - by));

/** Brings the state past one block (§6.2.2). @param words room for 64 numbers. Nothing in it may allocate: it runs a hundred thousand times. */
function addBlock(state: Int32Array, view: DataView, at: number, words: Int32Array): void {
  for (let i = 0; i < 16; i++) words[i] = view.getInt32(at + i * 4);
  for (let i = 16; i < 64; i++) {
    const far = wordOf(words, i - 15);
    const near = wordOf(words, i - 2);
    const small = turned(far, 7) ^ turned(far, 18) ^ (far >>> 3);
    const large = turned(near, 17) ^ turned(near, 19) ^ (near >>> 10);
    words[i] = wordOf(words, i - 16) + small + wordOf(words, i - 7) + large;
  }
  let a = wordOf(state, 0);
  let b = wordOf(state, 1);
  let c = wordOf(state, 2);
  let d = wordOf(state, 3);
  let e = wordOf(state, 4);
  let f = wordOf(state, 5);
  let g = wordOf(state, 6);
  let h = wordOf(state, 7);
  for (let i = 0; i < 64; i++) {
    const choice = (e & f) ^ (~e & g);
    const majority = (a & b) ^ (a & c) ^ (b & c);
    const turnedE = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const turnedA = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const first = (h + turnedE + choice + wordOf(ROUND, i) + wordOf(words, i)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + turnedA + majority) | 0;
  }
  // Typed arrays keep the low 32 bits.
  state[0] = wordOf(state, 0) + a;
  state[1] = wordOf(state, 1) + b;
  state[2] = wordOf(state, 2) + c;
  state[3] = wordOf(state, 3) + d;
  state[4] = wordOf(state, 4) + e;
  state[5] = wordOf(state, 5) + f;
  state[6] = wordOf(state, 6) + g;
  state[7] = wordOf(state, 7) + h;
}

const wordOf = (words: Int32Array, i: number) => words[i] ?? 0;

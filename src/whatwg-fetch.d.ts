/**
 * What Yoga's types take from `@whatwg-node/fetch`, by Node's own globals: the package's declarations would bring the DOM
 * into all server code. src/tsconfig.json puts this file in their place.
 */
export declare const Response: typeof globalThis.Response;
export declare function createFetch(): Pick<
  typeof globalThis,
  | 'fetch'
  | 'Request'
  | 'Response'
  | 'Headers'
  | 'FormData'
  | 'ReadableStream'
  | 'WritableStream'
  | 'TransformStream'
  | 'CompressionStream'
  | 'DecompressionStream'
  | 'TextDecoderStream'
  | 'TextEncoderStream'
  | 'Blob'
  | 'File'
  | 'crypto'
  | 'btoa'
  | 'TextDecoder'
  | 'TextEncoder'
  | 'URL'
  | 'URLSearchParams'
>;

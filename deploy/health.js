/** The images' HEALTHCHECK: does the process answer? By default the gateway on PORT; `health.js 9464` asks another port. */
const port = process.argv[2] ?? (process.env.PORT || '4000');
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) });
  process.exit(ok ? 0 : 1);
} catch {
  process.exit(1);
}

// Builds the console into `dist`, which the server embeds and serves at `/`.
import { defineConfig } from 'vitest/config';

const upstream = process.env.VIGIE ?? 'http://127.0.0.1:4180';

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', sourcemap: false, assetsInlineLimit: 0, chunkSizeWarningLimit: 600 },
  // A loaded machine may take long to start; no test waits for anything but itself.
  test: { testTimeout: 60_000 },
  server: { proxy: { '/v1': upstream, '/live': { target: upstream, ws: false, bypass: livePage }, '/openapi.json': upstream } },
});

// `/live` is both a page of the console and the stream it listens to: browsers asking for a page get the page.
function livePage(request: { headers: { accept?: string } }) {
  return request.headers.accept?.includes('text/html') ? '/index.html' : undefined;
}

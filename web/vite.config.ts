import { readFileSync, writeFileSync } from 'node:fs';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import react from '@vitejs/plugin-react';
import type { Plugin, ProxyOptions } from 'vite';
import { defineConfig } from 'vitest/config';

/** Writes .br and .gz beside every text asset, so that the server only picks a file. */
export const precompress = (): Plugin => ({
  name: 'precompress',
  apply: 'build',
  writeBundle(options, bundle) {
    for (const name of Object.keys(bundle)) {
      if (!/\.(js|css|html|svg|json|webmanifest)$/.test(name)) continue;
      const path = `${options.dir}/${name}`;
      const bytes = readFileSync(path);
      if (bytes.length < 1400) continue;
      writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      writeFileSync(
        `${path}.br`,
        brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
      );
    }
  },
});

const target = process.env.OTKLIK_URL ?? 'http://127.0.0.1:8700';

/** A running centre behind the development server: it sees its own origin, or it would refuse ours. */
const centre = (ws: boolean): ProxyOptions => ({
  target,
  ws,
  changeOrigin: true,
  configure: (proxy) => {
    proxy.on('proxyReq', (request) => request.getHeader('origin') && request.setHeader('origin', target));
    proxy.on('proxyReqWs', (request) => request.setHeader('origin', target));
  },
});

export default defineConfig({
  plugins: [react(), precompress()],
  resolve: { alias: { '~': new URL('./src', import.meta.url).pathname } },
  build: {
    outDir: '../src/otklik/static',
    emptyOutDir: true,
    target: 'es2022',
    chunkSizeWarningLimit: 800,
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the editor of flows shares with its own later parts, so that none of them brings the editor.
          groups: [
            {
              name: 'flow-parts',
              test: /pages\/admin\/(flow\.ts|Flows\.module\.css|things\.ts|useAuthors\.ts|flows\/words\.ts)/,
            },
          ],
        },
      },
    },
  },
  // Objects, not bare addresses: those would change the Host, and a page of another origin is refused.
  server: { proxy: { '/api': centre(false), '/ws': centre(true) } },
  test: {
    environment: 'jsdom',
    setupFiles: ['src/test-setup.ts'],
    css: { modules: { classNameStrategy: 'non-scoped' } },
    testTimeout: 40_000,
  },
});

import { defineConfig } from 'vite';
import { precompress } from './vite.config.ts';

/* The customer's page, built by itself: it shares no file with the centre's pages, so nothing of them reaches him. */
export default defineConfig({
  plugins: [precompress()],
  publicDir: false,
  build: {
    outDir: '../src/otklik/static',
    emptyOutDir: false,
    assetsDir: 'assets/guest',
    target: 'es2022',
    reportCompressedSize: false,
    rolldownOptions: { input: new URL('./guest.html', import.meta.url).pathname },
  },
});

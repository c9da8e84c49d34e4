/* Runs before the first paint, so that the wrong theme never flashes. A file, because the content security
   policy allows no inline script. */
var scheme = 'auto';
try {
  scheme = localStorage.getItem('mantine-color-scheme-value') || 'auto';
  document.documentElement.setAttribute(
    'data-mantine-color-scheme',
    scheme === 'auto' ? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light') : scheme,
  );
  document.documentElement.lang = JSON.parse(localStorage.getItem('otklik.language') || '"ru"');
} catch (_) {
  /* storage is forbidden: the defaults stand */
}

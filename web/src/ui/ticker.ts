/* One interval for the whole page. Five hundred running clocks cost no render: each writes its own text node. */

const paints = new Set<() => void>();
let timer = 0;

function run(): void {
  for (const paint of paints) paint();
}

export function onTick(paint: () => void): () => void {
  paints.add(paint);
  if (!timer) timer = window.setInterval(run, 1000);
  return () => {
    paints.delete(paint);
    if (!paints.size) {
      clearInterval(timer);
      timer = 0;
    }
  };
}

import { lazy, Suspense } from 'react';

const library = () => import('@mantine/notifications');
const Notifications = lazy(async () => ({ default: (await library()).Notifications }));

/** A line at the bottom right; a refusal stays longer than a confirmation. Loaded after the first screen. */
export function toast(message: string, tone: 'info' | 'bad' = 'info'): void {
  void library().then(({ notifications }) =>
    notifications.show({
      message,
      autoClose: tone === 'bad' ? 8000 : 3000,
      ...(tone === 'bad' ? { color: 'red.9' } : {}),
    }),
  );
}

export function Toasts() {
  return (
    <Suspense fallback={null}>
      <Notifications position="bottom-right" limit={3} />
    </Suspense>
  );
}

import { MantineProvider } from '@mantine/core';
import { act, cleanup, render, screen } from '@testing-library/react';
import axe from 'axe-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MeProvider } from '~/api/session';
import { startLanguage, withWords } from '~/i18n';
import { somebody } from '~/test-page';
import HoldReminder from './HoldReminder';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('link');
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show(after: number, age = 0) {
  const since = Date.now() - age;
  return render(
    <MantineProvider env="test">
      <MeProvider me={somebody}>
        <HoldReminder at={since + after} since={since} />
      </MeProvider>
    </MantineProvider>,
  );
}

describe('a customer on hold', () => {
  it('is not forgotten: reminded of after the time of the site, and again', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const { container } = show(60_000);
    expect(screen.queryByRole('alert')).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(60_500));
    expect(screen.getByRole('alert').textContent).toContain('1:00');
    expect(screen.getByRole('alert').textContent).toContain('Ctrl+Shift+H');
    await act(() => vi.advanceTimersByTimeAsync(60_500));
    expect(screen.getByRole('alert').textContent).toContain('2:00');
    vi.useRealTimers();
    expect((await axe.run(container, { rules: { region: { enabled: false } } })).violations).toEqual([]);
  });

  it('is told at once when a page is reloaded in a long hold', () => {
    show(60_000, 200_000);
    expect(screen.getByRole('alert').textContent).toContain('3:00');
  });
});

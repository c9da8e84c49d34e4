import { MantineProvider } from '@mantine/core';
import { act, cleanup, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { MeProvider } from '~/api/session';
import { startLanguage } from '~/i18n';
import type { DeskInteraction } from '~/live/types';
import { somebody } from '~/test-page';
import CardPause from './CardPause';
import type { DeskActions } from './useDeskActions';

beforeAll(() => startLanguage('ru'));
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

function show(interaction: Partial<DeskInteraction>, may: string[]) {
  const asked: string[] = [];
  const actions = {
    pending: null,
    can: (action: string) => may.includes(action),
    cardPause: async (step: string) => {
      asked.push(step);
      return true;
    },
  } as unknown as DeskActions;
  const view = render(
    <MantineProvider env="test">
      <MeProvider me={somebody}>
        <CardPause interaction={interaction as DeskInteraction} actions={actions} />
      </MeProvider>
    </MantineProvider>,
  );
  return { asked, ...view };
}

describe('card data', () => {
  it('is announced by one button with its key', async () => {
    const { asked, container } = show({}, ['pause_for_card']);
    const button = screen.getByRole('button', { name: /Данные карты/ });
    expect(button.textContent).toContain('Ctrl+Shift+B');
    await userEvent.click(button);
    expect(asked).toEqual(['start']);
    expect((await axe.run(container, { rules: { region: { enabled: false } } })).violations).toEqual([]);
  });

  it('is never recorded again by itself: the desk asks when it takes long', async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true });
    const now = Date.now();
    const { asked } = show({ card_since_ms: now - 1000, card_asks_ms: now + 60_000 }, [
      'keep_card_pause',
      'end_card_pause',
    ]);
    expect(screen.getByText('Запись остановлена')).toBeTruthy();
    expect(screen.queryByRole('alert')).toBeNull();
    await act(() => vi.advanceTimersByTimeAsync(61_000));
    expect(screen.getByRole('alert').textContent).toContain('ещё диктует');
    expect(asked).toEqual([]);
    screen.getByRole('button', { name: 'Да, ещё диктует' }).click();
    screen.getByRole('button', { name: /Записывать дальше/ }).click();
    expect(asked).toEqual(['keep', 'end']);
  });

  it('shows a pause to whoever may not end it', () => {
    show({ card_since_ms: Date.now(), card_asks_ms: Date.now() + 1000 }, []);
    expect(screen.getByText('Запись остановлена')).toBeTruthy();
    expect(screen.queryByRole('button')).toBeNull();
  });
});

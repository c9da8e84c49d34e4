import { cleanup, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { RecordingRow } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { serve, showPage } from '~/test-page';
import { Archive, Hold, Uses } from './Keeping';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('recordings');
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

const row = { segment_id: '70', state: 'stored', is_held: false } as RecordingRow;

describe('recordings that are taken away or held', () => {
  it('asks why before a ZIP is sent, and tells the server', async () => {
    serve({});
    const hrefs: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(function (this: HTMLAnchorElement) {
      hrefs.push(this.getAttribute('href') ?? '');
    });
    const query = { from: '2026-11-01', to: '2026-11-08', queue: ['2'] };
    showPage({ '/': () => <Archive query={query} isEmpty={false} /> }, '/', {
      rights: ['download.recordings'],
    });
    await userEvent.click(await screen.findByRole('button', { name: 'Скачать всё' }));
    const download = await screen.findByRole<HTMLButtonElement>('button', { name: 'Скачать' });
    expect(download.disabled).toBe(true);
    await userEvent.type(screen.getByRole('textbox', { name: 'Зачем' }), 'запрос суда');
    await userEvent.click(download);
    expect(hrefs).toHaveLength(1);
    expect(new URL(hrefs[0]!, 'http://x').searchParams.get('reason')).toBe('запрос суда');
  });

  it('offers no ZIP to one who may not download', async () => {
    serve({});
    showPage({ '/': () => [<i key="a">there</i>, <Archive key="b" query={{}} isEmpty={false} />] }, '/', {
      rights: ['listen.recordings'],
    });
    await screen.findByText('there');
    expect(screen.queryByRole('button')).toBeNull();
  });

  it('holds a recording for a reason', async () => {
    const asked = serve({ 'POST /api/v1/retention/holds': { id: 1 } });
    showPage({ '/': () => <Hold recording={row} /> }, '/', { rights: ['manage.recordings'] });
    await userEvent.click(await screen.findByRole('button', { name: 'Не удалять' }));
    await userEvent.type(await screen.findByRole('textbox', { name: 'Зачем' }), 'дело 17{Enter}');
    await waitFor(() => expect(asked[0]?.body).toEqual({ segment_id: '70', reason: 'дело 17' }));
  });

  it('tells who listened only when it is asked for', async () => {
    const asked = serve({
      'GET /api/v1/recordings/70/uses': [
        { at: '2026-11-20T09:00:00Z', by_name: 'Вера', action: 'exported', reason: 'запрос суда' },
      ],
    });
    showPage({ '/': () => <Uses segmentId="70" /> }, '/', { rights: ['view.audit'] });
    const summary = await screen.findByText('Кто слушал и скачивал');
    expect(asked).toEqual([]);
    await userEvent.click(summary);
    expect(await screen.findByText(/выгрузил архивом \(запрос суда\)/)).toBeTruthy();
  });
});

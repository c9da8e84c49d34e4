import { cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import axe from 'axe-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { PromptChange, PromptRow, SpeechEngine } from '~/api/gen/types.gen';
import { startLanguage, withWords } from '~/i18n';
import { setFormat } from '~/lib/format';
import { refusal, showPage } from '~/test-page';
import AdminPage from '../Page';
import { nameOfFile, wavOf } from './sound';

beforeAll(async () => {
  await startLanguage('ru');
  await withWords('admin');
  await import('./Prompts');
});
beforeEach(() => setFormat({ zone: 'Europe/Moscow' }));
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const row = (name: string, more: Partial<PromptRow> = {}): PromptRow => ({
  name,
  seconds: { ru: 3, en: 2.5 },
  is_shipped: !name.startsWith('site/'),
  flows: [],
  queues: [],
  changed_at: name.startsWith('site/') ? '2026-11-20T09:00:00.000Z' : null,
  ...more,
});
const ROWS = [
  row('greeting'),
  row('site/sale', { flows: ['Магазин'], queues: ['Продажи'] }),
  row('site/sorry', { seconds: { ru: 4 } }),
];
const CHANGE: PromptChange = {
  at: '2026-11-20T09:00:00.000Z',
  by_name: 'Анна',
  action: 'saved',
  language: 'ru',
  source: 'speech',
  text: 'Простите, мы закрыты.',
  engine: 'festival',
  voice: 'msu',
  pace: 'usual',
  seconds: 4,
  sha256: 'a'.repeat(64),
  is_kept: true,
  before: '',
};
const ENGINES: SpeechEngine[] = [
  { name: 'rhvoice', is_there: false, has_pace: true, voices: [] },
  { name: 'festival', is_there: true, has_pace: false, voices: [{ name: 'msu', language: 'ru' }] },
];

interface Asked {
  line: string;
  body: unknown;
}
/** Like test-page's, but bodies may be sounds. */
function serve(answers: Record<string, unknown>): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal('fetch', async (url: string, init: RequestInit) => {
    const line = `${init.method} ${url}`;
    asked.push({ line, body: typeof init.body === 'string' ? JSON.parse(init.body) : init.body });
    const answer = answers[line] ?? answers[line.split('?')[0]!];
    if (answer instanceof Response) return answer.clone();
    if (answer === undefined) return refusal(404, { code: 'not_found' });
    return new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } });
  });
  return asked;
}
const answers = () => ({
  'GET /api/v1/prompts': ROWS,
  'GET /api/v1/prompts/engines': ENGINES,
  'GET /api/v1/prompts/site/sorry/history': [CHANGE],
  'GET /api/v1/prompts/site/sale/history': [],
});
const show = (at: string) => showPage({ '/admin/$area': AdminPage }, at, { rights: ['manage.flows'] });

describe('prompts', () => {
  it('lists the own ones with what says them, and warns of a language without sound', async () => {
    serve(answers());
    const { container } = show('/admin/prompts');
    const grid = await screen.findByRole('table', { name: 'Фразы' });
    await within(grid).findByText('site/sale');
    expect(within(grid).queryByText('greeting')).toBeNull();
    expect(grid.textContent).toContain('Магазин');
    expect(grid.textContent).toContain('Продажи');
    expect(within(grid).getAllByText('нет')).toHaveLength(1);
    expect(
      (await axe.run(container, { rules: { 'color-contrast': { enabled: false } } })).violations,
    ).toEqual([]);
  });

  it('neither renames nor removes what is said somewhere', async () => {
    serve(answers());
    show('/admin/prompts?prompt=site%2Fsale');
    const drawer = await screen.findByRole('dialog');
    expect((await within(drawer).findByLabelText<HTMLInputElement>('Название')).disabled).toBe(true);
    expect(within(drawer).getByRole<HTMLButtonElement>('button', { name: 'Удалить' }).disabled).toBe(true);
  });

  it('uploads a dropped file under a name made of its own, and tells why it is refused', async () => {
    const all = answers();
    const asked = serve({
      ...all,
      'PUT /api/v1/prompts/ru/site/novyy_god_2': refusal(422, { code: 'audio_silent' }),
    });
    show('/admin/prompts');
    await screen.findByText('site/sale');
    const file = new File(['sound'], 'Новый год 2.MP3', { type: 'audio/mpeg' });
    fireEvent.drop(screen.getByRole('region', { name: 'Фразы' }), {
      dataTransfer: { files: [file], types: ['Files'] },
    });
    const drawer = await screen.findByRole('dialog');
    expect(within(drawer).getByLabelText<HTMLInputElement>('Название').value).toBe('novyy_god_2');
    await userEvent.click(within(drawer).getByRole('button', { name: 'Сохранить' }));
    await waitFor(() => expect(within(drawer).getByRole('alert').textContent).toContain('тишина'));
    const put = asked.find((it) => it.line.startsWith('PUT'))!;
    expect(put.line).toContain('source=upload');
    expect(put.body).toBe(file);
  });

  it('shows the last spoken text again and lets an engine speak it', async () => {
    const asked = serve({
      ...answers(),
      'PUT /api/v1/prompts/ru/site/sorry/speech': {
        name: 'site/sorry',
        language: 'ru',
        seconds: 4,
        sha256: 'b'.repeat(64),
      },
    });
    show('/admin/prompts?prompt=site%2Fsorry');
    const drawer = await screen.findByRole('dialog');
    await userEvent.click(within(drawer).getByText('По тексту'));
    const text = await within(drawer).findByLabelText<HTMLTextAreaElement>('Текст');
    expect(text.value).toBe(CHANGE.text);
    expect(drawer.textContent).toContain('rhvoice');
    await userEvent.type(text, ' Ждём завтра.');
    await userEvent.click(within(drawer).getByRole('button', { name: 'Сохранить' }));
    await waitFor(() =>
      expect(asked.find((it) => it.line.startsWith('PUT'))?.body).toEqual({
        text: `${CHANGE.text} Ждём завтра.`,
        engine: 'festival',
        voice: 'msu',
        pace: 'usual',
      }),
    );
  });

  it('brings back what was replaced', async () => {
    const asked = serve({ ...answers(), 'POST /api/v1/prompts/ru/site/sorry/restore': {} });
    show('/admin/prompts?prompt=site%2Fsorry');
    const drawer = await screen.findByRole('dialog');
    await userEvent.click(await within(drawer).findByRole('button', { name: 'Вернуть' }));
    await waitFor(() =>
      expect(asked.find((it) => it.line.startsWith('POST'))?.body).toEqual({ sha256: CHANGE.sha256 }),
    );
  });
});

describe('a sound', () => {
  it('gets a name that a prompt may have', () => {
    expect(nameOfFile('Приветствие (2).mp3')).toBe('privetstvie_2');
    expect(nameOfFile('???.wav')).toBe('');
  });

  it('becomes a WAV with its samples', async () => {
    const view = new DataView(await wavOf(Float32Array.from([0, 1, -2]), 48_000).arrayBuffer());
    expect(view.byteLength).toBe(50);
    expect(view.getUint32(24, true)).toBe(48_000);
    expect([44, 46, 48].map((at) => view.getInt16(at, true))).toEqual([0, 32767, -32767]);
  });
});

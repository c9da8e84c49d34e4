/* The customer's page: one link, one talk. A bundle of its own, so that nothing of the centre's pages comes with it;
   what it may do ends with the talk. */

import './guest.css';
import { call, type Talk } from './talk';
import { languageOf, wordsOf } from './words';

const language = languageOf(navigator.language);
const words = wordsOf(language);
const token = location.pathname.split('/')[2] ?? '';
const root = document.getElementById('root') as HTMLElement;
document.documentElement.lang = language;
document.title = words.title;

type Child = Node | string;
function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Record<string, string | boolean>,
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === 'boolean') made.toggleAttribute(key, value);
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}
const button = (text: string, className: string, press: () => void) => {
  const made = element('button', { type: 'button', class: className }, text);
  made.addEventListener('click', press);
  return made;
};

/** Kept in this tab: who has it may come back after a reload, nobody else may open the link again. */
function key(): string {
  const name = `key:${token}`;
  const kept = sessionStorage.getItem(name);
  if (kept) return kept;
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  const made = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  sessionStorage.setItem(name, made);
  return made;
}

function card(title: string, ...children: Child[]): void {
  root.replaceChildren(
    element('section', { class: 'card' }, element('h1', { tabindex: '-1' }, title), ...children),
  );
}
const text = (said: string, className = '') => element('p', className ? { class: className } : {}, said);
const problem = (said: string) => element('p', { class: 'problem', role: 'alert' }, said);

function offer(centre: string, trouble = ''): void {
  card(
    centre || words.title,
    text(words.intro),
    ...(trouble ? [problem(trouble)] : []),
    button(words.withCamera, 'main', () => void begin(centre, true)),
    button(words.voiceOnly, '', () => void begin(centre, false)),
    text(words.consent),
  );
}

async function begin(centre: string, withCamera: boolean): Promise<void> {
  card(centre || words.title, element('p', { role: 'status' }, words.asking));
  let stream: MediaStream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true },
      video: withCamera ? { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 } } : false,
    });
  } catch {
    offer(centre, words.denied);
    return;
  }
  const stop = () => {
    for (const track of stream.getTracks()) track.stop();
  };
  try {
    const answer = await fetch(`/api/v1/guest/${encodeURIComponent(token)}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-otklik': '1' },
      body: JSON.stringify({ key: key(), language }),
    });
    if (!answer.ok) {
      stop();
      const told = (await answer.json().catch(() => ({}))) as { code?: string };
      if (told.code === 'link_used') card(centre, problem(words.used));
      else if (told.code === 'link_expired') card(centre, problem(words.expired));
      else offer(centre, words.failed);
      return;
    }
    talk(centre, await call(await answer.json(), stream), stop);
  } catch {
    stop();
    offer(centre, words.failed);
  }
}

function talk(centre: string, it: Talk, stop: () => void): void {
  const theirs = element('video', {
    class: 'theirs',
    autoplay: true,
    playsinline: true,
    'data-testid': 'theirs',
  });
  const mine = element('video', {
    class: 'mine',
    autoplay: true,
    playsinline: true,
    muted: true,
    'data-testid': 'mine',
  });
  mine.muted = true;
  mine.srcObject = it.mine;
  mine.setAttribute('aria-label', words.you);
  theirs.setAttribute('aria-label', words.agent);
  const said = element('p', { class: 'said', role: 'status' }, words.calling);
  const toggle = (on: string, off: string, change: (isOff: boolean) => void) => {
    const made = button(on, '', () => {
      const isOff = made.getAttribute('aria-pressed') !== 'true';
      made.setAttribute('aria-pressed', String(isOff));
      made.textContent = isOff ? off : on;
      change(isOff);
    });
    made.setAttribute('aria-pressed', 'false');
    return made;
  };
  const microphone = toggle(words.mute, words.unmute, (isOff) => it.enable('audio', !isOff));
  const camera = toggle(words.cameraOff, words.cameraOn, (isOff) => {
    it.enable('video', !isOff);
    mine.hidden = isOff;
  });
  const hasCamera = it.mine.getVideoTracks().length > 0;
  camera.hidden = mine.hidden = !hasCamera;
  const stage = element(
    'section',
    { class: 'stage', 'data-testid': 'stage', 'aria-label': centre || words.title },
    theirs,
    mine,
    said,
    element(
      'div',
      { class: 'controls' },
      microphone,
      camera,
      button(words.hangUp, 'end', () => it.hangUp()),
    ),
  );
  root.replaceChildren(stage);
  const leave = (event: BeforeUnloadEvent) => event.preventDefault();
  addEventListener('beforeunload', leave);
  it.onChange = (state) => {
    stage.dataset.state = state;
    if (state === 'over' || state === 'failed') {
      removeEventListener('beforeunload', leave);
      stop();
      if (state === 'over') card(words.over, element('p', { role: 'status' }, words.thanks));
      else offer(centre, words.failed);
      return;
    }
    said.textContent =
      state === 'connected'
        ? it.theirs.getVideoTracks().some((track) => !track.muted)
          ? words.talking
          : words.waiting
        : words.calling;
    if (theirs.srcObject !== it.theirs) theirs.srcObject = it.theirs;
    void theirs.play().catch(() => undefined);
  };
}

async function start(): Promise<void> {
  if (!window.isSecureContext || !navigator.mediaDevices) {
    card(words.title, problem(words.insecure));
    return;
  }
  const answer = await fetch(`/api/v1/guest/${encodeURIComponent(token)}`).catch(() => null);
  if (!answer) {
    card(
      words.title,
      problem(words.failed),
      button(words.again, 'main', () => void start()),
    );
    return;
  }
  if (!answer.ok) {
    card(words.title, problem(words.unknown));
    return;
  }
  const link = (await answer.json()) as { state: string; centre: string };
  if (link.state === 'talked') card(link.centre, problem(words.used));
  else if (link.state === 'expired') card(link.centre, problem(words.expired));
  else offer(link.centre);
}

void start();

import { ActionIcon, Menu, Tooltip, UnstyledButton, useComputedColorScheme } from '@mantine/core';
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { Headset, Keyboard, Languages, LogOut, Moon, Search, Settings, Sun } from 'lucide-react';
import { lazy, Suspense, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe, usePreferences, useSignOut } from '~/api/session';
import { withWords } from '~/i18n';
import { initials } from '~/lib/initials';
import { keyLabel, keyMap } from '~/lib/keys';
import { useDesk } from '~/live/hooks';
import { useTopic } from '~/live/LiveProvider';
import { IncomingCall } from '~/phone/CallCard';
import { LineStatus } from '~/phone/LineStatus';
import { useRinging } from '~/phone/RingEffects';
import { Targets } from '~/phone/Targets';
import { AgentBanners, CommonBanners } from './Banners';
import { AgentHotkeys, useShellHotkeys } from './hotkeys';
import { PAGES, SUBPAGES } from './pages';
import css from './Shell.module.css';
import { StateSwitch } from './StateSwitch';
import { useNewBuild } from './useNewBuild';

const Palette = lazy(() => import('./Palette'));
const KeyHelp = lazy(() => import('./KeyHelp'));
const VoicemailBadge = lazy(() => import('~/pages/voicemail/Badge'));
const ChatButton = lazy(
  async () => (await Promise.all([import('~/pages/colleagues/chat/ChatButton'), withWords('colleagues')]))[0],
);
const AgentBars = lazy(
  async () => (await Promise.all([import('~/pages/colleagues/AgentBars'), withWords('team')]))[0],
);
const Notices = lazy(async () => (await Promise.all([import('./Notices'), withWords('supervision')]))[0]);
const SupervisionBar = lazy(
  async () => (await Promise.all([import('~/phone/SupervisionBar'), withWords('supervision')]))[0],
);

export function Shell() {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const [preferences, setPreferences] = usePreferences();
  const scheme = useComputedColorScheme('light');
  const path = useRouterState({ select: (state) => state.location.pathname });
  const signOut = useSignOut();
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const keys = useMemo(() => keyMap(preferences.keys), [preferences.keys]);
  const main = useRef<HTMLElement>(null);
  useTopic('desk', me.agent);
  useNewBuild();
  const goes = useMemo(() => PAGES.filter((page) => page.go && page.isSeenBy(me)), [me]);
  useShellHotkeys({
    keys,
    goes,
    onSearch: () => setPalette(true),
    onHelp: () => setHelp((open) => !open),
  });

  const seen = PAGES.filter((page) => page.isSeenBy(me));
  const current =
    seen.find((page) => path === page.path || path.startsWith(`${page.path}/`)) ??
    SUBPAGES.find((page) => path.startsWith(page.path.replace(/\$.*/, '')));
  const title = current ? t(`shell.page.${current.key}`) : t('common.product');
  useEffect(() => {
    document.title = `${title} · ${t('common.product')}`;
  }, [title, t]);

  return (
    <div className={css.app}>
      <button type="button" className={css.skip} onClick={() => main.current?.focus()}>
        {t('shell.skip')}
      </button>
      <nav className={css.rail} aria-label={t('shell.pages')}>
        <div className={css.logo} aria-hidden>
          <Headset size={20} />
        </div>
        {seen
          .filter((page) => page.icon)
          .map((page) => {
            const Icon = page.icon!;
            const on = current?.path === page.path;
            return (
              <Tooltip
                key={page.path}
                position="right"
                label={
                  page.go
                    ? `${t(`shell.page.${page.key}`)}   G ${keyLabel(page.go)}`
                    : t(`shell.page.${page.key}`)
                }
              >
                <Link
                  to={page.path}
                  className={css.item}
                  aria-label={t(`shell.page.${page.key}`)}
                  data-on={on || undefined}
                  aria-current={on ? 'page' : undefined}
                >
                  <Icon size={20} aria-hidden />
                  {page.key === 'voicemail' ? (
                    <Suspense>
                      <VoicemailBadge />
                    </Suspense>
                  ) : null}
                </Link>
              </Tooltip>
            );
          })}
        <span className={css.spring} />
        <Tooltip label={t('shell.page.settings')} position="right">
          <Link
            to="/settings"
            className={css.item}
            aria-label={t('shell.page.settings')}
            data-on={path.startsWith('/settings') || undefined}
          >
            <Settings size={20} aria-hidden />
          </Link>
        </Tooltip>
      </nav>
      <header className={css.top}>
        <h1 className={css.title}>{title}</h1>
        <button type="button" className={css.search} onClick={() => setPalette(true)}>
          <Search size={15} aria-hidden />
          <span>{t('common.search')}</span>
          <kbd className="kbd">{keyLabel(keys.search)}</kbd>
        </button>
        <span className={css.push} />
        {me.agent ? (
          <>
            <LineStatus />
            <StateSwitch keys={keys} />
          </>
        ) : null}
        {me.rights.includes('chat.colleagues') ? (
          <Suspense fallback={<span className={css.chatPlace} />}>
            <ChatButton />
          </Suspense>
        ) : null}
        <Tooltip label={t('shell.language')}>
          <ActionIcon
            size={34}
            aria-label={t('shell.language')}
            onClick={() => setPreferences({ language: i18n.language === 'ru' ? 'en' : 'ru' })}
          >
            <Languages size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t('shell.theme')}>
          <ActionIcon
            size={34}
            aria-label={t('shell.theme')}
            onClick={() => setPreferences({ theme: scheme === 'dark' ? 'light' : 'dark' })}
          >
            {scheme === 'dark' ? <Sun size={18} /> : <Moon size={18} />}
          </ActionIcon>
        </Tooltip>
        <Menu position="bottom-end" width={240}>
          <Menu.Target>
            <UnstyledButton className={css.avatar} aria-label={t('shell.account', { name: me.name })}>
              {initials(me.name)}
            </UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Label>{me.name}</Menu.Label>
            <Menu.Item component={Link} to="/settings" leftSection={<Settings size={15} />}>
              {t('shell.page.settings')}
            </Menu.Item>
            <Menu.Item
              leftSection={<Keyboard size={15} />}
              rightSection={<kbd className="kbd">?</kbd>}
              onClick={() => setHelp(true)}
            >
              {t('shell.keys')}
            </Menu.Item>
            <Menu.Divider />
            <Menu.Item leftSection={<LogOut size={15} />} onClick={() => void signOut()}>
              {t('shell.sign_out')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </header>
      <div className={css.banners}>
        <CommonBanners />
        {me.agent ? <AgentBanners /> : null}
        <Supervision />
        {me.agent ? (
          <Suspense>
            <AgentBars />
            <Notices />
          </Suspense>
        ) : null}
      </div>
      <main className={css.main} id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
      {me.agent ? (
        <>
          <AgentHotkeys keys={keys} />
          <Targets />
          {path.startsWith('/desk') ? null : <RingingElsewhere />}
        </>
      ) : null}
      {help ? (
        <Suspense>
          <KeyHelp onClose={() => setHelp(false)} keys={keys} goes={goes} />
        </Suspense>
      ) : null}
      {palette ? (
        <Suspense>
          <Palette onClose={() => setPalette(false)} keys={keys} />
        </Suspense>
      ) : null}
    </div>
  );
}

/** Whoever listens to a talk sees it over every page: nobody forgets an open ear. */
function Supervision() {
  const supervision = useDesk()?.supervision;
  return supervision ? (
    <Suspense>
      <SupervisionBar of={supervision} />
    </Suspense>
  ) : null;
}

/** On another page a call still rings in the corner; answering it opens the desk. */
function RingingElsewhere() {
  const ringing = useRinging();
  const navigate = useNavigate();
  if (!ringing) return null;
  return (
    <div className={css.float}>
      <IncomingCall onAnswered={() => void navigate({ to: '/desk' })} />
    </div>
  );
}

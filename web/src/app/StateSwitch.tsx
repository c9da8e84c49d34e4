import { Menu, UnstyledButton } from '@mantine/core';
import { ArrowRight, ChevronDown, Coffee, Lock, LogOut } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { named, useDeskWords } from '~/api/session';
import { duration } from '~/lib/format';
import { type KeyMap, keyLabel } from '~/lib/keys';
import type { LiveAgent } from '~/live/types';
import { useDeskActions } from '~/phone/useDeskActions';
import { Elapsed, Overrun } from '~/ui/Elapsed';
import { StateBadge } from '~/ui/StateBadge';
import css from './Shell.module.css';

const BUSY = new Set(['offered', 'connecting', 'connected', 'held', 'wrap_up', 'reconnecting']);

/** The agent's state, how long it lasts, and what may be chosen. In a call the choice is kept for after it. */
export function StateSwitch({ keys }: { keys: KeyMap }) {
  const { t } = useTranslation();
  const actions = useDeskActions();
  const words = useDeskWords();
  const agent = actions.desk?.agent;
  if (!agent) return null;
  const reason = words.reason(agent.reason_id);
  const limit = agent.state === 'not_ready' ? (reason?.max_seconds ?? undefined) : undefined;
  const busy = BUSY.has(agent.state);
  const label = agent.state === 'not_ready' && reason ? named(reason) : t(`common.state.${agent.state}`);
  return (
    <Menu position="bottom-end" width={300}>
      <Menu.Target>
        <UnstyledButton
          className={css.state}
          aria-label={t('shell.state.change', { state: label })}
          data-testid="state"
          data-state={agent.state}
        >
          <StateBadge state={agent.state} label={label} large />
          <Intent agent={agent} />
          <Elapsed since={agent.since_ms} bad={limit} className={css.time} />
          {limit ? (
            <Overrun
              since={agent.since_ms}
              limit={limit}
              label={t('live.over_limit', { limit: duration(limit) })}
            />
          ) : null}
          <ChevronDown size={14} aria-hidden />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        {busy ? <Menu.Label>{t('shell.state.after')}</Menu.Label> : null}
        <Menu.Item
          disabled={!actions.can('ready')}
          rightSection={<kbd className="kbd">{keyLabel(keys.ready)}</kbd>}
          onClick={() => void actions.ready()}
        >
          <StateBadge state="ready" />
        </Menu.Item>
        <Menu.Divider />
        {words.settings.reasons.map((it) => (
          <Menu.Item
            key={it.id}
            disabled={!actions.can('not_ready')}
            rightSection={
              it.needs_permission ? <Lock size={14} aria-label={t('shell.state.permission')} /> : null
            }
            onClick={() => void actions.notReady(it.id)}
          >
            <span className={css.reason}>
              {named(it)}
              <small>
                {[
                  it.max_seconds ? t('shell.state.up_to', { limit: duration(it.max_seconds) }) : null,
                  it.is_paid ? t('shell.state.paid') : t('shell.state.unpaid'),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </small>
            </span>
          </Menu.Item>
        ))}
        <Menu.Item
          leftSection={<Coffee size={15} />}
          rightSection={<kbd className="kbd">{keyLabel(keys.break)}</kbd>}
          onClick={() => dispatchEvent(new Event('otklik-ask-break'))}
        >
          {t('shell.key.break')}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Item
          disabled={!actions.can('sign_out')}
          leftSection={<LogOut size={15} />}
          rightSection={<kbd className="kbd">{keyLabel(keys.sign_out)}</kbd>}
          onClick={() => void actions.signOut()}
        >
          {t('shell.state.end_shift')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}

function Intent({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  if (!agent.intent || agent.intent === 'ready') return null;
  const reason = words.reason(agent.intent_reason_id);
  return (
    <span className={css.intent}>
      <ArrowRight size={13} aria-hidden />
      <span className="visually-hidden">{t('shell.state.then')}</span>
      <span>{reason ? named(reason) : t(`common.state.${agent.intent}`)}</span>
    </span>
  );
}

import { Button, Menu } from '@mantine/core';
import { ChevronDown } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { post, problemText } from '~/api/client';
import { named, useCan, useDeskWords } from '~/api/session';
import type { LiveAgent } from '~/live/types';
import { announce } from '~/ui/announce';
import { useConfirm } from '~/ui/Confirm';
import { toast } from '~/ui/toast';
import css from './Live.module.css';

const BUSY = new Set(['connected', 'held', 'connecting', 'reconnecting', 'offered']);

/** Another state for an agent: at once, or after the talk that goes on. What stops his work is asked about. */
export function StateHands({ agent }: { agent: LiveAgent }) {
  const { t } = useTranslation();
  const ask = useConfirm();
  const words = useDeskWords();
  const mayDirect = useCan('direct.agents');
  const [pending, setPending] = useState(false);
  const [refusal, setRefusal] = useState<string | null>(null);
  if (!mayDirect || agent.state === 'signed_out') return null;
  const run = async (verb: string, body?: object) => {
    setPending(true);
    setRefusal(null);
    try {
      await post(`/api/v1/agents/${agent.id}/${verb}`, body);
      const said = t(BUSY.has(agent.state) ? 'supervision.state.after' : 'supervision.state.done', {
        name: agent.name,
      });
      announce(said);
      toast(said);
    } catch (error) {
      setRefusal(problemText(error));
    } finally {
      setPending(false);
    }
  };
  const pause = async (reasonId: number, reason: string) => {
    const sure = await ask({
      title: t('supervision.state.not_ready_title'),
      text: t('supervision.state.not_ready_text', { name: agent.name, reason }),
      confirm: t('supervision.state.not_ready'),
    });
    if (sure) await run('not-ready', { reason_id: reasonId });
  };
  const signOut = async () => {
    const sure = await ask({
      title: t('supervision.state.sign_out_title'),
      text: t('supervision.state.sign_out_text', { name: agent.name }),
      confirm: t('supervision.state.sign_out'),
      danger: true,
    });
    if (sure) await run('sign-out');
  };
  return (
    <div className={css.inHand}>
      <Menu position="bottom-start" width={260} withinPortal zIndex={350}>
        <Menu.Target>
          <Button
            variant="default"
            loading={pending}
            rightSection={<ChevronDown size={15} aria-hidden />}
            style={{ justifySelf: 'start' }}
          >
            {t('supervision.state.change')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {agent.state === 'ready' ? null : (
            <Menu.Item onClick={() => void run('ready')}>{t('supervision.state.ready')}</Menu.Item>
          )}
          <Menu.Label>{t('supervision.state.not_ready')}</Menu.Label>
          {words.settings.reasons.map((reason) => (
            <Menu.Item
              key={reason.id}
              disabled={agent.state === 'not_ready' && agent.reason_id === reason.id}
              onClick={() => void pause(reason.id, named(reason))}
            >
              {named(reason)}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item color="red" onClick={() => void signOut()}>
            {t('supervision.state.sign_out')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {refusal ? (
        <p className={css.assignHint} role="alert" data-refusal>
          {refusal}
        </p>
      ) : null}
    </div>
  );
}

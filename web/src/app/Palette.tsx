import '@mantine/spotlight/styles.layer.css';
import { createSpotlight, Spotlight, type SpotlightActionData } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { Coffee, Hourglass, Phone, PhoneForwarded, PhoneOff, Search, Users } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { named, useDeskWords, useMe } from '~/api/session';
import { type KeyMap, keyLabel } from '~/lib/keys';
import { dialable, looksDialable, prettyNumber } from '~/lib/number';
import { openTargets } from '~/phone/Targets';
import { type DeskActions, useDeskActions } from '~/phone/useDeskActions';
import { PAGES } from './pages';

const [store, spotlight] = createSpotlight();

/** Ctrl+K: pages, what the desk allows now, and a number to dial as soon as one is typed. */
export default function Palette(props: { onClose: () => void; keys: KeyMap }) {
  return useMe().agent ? <AgentPalette {...props} /> : <Palettes {...props} desk={null} />;
}

function AgentPalette(props: { onClose: () => void; keys: KeyMap }) {
  return <Palettes {...props} desk={useDeskActions()} />;
}

function Palettes({ onClose, keys, desk }: { onClose: () => void; keys: KeyMap; desk: DeskActions | null }) {
  const { t } = useTranslation();
  const me = useMe();
  const words = useDeskWords();
  const navigate = useNavigate();
  const [query, setQuery] = useState('');
  useEffect(() => {
    spotlight.open();
    return () => spotlight.close();
  }, []);
  const actions = useMemo<SpotlightActionData[]>(() => {
    const list: SpotlightActionData[] = [];
    const number = dialable(query);
    if (desk?.can('dial') && looksDialable(query)) {
      list.push({
        id: 'dial',
        label: t('shell.palette.dial', { number: prettyNumber(number) || number }),
        keywords: [query],
        leftSection: <Phone size={18} />,
        onClick: () => {
          void desk.dial(number);
          void navigate({ to: '/desk' });
        },
      });
    }
    for (const page of PAGES.filter((it) => it.isSeenBy(me))) {
      const Icon = page.icon ?? Search;
      list.push({
        id: page.path,
        label: t(`shell.page.${page.key}`),
        leftSection: <Icon size={18} />,
        onClick: () => void navigate({ to: page.path }),
      });
    }
    if (desk?.can('ready')) {
      list.push({
        id: 'ready',
        label: t('common.state.ready'),
        rightSection: <kbd className="kbd">{keyLabel(keys.ready)}</kbd>,
        leftSection: <Phone size={18} />,
        onClick: () => void desk.ready(),
      });
    }
    if (desk?.can('not_ready')) {
      for (const reason of words.settings.reasons) {
        list.push({
          id: `reason ${reason.id}`,
          label: named(reason),
          description: t('common.state.not_ready'),
          leftSection: <Coffee size={18} />,
          onClick: () => void desk.notReady(reason.id),
        });
      }
    }
    if (desk?.can('finish_wrap_up')) {
      list.push({
        id: 'finish',
        label: t('shell.key.finish_wrap_up'),
        leftSection: <Hourglass size={18} />,
        onClick: () => void desk.finishWrapUp(),
      });
    }
    if (desk?.can('transfer')) {
      list.push({
        id: 'transfer',
        label: t('shell.key.transfer'),
        rightSection: <kbd className="kbd">{keyLabel(keys.transfer)}</kbd>,
        leftSection: <PhoneForwarded size={18} />,
        onClick: () => openTargets('customer'),
      });
    }
    if (desk?.can('call_colleague')) {
      list.push({
        id: 'colleague',
        label: t('shell.key.colleague'),
        rightSection: <kbd className="kbd">{keyLabel(keys.colleague)}</kbd>,
        leftSection: <Users size={18} />,
        onClick: () => openTargets('colleague'),
      });
    }
    if (desk?.can('hang_up')) {
      list.push({
        id: 'hang_up',
        label: t('shell.key.hang_up'),
        rightSection: <kbd className="kbd">{keyLabel(keys.hang_up)}</kbd>,
        leftSection: <PhoneOff size={18} />,
        onClick: () => void desk.hangUp(),
      });
    }
    return list;
  }, [query, desk, me, words, keys, navigate, t]);
  return (
    <Spotlight
      store={store}
      actions={actions}
      query={query}
      onQueryChange={setQuery}
      shortcut={null}
      highlightQuery
      scrollable
      centered={false}
      yOffset="12vh"
      overlayProps={{ backgroundOpacity: 0.35, blur: 0 }}
      maxHeight={420}
      nothingFound={t('shell.palette.nothing')}
      onSpotlightClose={onClose}
      searchProps={{
        leftSection: <Search size={18} />,
        placeholder: t(desk ? 'shell.palette.hint_agent' : 'shell.palette.hint'),
        'aria-label': t('common.search'),
      }}
    />
  );
}

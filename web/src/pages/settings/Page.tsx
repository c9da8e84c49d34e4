import { Tabs } from '@mantine/core';
import { Headphones, Keyboard, KeyRound, Link2, MonitorSmartphone, Palette } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useMe } from '~/api/session';
import { useAddress } from '~/ui/useAddress';
import { Appearance } from './Appearance';
import { HotKeys } from './HotKeys';
import { Links } from './Links';
import { Password } from './Password';
import css from './Settings.module.css';
import { SignIns } from './SignIns';
import { Sound } from './Sound';

const PARTS = [
  ['sound', Headphones, Sound],
  ['appearance', Palette, Appearance],
  ['keys', Keyboard, HotKeys],
  ['links', Link2, Links],
  ['password', KeyRound, Password],
  ['sign_ins', MonitorSmartphone, SignIns],
] as const;

export default function SettingsPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [address, setAddress] = useAddress();
  const parts = PARTS.filter(([key]) => (key !== 'sound' && key !== 'links') || me.agent);
  const part = parts.find(([key]) => key === address.part)?.[0] ?? parts[0]![0];
  return (
    <div
      className={css.page}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling box must be reachable by keyboard
      tabIndex={0}
    >
      <Tabs
        value={part}
        onChange={(value) => setAddress({ part: value })}
        orientation="vertical"
        variant="pills"
        keepMounted={false}
        classNames={{ root: css.tabs!, list: css.list!, panel: css.panel! }}
      >
        <Tabs.List aria-label={t('shell.page.settings')}>
          {parts.map(([key, Icon]) => (
            <Tabs.Tab key={key} value={key} leftSection={<Icon size={16} aria-hidden />}>
              {t(`settings.${key}.title`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {parts.map(([key, , Part]) => (
          <Tabs.Panel key={key} value={key}>
            <section className={`panel ${css.card}`}>
              <h2>{t(`settings.${key}.title`)}</h2>
              <Part />
            </section>
          </Tabs.Panel>
        ))}
      </Tabs>
    </div>
  );
}

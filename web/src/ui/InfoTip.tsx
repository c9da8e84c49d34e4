import { HoverCard, UnstyledButton } from '@mantine/core';
import { CircleHelp } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './InfoTip.module.css';

/** The definition of a measure, one hover or Tab away from its number. */
export function InfoTip({
  title,
  asLabel = false,
  children,
}: {
  title: string;
  /** The title itself is what one points at, where a mark beside it has no room. */
  asLabel?: boolean;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  return (
    <HoverCard width={300} shadow="md" openDelay={150} withArrow position="top">
      <HoverCard.Target>
        {asLabel ? (
          <UnstyledButton className={css.label} aria-label={t('common.definition', { name: title })}>
            {title}
          </UnstyledButton>
        ) : (
          <UnstyledButton className={css.button} aria-label={t('common.definition', { name: title })}>
            <CircleHelp size={13} aria-hidden />
          </UnstyledButton>
        )}
      </HoverCard.Target>
      <HoverCard.Dropdown className={css.card}>
        <b>{title}</b>
        <div>{children}</div>
      </HoverCard.Dropdown>
    </HoverCard>
  );
}

import { Button, Skeleton } from '@mantine/core';
import { Info, type LucideIcon, RotateCw, SearchX, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import css from './Notice.module.css';

/** Nothing here yet: says why and what the next step is. */
export function EmptyState({
  title,
  text,
  icon: Icon = SearchX,
  children,
}: {
  title: string;
  text?: string;
  icon?: LucideIcon;
  children?: ReactNode;
}) {
  return (
    <div className={css.box}>
      <span className={css.icon}>
        <Icon size={20} aria-hidden />
      </span>
      <h2>{title}</h2>
      {text ? <p>{text}</p> : null}
      {children}
    </div>
  );
}

/** It did not work: what, why if known, and again. */
export function ErrorState({
  title,
  text,
  onRetry,
}: {
  title?: string;
  text?: string;
  onRetry?: () => void;
}) {
  const { t } = useTranslation();
  return (
    <div className={css.box} role="alert">
      <span className={css.icon} data-tone="bad">
        <TriangleAlert size={20} aria-hidden />
      </span>
      <h2>{title ?? t('common.error.title')}</h2>
      <p>{text ?? t('common.error.text')}</p>
      {onRetry ? (
        <Button variant="default" leftSection={<RotateCw size={15} />} onClick={onRetry}>
          {t('common.retry')}
        </Button>
      ) : null}
    </div>
  );
}

export function Loading({ rows = 6, height = 22 }: { rows?: number; height?: number }) {
  const { t } = useTranslation();
  return (
    <div className={css.loading} role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, i) => (
        <Skeleton key={i} height={height} width={`${100 - ((i * 17) % 40)}%`} />
      ))}
    </div>
  );
}

/** A line over the page that stays until its cause is gone. */
export function Banner({
  tone,
  icon: Icon = tone === 'info' ? Info : TriangleAlert,
  children,
  action,
}: {
  tone: 'bad' | 'warn' | 'info';
  icon?: LucideIcon;
  children: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className={css.banner} data-tone={tone} role={tone === 'info' ? 'status' : 'alert'}>
      <span>
        <Icon size={16} aria-hidden />
        <span>{children}</span>
      </span>
      {action}
    </div>
  );
}

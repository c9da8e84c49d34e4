import { lazy, Suspense, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OwnCall } from '~/api/types';
import { useDesk, useLink } from '~/live/hooks';
import { live } from '~/live/store';
import { usePhone } from '~/phone/PhoneProvider';
import { Loading } from '~/ui/Notice';
import { CustomerCard } from './CustomerCard';
import { DayNumbers } from './DayNumbers';
import css from './Desk.module.css';
import { GuardHint } from './GuardHint';
import { Lists } from './Lists';
import { Between, Facts } from './Middle';
import { OutcomeForm } from './OutcomeForm';
import { sendLeftDrafts } from './outcome';
import { PhonePanel } from './PhonePanel';
import { useSubject } from './subject';

const ScreenPop = lazy(() => import('./ScreenPop'));

export default function DeskPage() {
  const desk = useDesk();
  const link = useLink();
  const { t } = useTranslation();
  const { kind } = usePhone();
  const [picked, setPicked] = useState<OwnCall | null>(null);
  const subject = useSubject(desk, picked);
  const isCurrent = subject?.isCurrent ?? false;
  useEffect(() => {
    if (isCurrent) setPicked(null);
  }, [isCurrent]);
  useEffect(() => {
    if (link === 'open') {
      void sendLeftDrafts(live.desk?.interaction?.id ?? live.desk?.wrap_up?.interaction_id ?? null);
    }
  }, [link]);
  return (
    <div className={css.page}>
      <div className={css.left}>
        <div className={`panel ${css.phone}`}>
          {kind === 'none' ? (
            <p className={css.idle}>{t('phone.health.device.none')}</p>
          ) : desk ? (
            <PhonePanel subject={subject} />
          ) : (
            <Loading rows={2} />
          )}
        </div>
        <Lists picked={isCurrent ? null : (picked?.interaction_id ?? null)} onPick={setPicked} />
        <DayNumbers />
      </div>
      <div className={`panel ${css.middle}`}>
        <GuardHint agent={desk?.agent} />
        <Suspense fallback={null}>
          <ScreenPop />
        </Suspense>
        {subject ? (
          <Facts subject={subject} {...(isCurrent ? {} : { onClose: () => setPicked(null) })} />
        ) : (
          <Between />
        )}
        <OutcomeForm subject={subject} />
      </div>
      <CustomerCard subject={subject} />
    </div>
  );
}

import { useTranslation } from 'react-i18next';
import type { InteractionDetail, LinkRow } from '~/api/gen/types.gen';
import { Chip } from '~/ui/Chip';
import { decimal } from '~/ui/decimal';
import css from './Interactions.module.css';
import { Part } from './Part';

const TONE = { good: 'ok', fair: 'warn', bad: 'bad' } as const;
const tone = (grade: string | null) => TONE[(grade ?? 'fair') as keyof typeof TONE] ?? 'mute';

/** How well both sides could hear each other, segment by segment. */
export function LinksPart({ it }: { it: InteractionDetail }) {
  const { t } = useTranslation();
  if (!it.segments.some((segment) => segment.talk_seconds > 0) && !it.links.length) return null;
  if (!it.links.length) {
    return (
      <Part title={t('link.title')}>
        <p className={css.hint}>{t('link.no_data')}</p>
      </Part>
    );
  }
  const name = (row: LinkRow) =>
    row.side === 'agent' && row.agent_name ? row.agent_name : t(`link.side.${row.side}`);
  return (
    <Part title={t('link.title')} hint={t('link.hint')}>
      <div className={css.scroll}>
        <table className={css.links}>
          <thead>
            <tr>
              <th scope="col">{t('link.column.who')}</th>
              <th scope="col">{t('link.column.way')}</th>
              <th scope="col">{t('link.column.source')}</th>
              <th scope="col">{t('link.column.mos')}</th>
              <th scope="col">{t('link.column.worst')}</th>
              <th scope="col">{t('link.column.loss')}</th>
              <th scope="col">{t('link.column.jitter')}</th>
              <th scope="col">{t('link.column.trip')}</th>
            </tr>
          </thead>
          <tbody>
            {it.links.map((row) => (
              <tr key={`${row.leg_id}/${row.segment_id}/${row.source}/${row.way}`}>
                <th scope="row">{name(row)}</th>
                <td>{t(`link.way.${row.way as 'heard' | 'sent'}`)}</td>
                <td>{t(`link.source.${row.source as 'browser' | 'media_server'}`)}</td>
                <td>
                  {row.mos === null ? (
                    t('link.none')
                  ) : (
                    <Chip tone={tone(row.grade)}>
                      <span className="num">{decimal(row.mos, 1)}</span>
                    </Chip>
                  )}
                </td>
                <td className="num">{row.worst_mos === null ? '—' : decimal(row.worst_mos, 1)}</td>
                <td className="num">{decimal(row.loss_percent, 1)} %</td>
                <td className="num">{Math.round(row.jitter_ms)}</td>
                <td className="num">{row.round_trip_ms === null ? '—' : Math.round(row.round_trip_ms)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Part>
  );
}

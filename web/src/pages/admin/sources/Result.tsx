import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { ImportResult } from '~/api/gen/types.gen';
import { textOf } from '~/i18n';
import { count, day, dayTime, duration, share } from '~/lib/format';
import { Chip } from '~/ui/Chip';
import { OutcomeChip } from '~/ui/OutcomeChip';
import { PhoneNumber } from '~/ui/PhoneNumber';
import css from '../Sources.module.css';

const TOTALS = [
  'interactions',
  'answered',
  'abandoned',
  'timed_out',
  'left_otherwise',
  'transferred',
  'unfinished',
  'already_known',
  'ignored_lines',
  'rejected_count',
] as const;

/** What files came to, or would come to: totals, queues, agents, the first interactions, rows not understood. */
export function Result({ result }: { result: ImportResult }) {
  const { t } = useTranslation();
  return (
    <div className={css.found}>
      <dl className={css.totals}>
        {TOTALS.map((name) => (
          <div key={name}>
            <dt>{t(`admin.sources.total.${name}`)}</dt>
            <dd className="num">{count(result[name])}</dd>
          </div>
        ))}
      </dl>
      {result.first && result.last ? (
        <p className="muted">
          {t('admin.sources.period')}: {day(result.first)} – {day(result.last)}
        </p>
      ) : null}
      {result.queues.length ? (
        <section>
          <h4>{t('admin.sources.kinds.queue')}</h4>
          <Table.ScrollContainer minWidth={620}>
            <Table>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('lists.queue')}</Table.Th>
                  {(
                    ['offered', 'answered', 'abandoned', 'overflow', 'service_level', 'wait', 'talk'] as const
                  ).map((name) => (
                    <Table.Th key={name} className={css.figure}>
                      {t(`admin.sources.figure.${name}`)}
                    </Table.Th>
                  ))}
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {result.queues.map((queue) => (
                  <Table.Tr key={queue.queue}>
                    <Table.Td>{queue.queue}</Table.Td>
                    <Table.Td className={css.figure}>{count(queue.offered)}</Table.Td>
                    <Table.Td className={css.figure}>{count(queue.answered)}</Table.Td>
                    <Table.Td className={css.figure}>{count(queue.abandoned)}</Table.Td>
                    <Table.Td className={css.figure}>{count(queue.overflow)}</Table.Td>
                    <Table.Td className={css.figure}>{share(queue.service_level)}</Table.Td>
                    <Table.Td className={css.figure}>{duration(queue.average_wait_seconds)}</Table.Td>
                    <Table.Td className={css.figure}>{duration(queue.average_talk_seconds)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </section>
      ) : null}
      {result.agents.length ? (
        <section>
          <h4>{t('admin.sources.kinds.agent')}</h4>
          <ul className={css.chips}>
            {result.agents.map((agent) => (
              <li key={agent.agent}>
                <Chip tone={agent.is_new ? 'warn' : 'mute'}>
                  {agent.agent}: {count(agent.answered)}
                  {agent.is_new ? ` · ${t('admin.sources.new_agent')}` : ''}
                </Chip>
              </li>
            ))}
          </ul>
        </section>
      ) : null}
      {result.interactions_first.length ? (
        <section>
          <h4>{t('admin.sources.first_calls')}</h4>
          <Table.ScrollContainer minWidth={620} mah={320}>
            <Table>
              <Table.Tbody>
                {result.interactions_first.map((one, place) => (
                  <Table.Tr key={`${one.started_at}/${place}`}>
                    <Table.Td className="num">{dayTime(one.started_at)}</Table.Td>
                    <Table.Td>
                      <PhoneNumber value={one.number} />
                    </Table.Td>
                    <Table.Td>{one.queues.join(' → ')}</Table.Td>
                    <Table.Td>{one.agents.join(' → ') || '—'}</Table.Td>
                    <Table.Td>
                      <OutcomeChip outcome={one.outcome} />
                    </Table.Td>
                    <Table.Td className={css.figure}>{duration(one.wait_seconds)}</Table.Td>
                    <Table.Td className={css.figure}>
                      {one.talk_seconds ? duration(one.talk_seconds) : '—'}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </section>
      ) : null}
      {result.rejected.length ? (
        <section>
          <h4>
            {t('admin.sources.unread')} {count(result.rejected_count)}
          </h4>
          <Table.ScrollContainer minWidth={520} mah={240}>
            <Table>
              <Table.Tbody>
                {result.rejected.map((row) => (
                  <Table.Tr key={`${row.file}:${row.line}:${row.reason}`}>
                    <Table.Td className="num">
                      {row.file}:{row.line}
                    </Table.Td>
                    <Table.Td>{textOf(`admin.sources.reasons.${row.reason}`) ?? row.reason}</Table.Td>
                    <Table.Td>
                      <code className={css.row} title={row.text}>
                        {row.text}
                      </code>
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </section>
      ) : null}
    </div>
  );
}

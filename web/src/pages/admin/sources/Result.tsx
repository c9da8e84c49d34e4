import { Button, Table } from '@mantine/core';
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

/** The pattern that fits this name alone. */
const patternOf = (name: string) => name.replace(/[[*?]/g, '[$&]');

/** What files came to, or would come to: totals, queues, agents, the first interactions, rows not understood. */
export function Result({
  result,
  onInbound,
}: {
  result: ImportResult;
  /** Takes calls of a context as from outside, while nothing is stored. */
  onInbound?: ((pattern: string) => void) | undefined;
}) {
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
      {result.left_out.length ? (
        <section>
          <h4>{t('admin.sources.left_out.title')}</h4>
          <p className="muted">{t('admin.sources.left_out.about')}</p>
          <ul className={css.leftOut}>
            {result.left_out.map((one) => (
              <li key={one.context}>
                <code title={one.context}>{one.context}</code>
                <span className="num">{t('admin.sources.left_out.calls', { count: one.calls })}</span>
                {onInbound ? (
                  <Button
                    size="compact-xs"
                    variant="default"
                    aria-label={t('admin.sources.left_out.take_of', { name: one.context })}
                    onClick={() => onInbound(patternOf(one.context))}
                  >
                    {t('admin.sources.left_out.take')}
                  </Button>
                ) : null}
              </li>
            ))}
          </ul>
        </section>
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

import { Modal, Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { PracticeRow } from '~/api/gen';
import { named, useDeskWords } from '~/api/session';
import { clock, count, duration } from '~/lib/format';

/** What was done with each robot: how soon answered, talk, hold, wrap-up, the outcome chosen. */
export function PracticeResult({ practice, onClose }: { practice: PracticeRow; onClose: () => void }) {
  const { t } = useTranslation();
  const words = useDeskWords();
  const { calls } = practice;
  return (
    <Modal
      opened
      onClose={onClose}
      size={760}
      title={t('team.practice.result')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <p className="muted">
        {t('team.practice.sum', {
          count: calls.length,
          n: count(calls.length),
          missed: count(practice.missed),
          from: practice.started_at ? clock(practice.started_at) : '',
          to: practice.ended_at ? clock(practice.ended_at) : '…',
        })}
      </p>
      {calls.length ? (
        <Table.ScrollContainer minWidth={560}>
          <Table>
            <Table.Thead>
              <Table.Tr>
                {(['at', 'answer', 'talk', 'hold', 'wrap_up', 'outcome'] as const).map((key) => (
                  <Table.Th key={key}>{t(`team.practice.column.${key}`)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {calls.map((it) => {
                const disposition = words.disposition(it.disposition_id);
                return (
                  <Table.Tr key={it.interaction_id}>
                    <Table.Td className="num">{clock(it.at)}</Table.Td>
                    <Table.Td className="num">{duration(it.answer_seconds)}</Table.Td>
                    <Table.Td className="num">{duration(it.talk_seconds)}</Table.Td>
                    <Table.Td className="num">{duration(it.hold_seconds)}</Table.Td>
                    <Table.Td className="num">{duration(it.wrap_up_seconds)}</Table.Td>
                    <Table.Td>
                      {[
                        disposition ? named(disposition) : t('team.practice.no_outcome'),
                        it.is_transferred ? t('team.practice.transferred') : '',
                        it.note,
                      ]
                        .filter(Boolean)
                        .join(' · ')}
                    </Table.Td>
                  </Table.Tr>
                );
              })}
            </Table.Tbody>
          </Table>
        </Table.ScrollContainer>
      ) : (
        <p>{t('team.practice.nothing')}</p>
      )}
    </Modal>
  );
}

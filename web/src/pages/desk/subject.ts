import { useRef } from 'react';
import type { OwnCall } from '~/api/types';
import type { DeskBody, DeskInteraction } from '~/live/types';

/** The interaction that the middle and the right of the desk are about. */
export interface Subject {
  id: string;
  /** It is on the agent's hands now, in whatever phase, wrap-up included. */
  isCurrent: boolean;
  party_id: string | null;
  number: string;
  customer_name: string;
  queue_id: number | null;
  direction: 'inbound' | 'outbound';
  disposition_id: number | null;
  note: string;
  interaction: DeskInteraction | null;
}

const partyText = (party: string | number | null): string | null =>
  party === null || party === '' || String(party) === '0' ? null : String(party);

function ofInteraction(it: DeskInteraction): Subject {
  return {
    id: it.id,
    isCurrent: true,
    party_id: partyText(it.party_id),
    number: it.number ?? '',
    customer_name: it.customer_name ?? '',
    queue_id: it.queue_id,
    direction: it.direction,
    disposition_id: it.disposition_id,
    note: it.note ?? '',
    interaction: it,
  };
}

/** The current interaction wins over one picked from the list; in wrap-up the last one stays though it has ended. */
export function useSubject(desk: DeskBody | null, picked: OwnCall | null): Subject | null {
  const last = useRef<DeskInteraction | null>(null);
  if (desk?.interaction) last.current = desk.interaction;
  if (desk?.interaction) return ofInteraction(desk.interaction);
  if (desk?.wrap_up) {
    const id = desk.wrap_up.interaction_id;
    if (last.current?.id === id) return ofInteraction(last.current);
    return {
      id,
      isCurrent: true,
      party_id: null,
      number: '',
      customer_name: '',
      queue_id: null,
      direction: 'inbound',
      disposition_id: null,
      note: '',
      interaction: null,
    };
  }
  if (!picked) return null;
  return {
    id: picked.interaction_id,
    isCurrent: false,
    party_id: picked.party_id,
    number: picked.number,
    customer_name: picked.customer_name,
    queue_id: picked.queue_id,
    direction: picked.direction,
    disposition_id: picked.disposition_id,
    note: '',
    interaction: null,
  };
}

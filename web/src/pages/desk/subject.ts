import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { get } from '~/api/client';
import type { InteractionDetail } from '~/api/gen';
import { useCan } from '~/api/session';
import type { OwnCall } from '~/api/types';
import type { DeskBody, DeskInteraction } from '~/live/types';
import { useCustomer } from '~/phone/useCustomer';

/** The interaction that the middle and the right of the desk are about. */
export interface Subject {
  id: string;
  /** It is on the agent's hands now, in whatever phase, wrap-up included. */
  isCurrent: boolean;
  party_id: string | null;
  number: string;
  customer_name: string;
  queue_id: number | null;
  direction: 'inbound' | 'outbound' | 'internal';
  disposition_id: number | null;
  note: string;
  /** False until the server's note is at hand: an outcome must not be saved over a note that was never seen. */
  isKnown: boolean;
  interaction: DeskInteraction | null;
}

/** A consultation or a call of two colleagues: it has no outcome of its own. */
export const isInternal = (subject: Subject): boolean => subject.direction === 'internal';

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
    isKnown: true,
    interaction: it,
  };
}

/** The current interaction wins over one picked from the list; in wrap-up the last one stays though it has ended. */
export function useSubject(desk: DeskBody | null, picked: OwnCall | null): Subject | null {
  const last = useRef<DeskInteraction | null>(null);
  const earlier = useEarlier(picked);
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
      isKnown: false,
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
    disposition_id: earlier ? earlier.disposition_id : picked.disposition_id,
    note: earlier?.note ?? '',
    isKnown: earlier !== undefined,
    interaction: null,
  };
}

/** What was written about a call picked from the list: by its own page, or as one of the customer's. */
function useEarlier(picked: OwnCall | null): { disposition_id: number | null; note: string } | undefined {
  const mayLook = useCan('view.interactions');
  const { data: detail } = useQuery({
    queryKey: ['interaction', picked?.interaction_id],
    queryFn: ({ signal }) =>
      get<InteractionDetail>(`/api/v1/interactions/${picked?.interaction_id}`, {}, signal),
    enabled: picked !== null && mayLook,
    staleTime: 0,
  });
  const { data: customer } = useCustomer(mayLook ? null : picked?.party_id);
  if (!picked) return undefined;
  if (detail?.interaction_id === picked.interaction_id) return detail;
  return customer?.interactions.find((it) => it.interaction_id === picked.interaction_id);
}

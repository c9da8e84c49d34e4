import { useQuery } from '@tanstack/react-query';
import { get } from '~/api/client';
import type { Customer } from '~/api/types';

const known = (id: string | number | null | undefined): boolean =>
  id !== null && id !== undefined && id !== '' && String(id) !== '0';

/** The key of a card: of a number, or of an interaction in which the customer typed who he is. */
export const customerKey = (
  partyId: string | number | null | undefined,
  interactionId?: string | number | null,
) => ['customer', String(partyId ?? ''), String(interactionId ?? '')] as const;

/** Where a card is read and written. */
export const customerPath = (partyId: string | number | null | undefined): string =>
  `/api/v1/customers/by-party/${encodeURIComponent(String(partyId || 0))}`;

/** The customer behind a number: name, note, earlier interactions. Asked for as soon as it rings. */
export const useCustomer = (
  partyId: string | number | null | undefined,
  interactionId?: string | number | null,
) =>
  useQuery({
    queryKey: customerKey(partyId, interactionId),
    queryFn: ({ signal }) =>
      get<Customer>(
        customerPath(partyId),
        known(interactionId) ? { interaction_id: String(interactionId) } : {},
        signal,
      ),
    enabled: known(partyId),
    staleTime: 10_000,
  });

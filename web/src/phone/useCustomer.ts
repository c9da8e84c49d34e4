import { useQuery } from '@tanstack/react-query';
import { get } from '~/api/client';
import type { Customer } from '~/api/types';

/** The customer behind a number: name, note, earlier interactions. Asked for as soon as it rings. */
export const useCustomer = (partyId: string | number | null | undefined) =>
  useQuery({
    queryKey: ['customer', String(partyId ?? '')],
    queryFn: ({ signal }) =>
      get<Customer>(`/api/v1/customers/by-party/${encodeURIComponent(String(partyId))}`, {}, signal),
    enabled: partyId !== null && partyId !== undefined && partyId !== '' && String(partyId) !== '0',
    staleTime: 10_000,
  });

import { useQuery } from '@tanstack/react-query';
import { get } from '~/api/client';
import type { VoicemailCount } from '~/api/gen/types.gen';
import css from './Badge.module.css';

const REFRESH_MS = 20_000;
const MOST = 99;

/** How many messages nobody has handled, on the way to their page. */
export default function Badge() {
  const { data } = useQuery({
    queryKey: ['voicemails', 'count'],
    queryFn: ({ signal }) => get<VoicemailCount>('/api/v1/voicemails/count', {}, signal),
    refetchInterval: REFRESH_MS,
  });
  if (!data?.open) return null;
  return <span className={`num ${css.badge}`}>{data.open > MOST ? `${MOST}+` : data.open}</span>;
}

import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { lazy, type ReactNode, Suspense, useCallback, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { get, onSignedOut, Problem, problemText, tellSignedOut } from '~/api/client';
import { MeProvider, useMe } from '~/api/session';
import type { Me } from '~/api/types';
import { LiveProvider } from '~/live/LiveProvider';
import { PhoneProvider } from '~/phone/PhoneProvider';
import { ReadyGate } from '~/phone/ReadyGate';
import { ErrorState, Loading } from '~/ui/Notice';
import { firstPage, type PageLine } from './pages';
import { Shell } from './Shell';

const SignInPage = lazy(() => import('~/pages/signin/SignIn'));
const ChangePassword = lazy(() => import('~/pages/signin/ChangePassword'));

/** The gate: signs in first, then a new password if one is due, then the product. The address stays as it was. */
export function Inside() {
  const queries = useQueryClient();
  const {
    data: me,
    error,
    isPending,
    refetch,
  } = useQuery({
    queryKey: ['me'],
    queryFn: async ({ signal }) => {
      try {
        return await get<Me>('/api/v1/me', {}, signal);
      } catch (problem) {
        if (problem instanceof Problem && problem.status === 401) return null;
        throw problem;
      }
    },
    // Rights may change, and a sign-in may be ended elsewhere: looked at again when the window is looked at.
    staleTime: 60_000,
    retry: (tries, problem) => tries < 5 && !(problem instanceof Problem && problem.status === 403),
    retryDelay: (tries) => Math.min(4000, 400 * 2 ** tries),
  });
  useEffect(
    () =>
      onSignedOut(() => {
        if (queries.getQueryData(['me']) === null) return;
        // Nothing of one person may be seen by the next one at this desk.
        queries.removeQueries({
          predicate: (query) => !['me', 'public'].includes(String(query.queryKey[0])),
        });
        queries.setQueryData(['me'], null);
      }),
    [queries],
  );
  const onBye = useCallback(
    (code: string) => {
      if (code === 'new_build') return;
      queries.setQueryData(['signed-out-because'], code);
      tellSignedOut();
    },
    [queries],
  );
  if (isPending) return <Loading rows={10} />;
  if (error && !me) return <ErrorState text={problemText(error)} onRetry={() => void refetch()} />;
  if (!me) {
    return (
      <Suspense fallback={null}>
        <SignInPage onDone={(next) => queries.setQueryData(['me'], next)} />
      </Suspense>
    );
  }
  if (me.must_change_password) {
    return (
      <MeProvider me={me}>
        <Suspense fallback={null}>
          <ChangePassword onDone={() => void refetch()} />
        </Suspense>
      </MeProvider>
    );
  }
  return (
    <MeProvider me={me} key={me.person_id}>
      <LiveProvider onBye={onBye}>
        {me.agent ? (
          <PhoneProvider>
            <ReadyGate>
              <Shell />
            </ReadyGate>
          </PhoneProvider>
        ) : (
          <Shell />
        )}
      </LiveProvider>
    </MeProvider>
  );
}

export function Home() {
  return <Navigate to={firstPage(useMe())} replace />;
}

/** The server refuses in any case; here the person is told before anything is asked. */
export function Seen({ page, children }: { page: PageLine; children: ReactNode }) {
  const { t } = useTranslation();
  const me = useMe();
  if (page.isSeenBy(me)) return children;
  return <ErrorState title={t('shell.forbidden_title')} text={t('shell.forbidden_text')} />;
}

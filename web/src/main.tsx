import './app/firstStyles';
import '@fontsource-variable/inter/wght.css';
import './app/tokens.css';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { wasAgentHere } from './api/session';
import { router } from './app/router';
import { theme } from './app/theme';
import { startLanguage } from './i18n';
import { preloadPhone } from './phone/jssip';
import { Announcer } from './ui/announce';
import { ConfirmProvider } from './ui/Confirm';
import { Toasts } from './ui/toast';

// An agent's browser: after a reload in a talk the customer waits in music for these 52 KB.
if (wasAgentHere()) void preloadPhone();

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 30_000, retry: 1 }, mutations: { retry: false } },
});

void startLanguage().then(() =>
  createRoot(document.getElementById('root')!).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <MantineProvider theme={theme} defaultColorScheme="auto">
          <Toasts />
          <ConfirmProvider>
            <RouterProvider router={router} />
          </ConfirmProvider>
          <Announcer />
        </MantineProvider>
      </QueryClientProvider>
    </StrictMode>,
  ),
);

const idle = window.requestIdleCallback ?? ((run: () => void) => setTimeout(run, 300));
idle(() => void import('./app/everyStyle'));

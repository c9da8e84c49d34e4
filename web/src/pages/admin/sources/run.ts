import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { get, Problem } from '~/api/client';
import type { ImportRunRow, SentFileRow } from '~/api/gen/types.gen';

const LOOK_MS = 700;

/** How far an import is, until it is over; then everything that is shown of sources is asked anew. */
export function useRun(id: number | null): ImportRunRow | null {
  const queries = useQueryClient();
  const { data } = useQuery({
    queryKey: ['source-run', id],
    queryFn: ({ signal }) => get<ImportRunRow>(`/api/v1/sources/runs/${id}`, {}, signal),
    enabled: id !== null,
    refetchInterval: ({ state }) => (state.data && state.data.state !== 'running' ? false : LOOK_MS),
  });
  const isOver = data !== undefined && data.state !== 'running' && data.kind !== 'preview';
  useEffect(() => {
    if (!isOver) return;
    for (const key of ['sources', 'source', 'report', 'interactions']) {
      void queries.invalidateQueries({ queryKey: [key] });
    }
  }, [isOver, queries]);
  return data ?? null;
}

/** A file as large as logs are: written to the server's disk as it comes, with how far it is. */
export function sendLog(file: File, onShare: (share: number) => void): Promise<SentFileRow> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open('POST', `/api/v1/sources/files?name=${encodeURIComponent(file.name)}`);
    request.setRequestHeader('X-Otklik', '1');
    request.setRequestHeader('Content-Type', 'application/octet-stream');
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onShare(event.loaded / event.total);
    };
    request.onerror = () => failed(new Problem(0, 'network'));
    request.onload = () => {
      const body = JSON.parse(request.responseText || '{}') as SentFileRow & { code?: string };
      if (request.status < 300) done(body);
      else failed(new Problem(request.status, body.code ?? `http_${request.status}`));
    };
    request.send(file);
  });
}

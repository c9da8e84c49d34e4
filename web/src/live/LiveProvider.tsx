import { createContext, type ReactNode, useContext, useEffect, useState } from 'react';
import { connectLive, type LiveSocket, realPorts } from './socket';
import { live } from './store';
import type { Topic } from './types';

const Context = createContext<LiveSocket | null>(null);

/** Holds the tab's socket as long as it is mounted: inside a sign-in, or on a wall with its token. */
export function LiveProvider({
  children,
  wallToken,
  onBye,
}: {
  children: ReactNode;
  wallToken?: string;
  onBye?: (code: string) => void;
}) {
  const [socket, setSocket] = useState<LiveSocket | null>(null);
  useEffect(() => {
    const it = connectLive(live, realPorts(wallToken), onBye);
    setSocket(it);
    return () => it.close();
  }, [wallToken, onBye]);
  return <Context value={socket}>{children}</Context>;
}

/** The tab's socket; null before it is there. */
export const useLiveSocket = (): LiveSocket | null => useContext(Context);

/** Asks the server for a topic while the component is mounted. */
export function useTopic(topic: Topic, wanted = true): void {
  const socket = useContext(Context);
  useEffect(() => (wanted ? socket?.want(topic) : undefined), [socket, topic, wanted]);
}

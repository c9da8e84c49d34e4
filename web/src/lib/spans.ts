const DAY = 86_400;

/** Seconds of a duration as the server writes it in facts (PT20S, P1DT2.5S); 0 for anything else. */
export const secondsOf = (text: string): number => {
  const [, days = 0, rest = 0] = /^P(?:(\d+)D)?(?:T([\d.]+)S)?$/.exec(text) ?? [];
  return Number(days) * DAY + Number(rest);
};

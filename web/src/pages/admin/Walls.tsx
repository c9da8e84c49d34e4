import { useTranslation } from 'react-i18next';
import type { WallRow } from '~/api/gen/types.gen';
import { Keys } from './Keys';

/** Televisions that show the board and nothing else: each has an address of its own. */
export default function Walls() {
  const { t } = useTranslation();
  return (
    <Keys<WallRow>
      area="walls"
      bodyOf={(name) => ({ name })}
      shownOf={(row) => [
        [t('admin.walls.address'), `${location.origin}/wall?token=${encodeURIComponent(row.token ?? '')}`],
      ]}
    />
  );
}

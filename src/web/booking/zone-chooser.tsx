/** The choice of the time zone in which the page shows times. */
import { useId, useMemo } from 'preact/hooks';
import { visitorZone, zoneGroups } from './zones.ts';

export function ZoneChooser({ zone, onChange }: { zone: string; onChange: (zone: string) => void }) {
  const id = useId();
  const groups = useMemo(() => zoneGroups([visitorZone(), 'UTC', ...Intl.supportedValuesOf('timeZone')]), []);
  return (
    <div class="zone">
      <label for={id}>Time zone</label>
      <select id={id} value={zone} onChange={(event) => onChange(event.currentTarget.value)}>
        {groups.map(({ region, zones }) => (
          <optgroup label={region} key={region}>
            {zones.map(({ id: value, label }) => (
              <option value={value} key={value}>
                {label}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </div>
  );
}

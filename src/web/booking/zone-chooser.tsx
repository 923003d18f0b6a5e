/** The choice of the time zone in which the page shows times: a field that finds zones by what people call them. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { say } from '../words.ts';
import { cityOf } from '../zones/city.ts';
import type { FoundZone, ZoneSearch } from '../zones/search.ts';
import { usePreferences, useZoneWriter } from './preferences.ts';
import { loadZoneSearch } from './zone-loader.ts';

export interface ZoneChooserProps {
  readonly zone: string;
  /** Epoch milliseconds, for the time that it is there. */
  readonly now: number;
  readonly onChange: (zone: string) => void;
}

/** A combobox with a list, in the way of WAI-ARIA. */
export function ZoneChooser({ zone, now, onChange }: ZoneChooserProps) {
  const id = useId();
  const { hours } = usePreferences();
  const writer = useZoneWriter(zone);
  const field = useRef<HTMLInputElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [search, setSearch] = useState<ZoneSearch | null>(null);
  /** What is typed; null: the list is closed. */
  const [query, setQuery] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const isOpen = query !== null;
  const found = query !== null && search ? search.find(query, now) : [];
  const current = Math.min(active, found.length - 1);

  useEffect(() => {
    if (!isOpen) return;
    let isWanted = true;
    void loadZoneSearch(hours).then((loaded) => isWanted && setSearch(loaded));
    return () => {
      isWanted = false;
    };
  }, [isOpen, hours]);
  useEffect(() => {
    list.current?.children[current]?.scrollIntoView({ block: 'nearest' });
  }, [current, query]);

  function open() {
    if (isOpen) return;
    setQuery('');
    setActive(0);
  }
  function choose({ id: chosen }: FoundZone) {
    setQuery(null);
    onChange(chosen);
  }
  function onKeyDown(event: KeyboardEvent) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    const chosen = found[current];
    if (event.key === 'Escape' && isOpen) setQuery(null);
    else if (event.key === 'ArrowDown' && !isOpen) open();
    else if (event.key === 'ArrowDown') setActive(Math.min(current + 1, found.length - 1));
    else if (event.key === 'ArrowUp' && isOpen) setActive(Math.max(current - 1, 0));
    else if (event.key === 'Enter' && isOpen) {
      if (chosen) choose(chosen);
    } else return;
    event.preventDefault();
    // Escape closes what is open in front, and nothing behind it.
    event.stopPropagation();
  }
  const option = (i: number) => `${id}-${i}`;
  return (
    <div class="zone">
      <label for={id}>{say('zone.label')}</label>
      <input
        id={id}
        ref={field}
        role="combobox"
        type="text"
        autocomplete="off"
        spellcheck={false}
        aria-autocomplete="list"
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-activedescendant={isOpen && found.length > 0 ? option(current) : undefined}
        placeholder={say('zone.hint')}
        data-zone={zone}
        value={query ?? `${cityOf(zone)} (${writer.offset(now)}, ${writer.time(now)})`}
        onClick={open}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setQuery(null)}
      />
      {/* The field keeps the focus while a zone is pressed. */}
      <div
        id={`${id}-list`}
        class="zones"
        role="listbox"
        aria-label={say('zone.list')}
        ref={list}
        hidden={!isOpen || found.length === 0}
        onMouseDown={(event) => event.preventDefault()}
      >
        {found.map((each, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the field's, which keeps the focus.
          <div
            key={each.id}
            id={option(i)}
            role="option"
            tabIndex={-1}
            aria-selected={i === current}
            data-zone={each.id}
            onClick={() => choose(each)}
          >
            <span class="zone-city">
              {each.city}
              {each.country && <span class="zone-country">{each.country}</span>}
            </span>
            <span class="zone-time">
              {each.offset} · {each.time}
            </span>
          </div>
        ))}
      </div>
      <span class={query && search && found.length === 0 ? 'zone-none' : 'unseen'} role="status">
        {!query || !search
          ? ''
          : found.length === 0
            ? say('zone.none')
            : say('zone.found', { count: found.length })}
      </span>
    </div>
  );
}

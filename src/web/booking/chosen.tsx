/** The chosen time in full, in two zones, with a link to pass it on. It reserves nothing and does not say so either. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { writeChosen } from './address.ts';
import { createZoneWriter, visitorZone } from './zones.ts';

export interface ChosenProps {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly zone: string;
  /** It was offered, or linked to, and is not any more. */
  readonly gone: boolean;
  readonly onClose: () => void;
}

export function Chosen({ start, end, zone, gone, onClose }: ChosenProps) {
  const link = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => setCopied(false), [start]);
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key === 'Escape') onClose();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [onClose]);
  // The other zone is the visitor's own when the page speaks another, else UTC.
  const other = zone === visitorZone() ? 'UTC' : visitorZone();
  const address = `${location.origin}${location.pathname}${writeChosen(start)}`;
  const copy = async () => {
    link.current?.select();
    // Without https there is no clipboard; the selected text can be copied by hand.
    await navigator.clipboard?.writeText(address).then(
      () => setCopied(true),
      () => {},
    );
  };
  return (
    <section
      class={gone ? 'chosen chosen-gone' : 'chosen'}
      aria-labelledby="chosen-title"
      data-chosen={gone ? 'gone' : 'offered'}
    >
      <div class="chosen-what">
        <h2 id="chosen-title">Your time</h2>
        <p class="gone" role="status">
          {gone ? 'This time is no longer available. Please choose another.' : ''}
        </p>
        <InZone zone={zone} start={start} end={end} />
        {other !== zone && <InZone zone={other} start={start} end={end} second />}
      </div>
      <div class="chosen-link">
        <label for="chosen-link">Link to this time</label>
        <div class="copy">
          <input
            id="chosen-link"
            ref={link}
            readOnly
            value={address}
            onFocus={(event) => event.currentTarget.select()}
          />
          <button type="button" onClick={copy}>
            {copied ? 'Copied' : 'Copy'}
          </button>
        </div>
      </div>
      <button type="button" class="close" onClick={onClose}>
        <svg width="20" height="20" viewBox="0 0 20 20" aria-hidden="true">
          <path d="m5.5 5.5 9 9m0-9-9 9" />
        </svg>
        <span class="unseen">Clear the chosen time</span>
      </button>
    </section>
  );
}

function InZone({
  zone,
  start,
  end,
  second = false,
}: {
  zone: string;
  start: number;
  end: number;
  second?: boolean;
}) {
  const writer = createZoneWriter(zone);
  return (
    <p class={second ? 'when when-second' : 'when when-first'}>
      <time dateTime={new Date(start).toISOString()}>{writer.whole(start, end)}</time>{' '}
      <span class="in-zone">
        {zone === 'UTC' ? 'UTC' : `${writer.zoneName(start)} (${zone.replaceAll('_', ' ')})`}
      </span>
    </p>
  );
}

/** The time that a link named. It is held only once the visitor confirms, so that passing a link on reserves nothing. */
import { useEffect } from 'preact/hooks';
import { say } from '../words.ts';
import { Cross } from './icons.tsx';
import { When } from './when.tsx';
import { visitorZone } from './zones.ts';

export interface ChosenTimeProps {
  /** Epoch milliseconds. */
  readonly start: number;
  readonly end: number;
  readonly zone: string;
  /** The time is not offered, or not any more. */
  readonly gone: boolean;
  /** The hold is being requested. */
  readonly busy: boolean;
  readonly onBook: () => void;
  readonly onClose: () => void;
}

export function ChosenTime({ start, end, zone, gone, busy, onBook, onClose }: ChosenTimeProps) {
  useEffect(() => {
    const close = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      // Its use here: a dialog around the page stays.
      event.preventDefault();
      onClose();
    };
    addEventListener('keydown', close);
    return () => removeEventListener('keydown', close);
  }, [onClose]);
  // The second zone is the visitor's own when the page uses another one, else UTC.
  const other = zone === visitorZone() ? 'UTC' : visitorZone();
  return (
    <section
      class={gone ? 'chosen chosen-gone' : 'chosen'}
      aria-labelledby="chosen-title"
      data-chosen={gone ? 'gone' : 'offered'}
    >
      <div class="chosen-what">
        <h2 id="chosen-title">{say('chosen.title')}</h2>
        <p class="gone" role="status">
          {gone ? say('chosen.gone') : ''}
        </p>
        <When zone={zone} start={start} end={end} />
        {other !== zone && <When zone={other} start={start} end={end} second />}
      </div>
      {!gone && (
        <button type="button" class="button button-first" aria-busy={busy} onClick={onBook}>
          {say('form.book')}
        </button>
      )}
      <button type="button" class="close" onClick={onClose}>
        <Cross />
        <span class="unseen">{say('chosen.clear')}</span>
      </button>
    </section>
  );
}

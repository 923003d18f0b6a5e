/** What a visitor reads whose time is no longer held, in place of the form. */
import { useLayoutEffect, useRef } from 'preact/hooks';
import { say } from '../words.ts';

export interface HoldOverProps {
  readonly onRetry: () => void;
  readonly onBack: () => void;
}

export function HoldOver({ onRetry, onBack }: HoldOverProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The field that was being filled in is gone; who was elsewhere stays there.
  useLayoutEffect(() => {
    if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <section class="card over" data-over>
      <div role="alert">
        <h2 ref={heading} tabIndex={-1}>
          {say('over.title')}
        </h2>
        <p>{say('over.text')}</p>
      </div>
      <div class="actions">
        <button type="button" class="button button-first" onClick={onRetry}>
          {say('over.again')}
        </button>
        <button type="button" class="button" onClick={onBack}>
          {say('action.another')}
        </button>
      </div>
    </section>
  );
}

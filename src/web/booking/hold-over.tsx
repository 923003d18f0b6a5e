/** What a visitor reads whose time is no longer held, in place of the form. */
import { useLayoutEffect, useRef } from 'preact/hooks';

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
          This time is no longer kept for you
        </h2>
        <p>Nothing was booked. It may still be free, and what you wrote is not lost.</p>
      </div>
      <div class="actions">
        <button type="button" class="button button-first" onClick={onRetry}>
          Hold it again
        </button>
        <button type="button" class="button" onClick={onBack}>
          Choose another time
        </button>
      </div>
    </section>
  );
}

/** A read-only text that is selected on focus and copied by a button. */
import { useId, useRef, useState } from 'preact/hooks';
import { say } from '../words.ts';

export function CopyField({ label, text }: { label: string; text: string }) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState('');
  const copy = async () => {
    field.current?.select();
    // Without https there is no clipboard; the selected text can be copied by hand.
    await navigator.clipboard?.writeText(text).then(
      () => setCopied(text),
      () => {},
    );
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="copy">
        <input id={id} ref={field} readOnly value={text} onFocus={(event) => event.currentTarget.select()} />
        <button type="button" class="button" onClick={copy}>
          <span aria-live="polite">{say(copied === text ? 'booking.copied' : 'booking.copy')}</span>
        </button>
      </div>
    </div>
  );
}

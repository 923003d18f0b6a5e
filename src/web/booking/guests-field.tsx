/** E-mail addresses of others who are invited, one field each. */
import { useEffect, useRef } from 'preact/hooks';
import { pageWords, say } from '../words.ts';
import { FormField } from './form-field.tsx';
import { Cross } from './icons.tsx';

export interface GuestsFieldProps {
  readonly guests: readonly string[];
  readonly most: number;
  /** By index. */
  readonly errorAt: (index: number) => string | undefined;
  /** Of all together. */
  readonly error: string | undefined;
  readonly onChange: (guests: readonly string[]) => void;
}

export function GuestsField({ guests, most, errorAt, error, onChange }: GuestsFieldProps) {
  const group = useRef<HTMLFieldSetElement>(null);
  /** What has the focus once the list has changed: the new field, or the button where a field was removed. */
  const focusNext = useRef<string | null>(null);
  useEffect(() => {
    if (focusNext.current) group.current?.querySelector<HTMLElement>(focusNext.current)?.focus();
    focusNext.current = null;
  }, [guests.length]);
  const set = (index: number) => (text: string) =>
    onChange(guests.map((guest, i) => (i === index ? text : guest)));
  const add = () => {
    focusNext.current = `[name="guest.${guests.length}"]`;
    onChange([...guests, '']);
  };
  const remove = (index: number) => {
    focusNext.current = '[data-add-guest]';
    onChange(guests.filter((_, i) => i !== index));
  };
  return (
    <fieldset class="field guests" ref={group}>
      <legend>
        {say('form.guests')} <span class="optional">{say('form.optional')}</span>
      </legend>
      {guests.map((guest, i) => (
        <div class="guest" key={i}>
          <FormField
            label={say('form.guestEmail', { number: pageWords().number(i + 1) })}
            name={`guest.${i}`}
            value={guest}
            error={errorAt(i)}
            onInput={set(i)}
          >
            {(input) => <input {...input} type="email" autocomplete="off" maxLength={254} />}
          </FormField>
          <button type="button" class="step" onClick={() => remove(i)}>
            <Cross />
            <span class="unseen">{say('form.removeGuest', { number: pageWords().number(i + 1) })}</span>
          </button>
        </div>
      ))}
      {error && (
        <p class="error" role="alert">
          {error}
        </p>
      )}
      <button
        type="button"
        class="button"
        data-add-guest
        aria-disabled={guests.length >= most}
        onClick={() => guests.length < most && add()}
      >
        {guests.length >= most ? say('form.guestsMost', { count: most }) : say('form.addGuest')}
      </button>
    </fieldset>
  );
}

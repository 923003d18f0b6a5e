/** A labelled field, with its error tied to it. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface Part {
  id: string;
  name: string;
  value: string;
  'aria-invalid': boolean;
  'aria-describedby'?: string;
  onInput: (event: { currentTarget: { value: string } }) => void;
}

export interface FieldProps {
  readonly label: string;
  readonly optional?: boolean;
  readonly name: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onInput: (text: string) => void;
  readonly children: (part: Part) => ComponentChildren;
}

export function Field({ label, optional = false, name, value, error, onInput, children }: FieldProps) {
  const id = useId();
  const described = error ? { 'aria-describedby': `${id}-error` } : {};
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="optional"> (optional)</span>}
      </label>
      {children({
        id,
        name,
        value,
        'aria-invalid': error !== undefined,
        ...described,
        onInput: ({ currentTarget }) => onInput(currentTarget.value),
      })}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

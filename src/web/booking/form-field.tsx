/** A labelled form field whose error message is linked by `aria-describedby`. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { say } from '../words.ts';

interface InputProps {
  id: string;
  name: string;
  value: string;
  'aria-invalid': boolean;
  'aria-describedby'?: string;
  onInput: (event: { currentTarget: { value: string } }) => void;
}

export interface FormFieldProps {
  readonly label: string;
  readonly optional?: boolean;
  readonly name: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly onInput: (text: string) => void;
  readonly children: (part: InputProps) => ComponentChildren;
}

export function FormField({
  label,
  optional = false,
  name,
  value,
  error,
  onInput,
  children,
}: FormFieldProps) {
  const id = useId();
  const described = error ? { 'aria-describedby': `${id}-error` } : {};
  return (
    <div class="field" data-invalid={error !== undefined || undefined}>
      <label for={id}>
        {label}
        {optional && <span class="optional"> {say('form.optional')}</span>}
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

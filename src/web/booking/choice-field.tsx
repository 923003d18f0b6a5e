/** A question with options: radio buttons where one is chosen, checkboxes where any number is. Its error is linked by `aria-describedby`. */
import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';
import { say } from '../words.ts';

export interface ChoiceOption {
  readonly value: string;
  readonly label: ComponentChildren;
}

export interface ChoiceFieldProps {
  readonly label: string;
  readonly optional?: boolean;
  readonly name: string;
  readonly several?: boolean;
  readonly options: readonly ChoiceOption[];
  readonly values: readonly string[];
  readonly error: string | undefined;
  readonly onChoose: (values: readonly string[]) => void;
}

export function ChoiceField({
  label,
  optional,
  name,
  several = false,
  options,
  values,
  ...props
}: ChoiceFieldProps) {
  const id = useId();
  const { error, onChoose } = props;
  const isInvalid = error !== undefined;
  const described = isInvalid ? { 'aria-describedby': `${id}-error` } : {};
  // A group of checkboxes has no validity of its own, each of them has.
  const ofGroup = several
    ? {}
    : {
        role: 'radiogroup' as const,
        'aria-labelledby': `${id}-label`,
        'aria-required': !optional,
        'aria-invalid': isInvalid,
      };
  const ofItem = several ? { 'aria-invalid': isInvalid } : {};
  const choose = (value: string, isChosen: boolean) =>
    onChoose(
      several
        ? options
            .map((option) => option.value)
            .filter((one) => (one === value ? isChosen : values.includes(one)))
        : [value],
    );
  return (
    <fieldset
      class="field options"
      data-field={name}
      data-invalid={isInvalid || undefined}
      {...ofGroup}
      {...described}
    >
      <legend id={`${id}-label`}>
        {label}
        {optional && <span class="optional"> {say('form.optional')}</span>}
      </legend>
      {options.map((option) => (
        <label class="option" key={option.value}>
          <input
            type={several ? 'checkbox' : 'radio'}
            name={name}
            value={option.value}
            checked={values.includes(option.value)}
            {...ofItem}
            {...described}
            onChange={({ currentTarget }) => choose(option.value, currentTarget.checked)}
          />
          <span>{option.label}</span>
        </label>
      ))}
      {optional && !several && values.length > 0 && (
        <button type="button" class="plain-button" onClick={() => onChoose([])}>
          {say('form.chooseNone')}
        </button>
      )}
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </fieldset>
  );
}

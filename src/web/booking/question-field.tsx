/** One question of an event type, by its kind. */
import { useId } from 'preact/hooks';
import { LONG_ANSWER_MAX, TEXT_ANSWER_MAX } from '../../form/details.ts';
import { CHECKED, type FormQuestion } from '../../form/event-form.ts';
import { say } from '../words.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormField } from './form-field.tsx';

/** More options than these are a list that opens. */
const RADIOS_MAX = 6;

export interface QuestionFieldProps {
  readonly question: FormQuestion;
  readonly values: readonly string[];
  readonly error: string | undefined;
  readonly onAnswer: (values: readonly string[]) => void;
}

export function QuestionField({ question, values, error, onAnswer }: QuestionFieldProps) {
  const { id, label, kind, required, options } = question;
  const name = `answer.${id}`;
  const common = { label, optional: !required, name, error };
  const text = { ...common, value: values[0] ?? '', onInput: (value: string) => onAnswer([value]) };
  switch (kind) {
    case 'CHECKBOX':
      return <CheckboxField {...common} isChecked={values[0] === CHECKED} onAnswer={onAnswer} />;
    case 'LONG_TEXT':
      return (
        <FormField {...text}>
          {(input) => <textarea {...input} rows={4} maxLength={LONG_ANSWER_MAX} required={required} />}
        </FormField>
      );
    case 'CHOICE':
      if (options.length > RADIOS_MAX)
        return (
          <FormField {...text}>
            {({ onInput, ...input }) => (
              <select {...input} required={required} onChange={onInput}>
                <option value="">{say(required ? 'form.choose' : 'form.none')}</option>
                {options.map((option) => (
                  <option key={option}>{option}</option>
                ))}
              </select>
            )}
          </FormField>
        );
      return <ChoiceField {...common} options={choicesOf(options)} values={values} onChoose={onAnswer} />;
    case 'CHOICES':
      return (
        <ChoiceField {...common} several options={choicesOf(options)} values={values} onChoose={onAnswer} />
      );
    default:
      return (
        <FormField {...text}>
          {(input) => (
            <input
              {...input}
              {...INPUTS[kind]}
              required={required}
              maxLength={kind === 'URL' ? LONG_ANSWER_MAX : TEXT_ANSWER_MAX}
            />
          )}
        </FormField>
      );
  }
}

const choicesOf = (options: readonly string[]) => options.map((value) => ({ value, label: value }));

/** A number is text, too: a field of type number tells nothing of what it can't read. */
const INPUTS = {
  TEXT: { type: 'text' },
  PHONE: { type: 'tel', autocomplete: 'tel' },
  NUMBER: { type: 'text', inputMode: 'decimal' },
  URL: { type: 'url', inputMode: 'url' },
} as const;

interface CheckboxFieldProps {
  readonly label: string;
  readonly optional: boolean;
  readonly name: string;
  readonly error: string | undefined;
  readonly isChecked: boolean;
  readonly onAnswer: (values: readonly string[]) => void;
}

function CheckboxField({ label, optional, name, error, isChecked, onAnswer }: CheckboxFieldProps) {
  const id = useId();
  return (
    <div class="field" data-invalid={error !== undefined || undefined}>
      <label class="option">
        <input
          type="checkbox"
          name={name}
          checked={isChecked}
          required={!optional}
          aria-invalid={error !== undefined}
          {...(error ? { 'aria-describedby': `${id}-error` } : {})}
          onChange={({ currentTarget }) => onAnswer(currentTarget.checked ? [CHECKED] : [])}
        />
        <span>
          {label}
          {optional && <span class="optional"> {say('form.optional')}</span>}
        </span>
      </label>
      {error && (
        <p class="error" id={`${id}-error`}>
          {error}
        </p>
      )}
    </div>
  );
}

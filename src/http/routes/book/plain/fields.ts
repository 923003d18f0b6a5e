/** Fields of the form without a script, each with its label and, linked to it, what is wrong with it. */
import { LONG_ANSWER_MAX, NOTES_MAX, TEXT_ANSWER_MAX } from '../../../../form/details.ts';
import { CHECKED, type FormQuestion } from '../../../../form/event-form.ts';
import { NAME_MAX } from '../../../../form/text.ts';
import { placeLabel } from '../../../../languages/place-label.ts';
import type { Words } from '../../../../languages/words.ts';
import type { BookablePage } from '../../../../store/rules/public-pages.ts';
import { htmlText } from '../../pages.ts';
import type { FilledIn, PlainErrors } from './given.ts';

/** Fields for guests: a page without a script adds none. */
const GUESTS_SHOWN = 5;

interface Field {
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly error: string | undefined;
  readonly optional?: boolean;
  /** Attributes of the input; null: a field of several lines. */
  readonly input: string | null;
  readonly most: number;
}

/** A field of one name in the form, but for guests, who are numbered by `at`. */
function textField(
  { name, label, value, error, optional, input, most }: Field,
  words: Words,
  at = '',
): string {
  const id = `field-${name}${at}`;
  const common = `id="${htmlText(id)}" name="${htmlText(name)}" maxlength="${most}"${optional ? '' : ' required'}${stateOf(id, error)}`;
  const control =
    input === null
      ? `<textarea ${common} rows="3">\n${htmlText(value)}</textarea>`
      : `<input ${common} ${input} value="${htmlText(value)}">`;
  return `<div class="field"${error ? ' data-invalid' : ''}><label for="${htmlText(id)}">${htmlText(label)}${optional ? optionalMark(words) : ''}</label>
${control}${errorOf(id, error)}</div>`;
}

const optionalMark = ({ say }: Words) => ` <span class="optional">${htmlText(say('form.optional'))}</span>`;
const stateOf = (id: string, error: string | undefined) =>
  // The first of them has the focus.
  error ? ` aria-invalid="true" autofocus aria-describedby="${htmlText(id)}-error"` : '';
const errorOf = (id: string, error: string | undefined) =>
  error ? `<p class="error" id="${htmlText(id)}-error">${htmlText(error)}</p>` : '';

interface Choice {
  readonly name: string;
  readonly label: string;
  readonly type: 'radio' | 'checkbox';
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly values: readonly string[];
  readonly error: string | undefined;
  readonly optional: boolean;
}

function choiceField({ name, label, type, options, values, error, optional }: Choice, words: Words): string {
  const id = `field-${name}`;
  const required = type === 'radio' && !optional ? ' required' : '';
  const boxes = options.map(
    (option) =>
      `<label class="option"><input type="${type}" name="${htmlText(name)}" value="${htmlText(option.value)}"${values.includes(option.value) ? ' checked' : ''}${required}><span>${htmlText(option.label)}</span></label>`,
  );
  return `<fieldset class="field options"${error ? ' data-invalid' : ''}${error ? ` aria-describedby="${htmlText(id)}-error"` : ''}><legend>${htmlText(label)}${optional ? optionalMark(words) : ''}</legend>
${boxes.join('\n')}${errorOf(id, error)}</fieldset>`;
}

function checkboxField(
  question: FormQuestion,
  values: readonly string[],
  error: string | undefined,
  words: Words,
) {
  const id = `field-answer.${question.id}`;
  return `<div class="field"${error ? ' data-invalid' : ''}><label class="option"><input type="checkbox" name="answer.${htmlText(question.id)}" value="${CHECKED}"${values.includes(CHECKED) ? ' checked' : ''}${question.required ? ' required' : ''}${stateOf(id, error)}><span>${htmlText(question.label)}${question.required ? '' : optionalMark(words)}</span></label>${errorOf(id, error)}</div>`;
}

const INPUTS = {
  TEXT: 'type="text"',
  PHONE: 'type="tel" autocomplete="tel"',
  NUMBER: 'type="text" inputmode="decimal"',
  URL: 'type="url"',
  LONG_TEXT: null,
} as const;

function questionField(
  question: FormQuestion,
  values: readonly string[],
  error: string | undefined,
  words: Words,
) {
  const { id, label, kind, required, options } = question;
  const common = { name: `answer.${id}`, label, error, optional: !required };
  switch (kind) {
    case 'CHECKBOX':
      return checkboxField(question, values, error, words);
    case 'CHOICE':
    case 'CHOICES': {
      const type = kind === 'CHOICE' ? 'radio' : 'checkbox';
      const offered = options.map((value) => ({ value, label: value }));
      return choiceField({ ...common, type, options: offered, values }, words);
    }
    default: {
      const most = kind === 'LONG_TEXT' || kind === 'URL' ? LONG_ANSWER_MAX : TEXT_ANSWER_MAX;
      return textField({ ...common, value: values[0] ?? '', input: INPUTS[kind], most }, words);
    }
  }
}

/** All that the event type asks, in the order of the page with a script. */
export function plainFields(
  { form }: BookablePage,
  filledIn: FilledIn,
  errors: PlainErrors,
  words: Words,
): string {
  const { say } = words;
  const { questions, places, maxGuests } = form;
  const { name, email, notes, phone, place, guests, answers } = filledIn;
  const [only] = places;
  const isCalled = places.some(({ kind }) => kind === 'PHONE_TO_VISITOR');
  const shown = Math.min(maxGuests, Math.max(GUESTS_SHOWN, guests.length));
  return [
    textField(
      {
        name: 'name',
        label: say('form.name'),
        value: name,
        error: errors.name,
        input: 'type="text" autocomplete="name"',
        most: NAME_MAX,
      },
      words,
    ),
    textField(
      {
        name: 'email',
        label: say('form.email'),
        value: email,
        error: errors.email,
        input: 'type="email" autocomplete="email"',
        most: 254,
      },
      words,
    ),
    places.length === 1 && only ? `<p class="place">${htmlText(placeLabel(only, words.say))}</p>` : '',
    places.length > 1
      ? choiceField(
          {
            ...{
              name: 'place',
              label: say('form.where'),
              type: 'radio',
              optional: false,
              error: errors.place,
            },
            options: places.map((one) => ({ value: one.kind, label: placeLabel(one, words.say) })),
            values: [place],
          },
          words,
        )
      : '',
    isCalled
      ? textField(
          {
            ...{ name: 'phone', label: say('form.phone'), value: phone, error: errors.phone, most: 60 },
            ...{ input: 'type="tel" autocomplete="tel"', optional: places.length > 1 },
          },
          words,
        )
      : '',
    ...questions.map((question) =>
      questionField(question, answers[question.id] ?? [], errors[`answers.${question.id}`], words),
    ),
    ...Array.from({ length: shown }, (_, i) =>
      textField(
        {
          ...{ name: 'guest', label: say('form.guestEmail', { number: i + 1 }), value: guests[i] ?? '' },
          ...{ error: errors[`guests.${i}`] ?? (i === 0 ? errors.guests : undefined) },
          ...{ input: 'type="email" autocomplete="off"', most: 254, optional: true },
        },
        words,
        `-${i}`,
      ),
    ),
    textField(
      {
        name: 'notes',
        label: say('form.notes'),
        value: notes,
        error: errors.notes,
        input: null,
        most: NOTES_MAX,
        optional: true,
      },
      words,
    ),
  ]
    .filter((markup) => markup !== '')
    .join('\n');
}

/** For the code that proves the address. */
export const codeField = (error: string | undefined, words: Words): string =>
  textField(
    {
      ...{ name: 'code', label: words.say('form.code'), value: '', error, most: 11 },
      ...{ input: 'type="text" inputmode="numeric" autocomplete="one-time-code"', optional: true },
    },
    words,
  );

/** The fields of what an event type asks: where, guests and questions. An event type that asks for nothing has none. */
import type { EventForm } from '../../form/event-form.ts';
import type { Draft } from './draft.ts';
import { type FieldErrors, wantsPhone } from './form.ts';
import { GuestsField } from './guests-field.tsx';
import { PhoneField, PlaceField } from './place-field.tsx';
import { QuestionField } from './question-field.tsx';

export interface DetailFieldsProps {
  readonly form: EventForm;
  readonly draft: Draft;
  readonly errors: FieldErrors;
  readonly onChange: (part: Partial<Draft>) => void;
}

export function DetailFields({ form, draft, errors, onChange }: DetailFieldsProps) {
  const { places, questions, maxGuests } = form;
  return (
    <>
      {places.length > 1 && (
        <PlaceField
          places={places}
          place={draft.place}
          error={errors.place}
          onChoose={(place) => onChange({ place })}
        />
      )}
      {wantsPhone(form, draft.place) && (
        <PhoneField value={draft.phone} error={errors.phone} onInput={(phone) => onChange({ phone })} />
      )}
      {questions.map((question) => (
        <QuestionField
          key={question.id}
          question={question}
          values={draft.answers[question.id] ?? []}
          error={errors[`answers.${question.id}`]}
          onAnswer={(values) => onChange({ answers: { ...draft.answers, [question.id]: values } })}
        />
      ))}
      {errors.answers && (
        <p class="error" role="alert">
          {errors.answers}
        </p>
      )}
      {maxGuests > 0 && (
        <GuestsField
          guests={draft.guests}
          most={maxGuests}
          errorAt={(index) => errors[`guests.${index}`]}
          error={errors.guests}
          onChange={(guests) => onChange({ guests })}
        />
      )}
    </>
  );
}

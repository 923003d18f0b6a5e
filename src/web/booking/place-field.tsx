/** Where it takes place: chosen where there are several places, said where there is one; and the number of a visitor who is called. */
import type { FormPlace, PlaceKind } from '../../form/event-form.ts';
import { placeLabel } from '../../languages/place-label.ts';
import { say } from '../words.ts';
import { ChoiceField } from './choice-field.tsx';
import { FormField } from './form-field.tsx';

export interface PlaceFieldProps {
  readonly places: readonly FormPlace[];
  readonly place: PlaceKind | null;
  readonly error: string | undefined;
  readonly onChoose: (place: PlaceKind) => void;
}

export function PlaceField({ places, place, error, onChoose }: PlaceFieldProps) {
  return (
    <ChoiceField
      label={say('form.where')}
      name="place"
      options={places.map((one) => ({ value: one.kind, label: placeLabel(one, say) }))}
      values={place ? [place] : []}
      error={error}
      onChoose={([chosen]) => {
        const found = places.find(({ kind }) => kind === chosen);
        if (found) onChoose(found.kind);
      }}
    />
  );
}

/** The place where there is no choice. */
export function OnlyPlace({ places }: { places: readonly FormPlace[] }) {
  const [only, other] = places;
  return only && !other ? <p class="place">{placeLabel(only, say)}</p> : null;
}

export interface PhoneFieldProps {
  readonly value: string;
  readonly error: string | undefined;
  readonly onInput: (text: string) => void;
}

export const PhoneField = (props: PhoneFieldProps) => (
  <FormField label={say('form.phone')} name="phone" {...props}>
    {(input) => <input {...input} type="tel" autocomplete="tel" required maxLength={60} />}
  </FormField>
);

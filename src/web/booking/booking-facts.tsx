/** What a visitor filled in, as rows of a booking's summary. */
import { answerInWords } from '../../form/details.ts';
import { conferenceName, isCall, isConferencePlace } from '../../form/event-form.ts';
import { isSafeLink } from '../../form/rich-text.ts';
import type { HeldBookingFragment } from '../gql/documents.ts';
import { pageWords, say } from '../words.ts';

export function BookingFacts({ booking }: { booking: HeldBookingFragment }) {
  const { guests, answers } = booking;
  return (
    <>
      <Where booking={booking} />
      {guests.length > 0 && <dt>{say('form.guests')}</dt>}
      {guests.length > 0 && <dd>{guests.join(', ')}</dd>}
      {answers.map((answer) => (
        <Fact key={answer.question} label={answer.label} text={answerInWords(answer)} />
      ))}
    </>
  );
}

/** It is an online meeting whose link isn't known yet. */
export const awaitsLink = ({ status, place, placeKind }: HeldBookingFragment): boolean =>
  (status === 'CONFIRMED' || status === 'PENDING') && place === null && isConferencePlace(placeKind);

const Fact = ({ label, text }: { label: string; text: string }) => (
  <>
    <dt>{label}</dt>
    <dd class="notes">{text}</dd>
  </>
);

function Where({ booking }: { booking: HeldBookingFragment }) {
  const { place, placeKind } = booking;
  if (!placeKind) return null;
  if (!place) {
    if (!awaitsLink(booking)) return null;
    return (
      <>
        <dt>{say('form.where')}</dt>
        <dd>{say('place.linkFollows', { place: conferenceName(placeKind) })}</dd>
      </>
    );
  }
  const call = placeKind === 'PHONE_TO_HOST' ? 'fact.youCall' : 'fact.youAreCalled';
  const phone = (words: string) => <a href={`tel:${place.replace(/[^\d+]/g, '')}`}>{words}</a>;
  return (
    <>
      <dt>{say('form.where')}</dt>
      <dd>
        {isCall(placeKind) ? (
          pageWords().sayWith(call, { number: place }, { phone })
        ) : isSafeLink(place) ? (
          <a href={place} target="_blank" rel="noopener noreferrer">
            {place}
          </a>
        ) : (
          place
        )}
      </dd>
    </>
  );
}

/** What a place to choose is called on booking pages, with a script and without one. */
import { conferenceName, type FormPlace } from '../form/event-form.ts';
import type { Words } from './words.ts';

/** Numbers and links are shown once it is booked. */
export function placeLabel({ kind, value }: FormPlace, say: Words['say']): string {
  switch (kind) {
    case 'IN_PERSON':
      return value ? say('place.inPersonAt', { place: value }) : say('place.inPerson');
    case 'PHONE_TO_HOST':
      return say('place.youCall');
    case 'PHONE_TO_VISITOR':
      return say('place.youAreCalled');
    case 'LINK':
      return say('place.online');
    case 'GOOGLE_MEET':
    case 'MICROSOFT_TEAMS':
      return conferenceName(kind);
  }
}

/** Checks of what an event type tells and asks its visitors, before it is stored. Each throws SlotwireError BAD_USER_INPUT, naming the field. */
import { badInput } from '../errors.ts';
import { type EventForm, type FormPlace, type FormQuestion, meetingLink } from '../form/event-form.ts';
import { isOneLine, isPhoneNumber, isPlainText, isWebAddress } from '../form/text.ts';

/** Longest texts, in characters. */
const DESCRIPTION_MAX = 5_000;
const LABEL_MAX = 500;
const OPTION_MAX = 200;
const ADDRESS_MAX = 500;

const QUESTIONS_MAX = 50;
const OPTIONS_MAX = 100;
const GUESTS_MAX = 50;

/** An id of the length that a booking's has. */
const ANY_BOOKING = 'bkg_00000000000000000000000000';

const QUESTION_ID = /^[a-z0-9-]{1,64}$/;

export function checkEventForm(form: EventForm): void {
  const { description, questions, maxGuests, places, redirectUrl } = form;
  if (description !== null) {
    if (description.length > DESCRIPTION_MAX)
      throw badInput('description', `takes at most ${DESCRIPTION_MAX} characters`);
    if (!isPlainText(description)) throw badInput('description', 'must not hold control characters');
  }
  checkQuestions(questions);
  if (!(Number.isInteger(maxGuests) && maxGuests >= 0 && maxGuests <= GUESTS_MAX))
    throw badInput('maxGuests', `takes 0 to ${GUESTS_MAX}`);
  for (const [i, place] of places.entries()) {
    if (places.findIndex(({ kind }) => kind === place.kind) < i)
      throw badInput(`places.${i}.kind`, `${place.kind} is there twice`);
    checkPlace(place, `places.${i}.value`);
  }
  if (redirectUrl !== null && !isWebAddress(redirectUrl))
    throw badInput('redirectUrl', 'takes an address that begins with https:// or http://');
}

function checkQuestions(questions: readonly FormQuestion[]): void {
  if (questions.length > QUESTIONS_MAX) throw badInput('questions', `takes at most ${QUESTIONS_MAX}`);
  for (const [i, { id, label, kind, options }] of questions.entries()) {
    const field = `questions.${i}`;
    if (!QUESTION_ID.test(id)) throw badInput(`${field}.id`, 'takes 1 to 64 of a-z, 0-9 and -');
    if (questions.findIndex((other) => other.id === id) < i)
      throw badInput(`${field}.id`, `${id} is there twice`);
    checkLine(label, `${field}.label`, LABEL_MAX);
    const isChoice = kind === 'CHOICE' || kind === 'CHOICES';
    if (!isChoice && options.length > 0)
      throw badInput(`${field}.options`, 'is for CHOICE and CHOICES alone');
    if (isChoice && options.length === 0)
      throw badInput(`${field}.options`, `says what can be chosen; ${kind} needs it`);
    if (options.length > OPTIONS_MAX) throw badInput(`${field}.options`, `takes at most ${OPTIONS_MAX}`);
    for (const [j, option] of options.entries()) {
      checkLine(option, `${field}.options.${j}`, OPTION_MAX);
      if (options.indexOf(option) < j) throw badInput(`${field}.options.${j}`, 'is there twice');
    }
  }
}

function checkPlace({ kind, value }: FormPlace, field: string): void {
  switch (kind) {
    case 'PHONE_TO_VISITOR':
      if (value !== null) throw badInput(field, 'must be absent: the visitor gives the number');
      return;
    case 'GOOGLE_MEET':
    case 'MICROSOFT_TEAMS':
      if (value !== null)
        throw badInput(field, "must be absent: the provider of a host's calendar makes the link");
      return;
    case 'IN_PERSON':
      if (value === null) throw badInput(field, 'says the address; IN_PERSON needs it');
      checkLine(value, field, ADDRESS_MAX);
      return;
    case 'PHONE_TO_HOST':
      if (value === null) throw badInput(field, 'says the number; PHONE_TO_HOST needs it');
      if (!isPhoneNumber(value)) throw badInput(field, 'takes a phone number, as +49 30 123456');
      return;
    case 'LINK':
      if (value === null) throw badInput(field, 'says the address; LINK needs it');
      if (!isWebAddress(meetingLink(value, ANY_BOOKING)))
        throw badInput(
          field,
          "takes an address that begins with https:// or http://, in which {booking} stands for the booking's id",
        );
  }
}

function checkLine(text: string, field: string, most: number): void {
  if (text.trim() === '' || text.length > most) throw badInput(field, `takes 1 to ${most} characters`);
  if (!isOneLine(text)) throw badInput(field, 'must not hold control characters or breaks of lines');
}

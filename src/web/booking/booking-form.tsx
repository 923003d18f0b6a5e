/** The form for name, e-mail, notes and what the event type asks. Errors appear at their fields once the visitor has submitted the form. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { metadataOf, prefillOf } from '../../form/prefill.ts';
import { pageLocale, say } from '../words.ts';
import { DetailFields } from './detail-fields.tsx';
import { type Draft, openingDraft } from './draft.ts';
import { detailsInput, errorsIn, hasField, MAX_LENGTH, refusedInWords, trimmed, valueAt } from './form.ts';
import { FormField } from './form-field.tsx';
import type { AttendeeInput } from './hold-controller.ts';
import { type BookableEventType, useNow } from './hooks.ts';
import type { PageStorage } from './page-storage.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isRateLimited, type Problem } from './problems.ts';

/** Six digits, as they may be grouped. */
const CODE = /^\s*(?:\d\s*){6}$/;

/** The first field with an error that can be corrected. */
const FIRST_INVALID = '[data-invalid] :is(input, select, textarea)';

export interface BookingFormProps {
  readonly eventType: BookableEventType;
  readonly storage: PageStorage;
  readonly zone: string;
  readonly sending: boolean;
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onConfirm: (attendee: AttendeeInput) => void;
}

export function BookingForm({
  eventType,
  storage,
  zone,
  sending,
  problem,
  clock,
  onConfirm,
}: BookingFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() => {
    const { search } = location;
    return openingDraft(storage.draft(), eventType.id, search, prefillOf(search, eventType));
  });
  const [submitted, setTried] = useState(false);
  /** The field that the server refused, with its value: once the visitor edits it, the error goes. */
  const [refused, setRefused] = useState<{ field: string; value: string } | null>(null);
  useNow(problem?.kind === 'limited' ? 1_000 : null);
  /** The address that a code was sent to last; another address needs another code. */
  const [provenEmail, setProvenEmail] = useState<string | null>(null);
  const [code, setCode] = useState('');
  const wantsCode = provenEmail !== null && provenEmail === draft.email.trim();
  const codeError = submitted && wantsCode && !CODE.test(code) ? say('fault.code') : undefined;
  useEffect(() => {
    if (problem?.kind !== 'code' || problem.reason === 'CODE_NOT_SENT') return;
    setProvenEmail(problem.email);
    setCode('');
    setTried(false);
    setTimeout(() => form.current?.querySelector<HTMLElement>('[name="code"]')?.focus());
  }, [problem]);

  const errors = {
    ...(refused && valueAt(draft, refused.field) === refused.value
      ? { [refused.field]: refusedInWords(refused.field) }
      : {}),
    ...(submitted ? errorsIn(draft, eventType) : {}),
  };

  const focusFirstInvalid = () => form.current?.querySelector<HTMLElement>(FIRST_INVALID)?.focus();
  const refusedField = problem?.kind === 'refused' ? problem.field : null;
  const isShown = refusedField !== null && hasField(refusedField, eventType);
  useEffect(() => {
    if (refusedField === null || !isShown) return;
    setRefused({ field: refusedField, value: valueAt(draft, refusedField) });
    setTimeout(focusFirstInvalid);
  }, [problem]);

  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part };
    storage.saveDraft(next);
    setDraft(next);
  };
  const write = (field: 'name' | 'email' | 'notes') => (text: string) => change({ [field]: text });
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const isFaulty = Object.keys(errorsIn(draft, eventType)).length > 0 || (wantsCode && !CODE.test(code));
    if (isFaulty) return void setTimeout(focusFirstInvalid);
    confirm(wantsCode);
  };
  const confirm = (withCode: boolean) => {
    if (sending || isRateLimited(problem, clock())) return;
    // Mails are written in the page's language; in the browser's own where the page has none of the visitor's.
    const locale = pageLocale() ?? navigator.language;
    const metadata = metadataOf(location.search);
    onConfirm({
      ...trimmed(draft),
      ...detailsInput(draft, eventType),
      ...(metadata.length > 0 ? { metadata } : {}),
      timeZone: zone,
      locale,
      ...(withCode ? { code: code.replace(/\s/g, '') } : {}),
    });
  };
  return (
    <form class="card form" ref={form} noValidate onSubmit={submit} aria-busy={sending}>
      <h2>{say('form.title')}</h2>
      <FormField
        label={say('form.name')}
        name="name"
        value={draft.name}
        error={errors.name}
        onInput={write('name')}
      >
        {(inputProps) => (
          <input {...inputProps} type="text" autocomplete="name" required maxLength={MAX_LENGTH.name} />
        )}
      </FormField>
      <FormField
        label={say('form.email')}
        name="email"
        value={draft.email}
        error={errors.email}
        onInput={write('email')}
      >
        {(inputProps) => (
          <input {...inputProps} type="email" autocomplete="email" required maxLength={MAX_LENGTH.email} />
        )}
      </FormField>
      <DetailFields form={eventType} draft={draft} errors={errors} onChange={change} />
      <FormField
        label={say('form.notes')}
        optional
        name="notes"
        value={draft.notes}
        error={errors.notes}
        onInput={write('notes')}
      >
        {(inputProps) => <textarea {...inputProps} rows={3} maxLength={MAX_LENGTH.notes} />}
      </FormField>
      {problem && !isShown && (
        <ProblemNotice problem={problem} action="confirm" clock={clock} onRetry={null} />
      )}
      {wantsCode && (
        <FormField label={say('form.code')} name="code" value={code} error={codeError} onInput={setCode}>
          {(inputProps) => (
            <input
              {...inputProps}
              type="text"
              inputMode="numeric"
              autocomplete="one-time-code"
              required
              maxLength={11}
            />
          )}
        </FormField>
      )}
      <button
        type="submit"
        class="button button-first"
        data-confirm
        aria-disabled={sending || isRateLimited(problem, clock())}
      >
        {say(
          sending
            ? 'form.booking'
            : problem && !isShown && problem.kind !== 'code'
              ? 'action.retry'
              : 'form.book',
        )}
      </button>
      {wantsCode && (
        <button type="button" class="button" disabled={sending} onClick={() => confirm(false)}>
          {say('form.newCode')}
        </button>
      )}
      <p class="unseen" role="status">
        {sending ? say('form.booking') : ''}
      </p>
    </form>
  );
}

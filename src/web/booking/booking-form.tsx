/** The form for name, e-mail and notes. Errors appear at their fields once the visitor has submitted the form. */
import { useEffect, useRef, useState } from 'preact/hooks';
import {
  type Draft,
  EMPTY_DRAFT,
  errorsIn,
  type FieldErrors,
  MAX_LENGTH,
  REFUSED_MESSAGES,
  trimmed,
} from './form.ts';
import { FormField } from './form-field.tsx';
import type { AttendeeInput } from './hold-controller.ts';
import { useNow } from './hooks.ts';
import type { PageStorage } from './page-storage.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isRateLimited, type Problem } from './problems.ts';

/** Six digits, as they may be grouped. */
const CODE = /^\s*(?:\d\s*){6}$/;

export interface BookingFormProps {
  readonly storage: PageStorage;
  readonly zone: string;
  readonly sending: boolean;
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onConfirm: (attendee: AttendeeInput) => void;
}

export function BookingForm({ storage, zone, sending, problem, clock, onConfirm }: BookingFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() => storage.draft() ?? EMPTY_DRAFT);
  const [submitted, setTried] = useState(false);
  /** The field that the server refused, with its text: once the visitor edits it, the error goes. */
  const [refused, setRefused] = useState<{ field: keyof Draft; text: string } | null>(null);
  useNow(problem?.kind === 'limited' ? 1_000 : null);
  /** The address that a code was sent to last; another address needs another code. */
  const [provenEmail, setProvenEmail] = useState<string | null>(null);
  const [code, setCode] = useState('');
  const wantsCode = provenEmail !== null && provenEmail === draft.email.trim();
  const codeError = submitted && wantsCode && !CODE.test(code) ? 'Please enter the six digits.' : undefined;
  useEffect(() => {
    if (problem?.kind !== 'code' || problem.reason === 'CODE_NOT_SENT') return;
    setProvenEmail(problem.email);
    setCode('');
    setTried(false);
    setTimeout(() => form.current?.querySelector<HTMLElement>('[name="code"]')?.focus());
  }, [problem]);

  const errors: FieldErrors = submitted ? { ...errorsIn(draft) } : {};
  if (refused && draft[refused.field] === refused.text)
    errors[refused.field] ??= REFUSED_MESSAGES[refused.field];

  const focusFirstInvalid = () => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  useEffect(() => {
    const field = problem?.kind === 'refused' ? problem.field : null;
    if (field === null || field === 'reason') return;
    setRefused({ field, text: draft[field] });
    setTimeout(focusFirstInvalid);
  }, [problem]);

  const write = (field: keyof Draft) => (text: string) => {
    const next = { ...draft, [field]: text };
    storage.saveDraft(next);
    setDraft(next);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    const isFaulty = Object.keys(errorsIn(draft)).length > 0 || (wantsCode && !CODE.test(code));
    if (isFaulty) return void setTimeout(focusFirstInvalid);
    confirm(wantsCode);
  };
  const confirm = (withCode: boolean) => {
    if (sending || isRateLimited(problem, clock())) return;
    const locale = navigator.language;
    onConfirm({
      ...trimmed(draft),
      timeZone: zone,
      locale,
      ...(withCode ? { code: code.replace(/\s/g, '') } : {}),
    });
  };
  const hasField = problem?.kind === 'refused' && problem.field !== null;
  return (
    <form class="card form" ref={form} noValidate onSubmit={submit} aria-busy={sending}>
      <h2>Your details</h2>
      <FormField label="Name" name="name" value={draft.name} error={errors.name} onInput={write('name')}>
        {(inputProps) => (
          <input {...inputProps} type="text" autocomplete="name" required maxLength={MAX_LENGTH.name} />
        )}
      </FormField>
      <FormField
        label="E-mail"
        name="email"
        value={draft.email}
        error={errors.email}
        onInput={write('email')}
      >
        {(inputProps) => (
          <input {...inputProps} type="email" autocomplete="email" required maxLength={MAX_LENGTH.email} />
        )}
      </FormField>
      <FormField
        label="Notes"
        optional
        name="notes"
        value={draft.notes}
        error={errors.notes}
        onInput={write('notes')}
      >
        {(inputProps) => <textarea {...inputProps} rows={3} maxLength={MAX_LENGTH.notes} />}
      </FormField>
      {problem && !hasField && (
        <ProblemNotice problem={problem} action="confirm" clock={clock} onRetry={null} />
      )}
      {wantsCode && (
        <FormField label="Code" name="code" value={code} error={codeError} onInput={setCode}>
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
        {sending
          ? 'Booking…'
          : problem && !hasField && problem.kind !== 'code'
            ? 'Try again'
            : 'Book this time'}
      </button>
      {wantsCode && (
        <button type="button" class="button" disabled={sending} onClick={() => confirm(false)}>
          Send another code
        </button>
      )}
      <p class="unseen" role="status">
        {sending ? 'Booking…' : ''}
      </p>
    </form>
  );
}

/** Name, e-mail, notes. What is wrong is said at its field, once the visitor has tried to go on. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Field } from './field.tsx';
import { type Draft, EMPTY, errorsIn, type FieldErrors, LONGEST, REFUSED, tidied } from './form.ts';
import type { Attendee } from './holder.ts';
import { useNow } from './hooks.ts';
import type { Keep } from './keep.ts';
import { mustWait, type Problem } from './problems.ts';
import { Trouble } from './trouble.tsx';

export interface BookingFormProps {
  readonly keep: Keep;
  readonly zone: string;
  readonly sending: boolean;
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onConfirm: (attendee: Attendee) => void;
}

export function BookingForm({ keep, zone, sending, problem, clock, onConfirm }: BookingFormProps) {
  const form = useRef<HTMLFormElement>(null);
  const [draft, setDraft] = useState<Draft>(() => keep.draft() ?? EMPTY);
  const [tried, setTried] = useState(false);
  /** What the server refused, as it was then: another text is another try. */
  const [refused, setRefused] = useState<{ field: keyof Draft; text: string } | null>(null);
  useNow(problem?.kind === 'limited' ? 1_000 : null);

  const errors: FieldErrors = tried ? { ...errorsIn(draft) } : {};
  if (refused && draft[refused.field] === refused.text) errors[refused.field] ??= REFUSED[refused.field];

  const focusFirst = () => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  useEffect(() => {
    const field = problem?.kind === 'refused' ? problem.field : null;
    if (field === null || field === 'reason') return;
    setRefused({ field, text: draft[field] });
    setTimeout(focusFirst);
  }, [problem]);

  const write = (field: keyof Draft) => (text: string) => {
    const next = { ...draft, [field]: text };
    keep.keepDraft(next);
    setDraft(next);
  };
  const submit = (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(errorsIn(draft)).length > 0) return void setTimeout(focusFirst);
    if (!sending && !mustWait(problem, clock())) onConfirm({ ...tidied(draft), timeZone: zone });
  };
  const atField = problem?.kind === 'refused' && problem.field !== null;
  return (
    <form class="card form" ref={form} noValidate onSubmit={submit} aria-busy={sending}>
      <h2>Your details</h2>
      <Field label="Name" name="name" value={draft.name} error={errors.name} onInput={write('name')}>
        {(part) => <input {...part} type="text" autocomplete="name" required maxLength={LONGEST.name} />}
      </Field>
      <Field label="E-mail" name="email" value={draft.email} error={errors.email} onInput={write('email')}>
        {(part) => <input {...part} type="email" autocomplete="email" required maxLength={LONGEST.email} />}
      </Field>
      <Field
        label="Notes"
        optional
        name="notes"
        value={draft.notes}
        error={errors.notes}
        onInput={write('notes')}
      >
        {(part) => <textarea {...part} rows={3} maxLength={LONGEST.notes} />}
      </Field>
      {problem && !atField && <Trouble problem={problem} deed="confirm" clock={clock} onAgain={null} />}
      <button
        type="submit"
        class="button button-first"
        data-confirm
        aria-disabled={sending || mustWait(problem, clock())}
      >
        {sending ? 'Booking…' : problem && !atField ? 'Try again' : 'Book this time'}
      </button>
      <p class="unseen" role="status">
        {sending ? 'Booking…' : ''}
      </p>
    </form>
  );
}

/** The second question before a booking is cancelled, with room for a reason. */
import { useState } from 'preact/hooks';
import { Field } from './field.tsx';
import { LONGEST, REFUSED } from './form.ts';
import { useNow } from './hooks.ts';
import { useArrival } from './navigation.ts';
import { mustWait, type Problem } from './problems.ts';
import { Trouble } from './trouble.tsx';

export interface CancellingProps {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onKeep: () => void;
  readonly onCancelled: (reason: string) => void;
}

export function Cancelling({ busy, problem, clock, onKeep, onCancelled }: CancellingProps) {
  const heading = useArrival<HTMLHeadingElement>(false);
  const [reason, setReason] = useState('');
  useNow(problem?.kind === 'limited' ? 1_000 : null);
  const wait = mustWait(problem, clock());
  const refused = problem?.kind === 'refused' && problem.field === 'reason';
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy && !wait) onCancelled(reason);
  };
  return (
    <form class="card cancelling" onSubmit={submit} aria-labelledby="cancelling" data-cancelling>
      <h2 id="cancelling" ref={heading} tabIndex={-1}>
        Cancel this booking?
      </h2>
      <Field
        label="Reason"
        optional
        name="reason"
        value={reason}
        error={refused ? REFUSED.reason : undefined}
        onInput={setReason}
      >
        {(part) => <textarea {...part} rows={2} maxLength={LONGEST.reason} />}
      </Field>
      {problem && !refused && <Trouble problem={problem} deed="cancel" clock={clock} onAgain={null} />}
      <div class="actions">
        <button type="submit" class="button button-danger" data-confirm aria-disabled={busy || wait}>
          {busy ? 'Cancelling…' : problem ? 'Try again' : 'Yes, cancel it'}
        </button>
        <button type="button" class="button" disabled={busy} onClick={onKeep}>
          Keep the booking
        </button>
      </div>
    </form>
  );
}

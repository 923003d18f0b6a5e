/** The form that confirms a cancellation and takes an optional reason. */
import { useState } from 'preact/hooks';
import { say } from '../words.ts';
import { MAX_LENGTH, refusedInWords } from './form.ts';
import { FormField } from './form-field.tsx';
import { useNow } from './hooks.ts';
import { useHeadingFocus } from './navigation.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isRateLimited, type Problem } from './problems.ts';

export interface CancelFormProps {
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onDismiss: () => void;
  readonly onConfirmCancel: (reason: string) => void;
}

export function CancelForm({ busy, problem, clock, onDismiss, onConfirmCancel }: CancelFormProps) {
  const heading = useHeadingFocus<HTMLHeadingElement>(false);
  const [reason, setReason] = useState('');
  useNow(problem?.kind === 'limited' ? 1_000 : null);
  const wait = isRateLimited(problem, clock());
  const refused = problem?.kind === 'refused' && problem.field === 'reason';
  const submit = (event: Event) => {
    event.preventDefault();
    if (!busy && !wait) onConfirmCancel(reason);
  };
  return (
    <form class="card cancelling" onSubmit={submit} aria-labelledby="cancelling" data-cancelling>
      <h2 id="cancelling" ref={heading} tabIndex={-1}>
        {say('cancel.question')}
      </h2>
      <FormField
        label={say('fact.reason')}
        optional
        name="reason"
        value={reason}
        error={refused ? refusedInWords('reason') : undefined}
        onInput={setReason}
      >
        {(part) => <textarea {...part} rows={2} maxLength={MAX_LENGTH.reason} />}
      </FormField>
      {problem && !refused && (
        <ProblemNotice problem={problem} action="cancel" clock={clock} onRetry={null} />
      )}
      <div class="actions">
        <button type="submit" class="button button-danger" data-confirm aria-disabled={busy || wait}>
          {say(busy ? 'cancel.cancelling' : problem ? 'action.retry' : 'cancel.confirm')}
        </button>
        <button type="button" class="button" disabled={busy} onClick={onDismiss}>
          {say('cancel.keep')}
        </button>
      </div>
    </form>
  );
}

/** The form that confirms that a booking is cancelled, or a request withdrawn, and takes an optional reason. */
import { useState } from 'preact/hooks';
import type { MessageKey } from '../../languages/words.ts';
import { say } from '../words.ts';
import { MAX_LENGTH, refusedInWords } from './form.ts';
import { FormField } from './form-field.tsx';
import { useNow } from './hooks.ts';
import { useHeadingFocus } from './navigation.ts';
import { ProblemNotice } from './problem-notice.tsx';
import { isRateLimited, type Problem } from './problems.ts';

export const CANCEL_WORDS = {
  question: 'cancel.question',
  confirm: 'cancel.confirm',
  busy: 'cancel.cancelling',
  keep: 'cancel.keep',
} as const satisfies Record<string, MessageKey>;

/** Of a booking that was not accepted yet. */
export const WITHDRAW_WORDS = {
  question: 'withdraw.question',
  confirm: 'withdraw.confirm',
  busy: 'withdraw.withdrawing',
  keep: 'withdraw.keep',
} as const satisfies Record<keyof typeof CANCEL_WORDS, MessageKey>;

export interface CancelFormProps {
  readonly words: typeof CANCEL_WORDS | typeof WITHDRAW_WORDS;
  readonly busy: boolean;
  readonly problem: Problem | null;
  /** The server's clock, epoch ms. */
  readonly clock: () => number;
  readonly onDismiss: () => void;
  readonly onConfirmCancel: (reason: string) => void;
}

export function CancelForm({ words, busy, problem, clock, onDismiss, onConfirmCancel }: CancelFormProps) {
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
        {say(words.question)}
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
          {say(busy ? words.busy : problem ? 'action.retry' : words.confirm)}
        </button>
        <button type="button" class="button" disabled={busy} onClick={onDismiss}>
          {say(words.keep)}
        </button>
      </div>
    </form>
  );
}

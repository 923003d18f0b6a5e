/** Text with links, as an organiser wrote it. Only what is a safe link becomes one, all else stays text. */
import { textParts } from '../../form/rich-text.ts';
import { say } from '../words.ts';

export function RichText({ text }: { text: string }) {
  return (
    <>
      {textParts(text).map(({ text: words, href }) =>
        href === null ? (
          words
        ) : (
          <a href={href} target="_blank" rel="noopener noreferrer nofollow">
            {words}
          </a>
        ),
      )}
    </>
  );
}

/** Longer descriptions are folded away: the times come first. Characters. */
const SHORT = 400;

/** An event type's description. @param text null: there is none */
export function Description({ text }: { text: string | null | undefined }) {
  if (!text) return null;
  const words = (
    <p class="description">
      <RichText text={text} />
    </p>
  );
  if (text.length <= SHORT && text.split('\n').length <= 6) return words;
  return (
    <details class="more">
      <summary>{say('about.more')}</summary>
      {words}
    </details>
  );
}

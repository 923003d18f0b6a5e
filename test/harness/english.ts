/** The booking page's words in tests, which have no page: English, but for tests that choose another language. */
import { wordsOf } from '../../src/languages/catalogues.ts';
import { speak } from '../../src/web/words.ts';

speak(wordsOf('en'));

/** Providers whose widget a visitor meets in place of a proof of work, each with its addresses and what a page must allow for it. */
import type { Config } from '../../config.ts';

/** Origins beside its own that a page may load from, by directive of its Content-Security-Policy; each a list of sources. */
export interface WidgetSources {
  script: string;
  style: string;
  connect: string;
  frame: string;
}

/** The widget that this installation's pages show. */
export interface ChallengeWidget {
  provider: WidgetProvider;
  /** Public: tells the provider whose widget it is. */
  siteKey: string;
  /** Tells the provider who asks whether a token is good. */
  secret: string;
  /** Where a token is checked (`siteverify`). */
  verifyUrl: string;
  /** The script that draws the widget. */
  scriptUrl: string;
  sources: WidgetSources;
}

export type WidgetProvider = Exclude<Config['CHALLENGE_PROVIDER'], 'altcha'>;

const HCAPTCHA = 'https://hcaptcha.com https://*.hcaptcha.com';
const TURNSTILE = 'https://challenges.cloudflare.com';

const PROVIDERS: Record<WidgetProvider, Pick<ChallengeWidget, 'verifyUrl' | 'scriptUrl' | 'sources'>> = {
  turnstile: {
    verifyUrl: 'https://challenges.cloudflare.com/turnstile/v0/siteverify',
    scriptUrl: 'https://challenges.cloudflare.com/turnstile/v0/api.js',
    sources: { script: TURNSTILE, style: '', connect: '', frame: TURNSTILE },
  },
  hcaptcha: {
    verifyUrl: 'https://api.hcaptcha.com/siteverify',
    scriptUrl: 'https://js.hcaptcha.com/1/api.js',
    sources: { script: HCAPTCHA, style: HCAPTCHA, connect: HCAPTCHA, frame: HCAPTCHA },
  },
};

export type ChallengeConfig = Pick<
  Config,
  | 'CHALLENGE'
  | 'CHALLENGE_PROVIDER'
  | 'CHALLENGE_SITE_KEY'
  | 'CHALLENGE_SECRET'
  | 'CHALLENGE_VERIFY_URL'
  | 'CHALLENGE_SCRIPT_URL'
>;

/** @returns null where challenges are proofs of work, or where there are none */
export function challengeWidgetOf(config: ChallengeConfig): ChallengeWidget | null {
  const { CHALLENGE_PROVIDER: provider, CHALLENGE_SITE_KEY: siteKey, CHALLENGE_SECRET: secret } = config;
  // The configuration was refused unless both keys stand beside such a provider.
  if (config.CHALLENGE === 'off' || provider === 'altcha' || !siteKey || !secret) return null;
  const { verifyUrl, scriptUrl, sources } = PROVIDERS[provider];
  const ownScript = config.CHALLENGE_SCRIPT_URL;
  return {
    ...{ provider, siteKey, secret },
    verifyUrl: config.CHALLENGE_VERIFY_URL ?? verifyUrl,
    scriptUrl: ownScript ?? scriptUrl,
    sources: ownScript ? { ...sources, script: `${sources.script} ${new URL(ownScript).origin}` } : sources,
  };
}

/** Tells a webhook what has happened, signed, so that the receiver knows who speaks. */
import { createHmac } from 'node:crypto';
import type { NotifyInput } from '../contracts/activities.js';
import { asGraftworkError, GraftworkError } from '../contracts/errors.js';

/** Milliseconds a receiver may take. */
const patience = 10_000;

/**
 * POSTs the notification as JSON. With GRAFTWORK_WEBHOOK_SECRET set it carries `X-Graftwork-Signature: t=<seconds>,v1=<hex>`, the
 * HMAC-SHA256 of `<seconds>.<body>`; `X-Graftwork-Delivery` is the same when it is sent again.
 *
 * @throws GraftworkError GW_WEBHOOK_FAILED: worth trying again for what may pass (no answer, 429, 5xx), final for other answers
 */
export async function notify(
  { url, delivery, notification }: NotifyInput,
  { signal }: { signal: AbortSignal },
  secret = process.env.GRAFTWORK_WEBHOOK_SECRET,
): Promise<void> {
  const body = JSON.stringify(notification);
  const seconds = Math.floor(Date.now() / 1000);
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'x-graftwork-event': notification.event,
    'x-graftwork-delivery': delivery,
  };
  if (secret !== undefined && secret !== '') headers['x-graftwork-signature'] = signature(body, seconds, secret);
  const to = new URL(url).host;
  let status: number;
  try {
    const answer = await fetch(url, {
      ...{ method: 'POST', headers, body },
      // A redirect could lead anywhere, with the notification in hand.
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
    });
    await answer.body?.cancel();
    status = answer.status;
  } catch (thrown) {
    signal.throwIfAborted();
    throw failed(`${to} does not answer (${asGraftworkError(thrown).message})`, true, thrown);
  }
  if (status >= 200 && status < 300) return;
  throw failed(`${to} answers ${status}`, status === 429 || status >= 500);
}

/** `t=<seconds>,v1=<hex>`: what a receiver computes too, from the raw body. */
export function signature(body: string, seconds: number, secret: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

function failed(what: string, retryable: boolean, cause?: unknown): GraftworkError {
  return new GraftworkError('GW_WEBHOOK_FAILED', `The webhook was not told: ${what}.`, {
    remedy: 'Check the address given with --notify; the event itself is in the run.',
    retryable,
    cause,
  });
}

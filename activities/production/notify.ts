/** Tells a webhook what has happened, signed, so that the receiver knows who speaks. */
import type { NotifyInput } from '../../contracts/activities/promotionActivities.js';
import { parseEnvironment, type Environment } from '../../contracts/environment.js';
import { asGraftworkError, GraftworkError } from '../../contracts/errors.js';
import { ask } from '../../learning/weights/download/outwardRequest.js';
import { signatureHeaders } from './webhookSignature.js';

/** Milliseconds a receiver may take. */
const patience = 10_000;

/**
 * POSTs the notification as JSON. With GRAFTWORK_WEBHOOK_SECRET set it is signed as Standard Webhooks are, delivery, time and
 * body; `X-Graftwork-Delivery` is the same when it is sent again.
 *
 * Only public https addresses are notified, unless GRAFTWORK_ALLOW_PRIVATE_ADDRESSES is set: anybody who may start runs can
 * name an address.
 *
 * @throws GraftworkError GW_WEBHOOK_FAILED: worth trying again for what may pass (no answer, 429, 5xx), final for other answers
 */
export async function notify(
  { url, delivery, notification }: NotifyInput,
  { signal }: { signal: AbortSignal },
  environment: WebhookEnvironment = parseEnvironment(process.env),
): Promise<void> {
  const { GRAFTWORK_WEBHOOK_SECRET: secret, GRAFTWORK_ALLOW_PRIVATE_ADDRESSES: allowPrivate } = environment;
  const body = JSON.stringify(notification);
  const seconds = Math.floor(Date.now() / 1000);
  const signed = secret === undefined || secret === '' ? {} : signatureHeaders({ delivery, seconds, body }, secret);
  const headers = {
    'content-type': 'application/json',
    'x-graftwork-event': notification.event,
    'x-graftwork-delivery': delivery,
    ...signed,
  };
  const to = new URL(url).host;
  let status: number;
  try {
    // A redirect is an answer like others: it could lead anywhere, with the notification in hand.
    const answer = await ask(
      url,
      { method: 'POST', headers, body, signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]) },
      { allowPrivate },
    );
    await answer.body?.cancel();
    status = answer.status;
  } catch (thrown) {
    signal.throwIfAborted();
    if (thrown instanceof GraftworkError) throw refused(to, thrown);
    throw failed(`${to} does not answer (${asGraftworkError(thrown).message})`, true, thrown);
  }
  if (status >= 200 && status < 300) return;
  throw failed(`${to} answers ${status}`, status === 429 || status >= 500);
}

/** Of the worker's environment. */
export type WebhookEnvironment = Pick<Environment, 'GRAFTWORK_WEBHOOK_SECRET' | 'GRAFTWORK_ALLOW_PRIVATE_ADDRESSES'>;

function refused(to: string, cause: GraftworkError): GraftworkError {
  return new GraftworkError('GW_WEBHOOK_FAILED', `The webhook was not notified: ${to} is not a public https address.`, {
    remedy: 'Give such an address, or set GRAFTWORK_ALLOW_PRIVATE_ADDRESSES=1 for the cpu workers.',
    cause,
  });
}

function failed(what: string, retryable: boolean, cause?: unknown): GraftworkError {
  return new GraftworkError('GW_WEBHOOK_FAILED', `The webhook was not notified: ${what}.`, {
    remedy: 'Check the address given with --notify. The event itself is recorded in the run.',
    retryable,
    cause,
  });
}

/** What a notification is signed with, so that its receiver knows who speaks, when, and which notification it is. */
import { createHmac } from 'node:crypto';

export interface SignedNotification {
  /** Names the notification: the same when it is sent again. */
  delivery: string;
  /** Seconds since 1970. */
  seconds: number;
  /** As it is sent. */
  body: string;
}

/** Headers with which a receiver checks a notification. */
export function signatureHeaders(notification: SignedNotification, secret: string): Record<string, string> {
  return {
    'webhook-id': notification.delivery,
    'webhook-timestamp': String(notification.seconds),
    'webhook-signature': standardSignature(notification, secret),
    'x-graftwork-signature': earlierSignature(notification, secret),
  };
}

/** Of Standard Webhooks 1.0: `v1,<base64>`, the HMAC-SHA256 of `<delivery>.<seconds>.<body>`. */
export function standardSignature({ delivery, seconds, body }: SignedNotification, secret: string): string {
  const signed = `${delivery}.${seconds}.${body}`;
  return `v1,${createHmac('sha256', keyOf(secret)).update(signed).digest('base64')}`;
}

/**
 * `t=<seconds>,v1=<hex>`, the HMAC-SHA256 of `<seconds>.<body>`, for receivers from version 0.1.0. It leaves the delivery
 * out: a notification that was overheard passes for a new one under another delivery.
 */
export function earlierSignature({ seconds, body }: SignedNotification, secret: string): string {
  return `t=${seconds},v1=${createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')}`;
}

/** Standard Webhooks writes a secret of 24 bytes or more as `whsec_<base64>`; any other text is a key as it stands. */
function keyOf(secret: string): Buffer {
  const [, encoded] = /^whsec_([A-Za-z0-9+/]{32,}={0,2})$/.exec(secret) ?? [];
  return encoded === undefined ? Buffer.from(secret) : Buffer.from(encoded, 'base64');
}

/** Notifications: sent once each, and never in the way of what they are about. */
import { log, uuid4 } from '@temporalio/workflow';
import type { Notification } from '../contracts/models/retraining.js';
import { outside } from './activityProxies.js';

/** @param url of a webhook; null when nobody is to be notified */
export async function tell(url: string | null, notification: Notification): Promise<void> {
  if (url === null) return;
  try {
    await outside.notify.executeWithOptions({ summary: notification.event }, [
      { url, delivery: uuid4(), notification },
    ]);
  } catch (error) {
    log.warn('a webhook was not notified', { event: notification.event, error });
  }
}

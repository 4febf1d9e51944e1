import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { requireStoreSettings } from './storeSettings.js';

test('an endpoint or a bucket is wanted, from the variables or from the profiles', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'profiles-'));
  try {
    const AWS_CONFIG_FILE = join(folder, 'config');
    const refused = {
      code: 'GW_ENVIRONMENT_INVALID',
      message: /AWS_ENDPOINT_URL_S3 and GRAFTWORK_BUCKET are not set/,
      remedy: /GRAFTWORK_BUCKET/,
    };
    await assert.rejects(requireStoreSettings({ AWS_CONFIG_FILE, AWS_REGION: 'eu-west-1' }), refused);
    await assert.rejects(requireStoreSettings({ AWS_CONFIG_FILE, AWS_ENDPOINT_URL_S3: '' }), refused);
    await requireStoreSettings({ AWS_CONFIG_FILE, GRAFTWORK_BUCKET: 'photos' });
    await requireStoreSettings({ AWS_CONFIG_FILE, AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9000' });
    await writeFile(AWS_CONFIG_FILE, '[default]\nregion = eu-west-1\n');
    await assert.rejects(requireStoreSettings({ AWS_CONFIG_FILE }), refused);
    await writeFile(AWS_CONFIG_FILE, '[services own]\ns3 =\n  endpoint_url = http://127.0.0.1:9000\n');
    await requireStoreSettings({ AWS_CONFIG_FILE });
  } finally {
    await rm(folder, { recursive: true });
  }
});

/** Models by the names people give them. */
import { GraftworkError } from '../../contracts/errors.js';
import type { ModelReference } from '../../contracts/models/modelCard.js';
import type { RunResult } from '../../contracts/run/result.js';
import { statusText } from '../../contracts/run/statusText.js';
import type { ModelRegistry } from '../../storage/registry/modelRegistry.js';

/**
 * What `name`, `name@version` or a run's id means.
 *
 * @param show the result of the run of that id
 * @throws GraftworkError GW_MODEL_NOT_FOUND; also when there is such a run, but it has made no model
 */
export async function modelOrRunsModel(
  models: ModelRegistry,
  show: (run: string) => Promise<RunResult>,
  named: string,
): Promise<ModelReference> {
  try {
    return await models.resolve(named);
  } catch (error) {
    const result = await show(named).catch(() => undefined);
    if (result === undefined) throw error;
    if (result.model !== null) return result.model;
    throw new GraftworkError(
      'GW_MODEL_NOT_FOUND',
      `Run ${named} has made no model: it is ${statusText(result.status)}.`,
      {
        remedy: '`graftwork models list` shows all models.',
      },
    );
  }
}

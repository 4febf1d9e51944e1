/**
 * Makes one thing after the other, and stores each while the next one is made. No more than one is on its way to the store,
 * so that memory stays bounded.
 * @param store is called when the one before is stored
 * @throws what `make` or `store` throws; by then nothing is on its way any more
 */
export async function oneBehind<Wanted, Made>(
  wanted: readonly Wanted[],
  make: (one: Wanted) => Promise<Made>,
  store: (one: Wanted, made: Made) => Promise<void>,
): Promise<void> {
  let storing = Promise.resolve();
  try {
    for (const one of wanted) {
      const made = await make(one);
      await storing;
      storing = store(one, made);
      // Awaited in any case; until then it is nobody's unhandled rejection.
      storing.catch(() => undefined);
    }
  } catch (thrown) {
    await storing.catch(() => undefined);
    throw thrown;
  }
  await storing;
}

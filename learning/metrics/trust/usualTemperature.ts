/** Share of pictures that a network recognises, of those that are as clear to it as its training asks for. */
const recognised = 0.99;

/**
 * The temperature that a network with label smoothing usually needs, before anything is known of its pictures. Training asks it for
 * 1 − ε + ε/classes of each picture, which is modest; this temperature makes 0.99 of it. Without smoothing it is 1.
 *
 * @param labelSmoothing ε, 0 to below 1
 */
export function usualTemperature(classes: number, labelSmoothing: number): number {
  const odds = (share: number): number => Math.log((share * (classes - 1)) / (1 - share));
  return Math.min(1, odds(1 - labelSmoothing + labelSmoothing / classes) / odds(recognised));
}

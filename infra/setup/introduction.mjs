/** The first line of a program that takes minutes: how long. */

/**
 * @param {readonly string[]} args of the demo
 * @returns {string | undefined} nothing where the demo's own pictures are not trained on
 */
export function demoIntroduction(args) {
  const isOther = args.some((arg) => /^(-h|--help|--version|--dataset(=.*)?)$/.test(arg));
  return isOther
    ? undefined
    : 'The demo takes 3 to 10 minutes, depending on the machine. The first run also needs time for the setup.';
}

/** A setup that cannot continue, as a person reads it: what is wrong, and what to do about it. Printed without a stack. */
export class SetupError extends Error {
  /**
   * @param {string} message what is wrong, naming the thing
   * @param {string} remedy what the person can do, as a sentence
   */
  constructor(message, remedy) {
    super(message);
    this.name = 'SetupError';
    this.code = 'GW_SETUP';
    this.remedy = remedy;
  }
}

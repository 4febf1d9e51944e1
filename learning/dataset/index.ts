/** What the client may know of data sets: it checks a local folder by the very rules of the ingest. Needs no TensorFlow. */
export type { Candidate } from './folders/candidates.js';
export { splitNamed } from './folders/candidates.js';
export { readImageFolder, type FolderSource } from './folders/imageFolder.js';
export { isKeeper, isLeftover, isLeftoverName, OtherFolders } from './folders/leftovers.js';
export { remarksOn } from './splits/remarks.js';
export { requireClasses } from './folders/requireClasses.js';
export { TextColumn } from './columns/textColumn.js';

/** What the client may know of data sets: it checks a local folder by the very rules of the ingest. Needs no TensorFlow. */
export { splitNamed } from './candidates.js';
export { readImageFolder, type FolderSource } from './imageFolder.js';
export { isKeeper, isLeftover, isLeftoverName, OtherFolders } from './leftovers.js';
export { remarksOn } from './remarks.js';
export { requireClasses } from './requireClasses.js';
export { TextColumn } from './textColumn.js';

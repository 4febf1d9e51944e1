/** What the client may know of data sets: it checks a local folder by the very rules of the ingest. Needs no TensorFlow. */
export type { Candidate } from './folders/candidates.js';
export { splitNamed } from './folders/splitNames.js';
export { readImageFolder, type FolderSource } from './folders/imageFolder.js';
export { isHiddenPicture, isNamedLikePicture } from './folders/pictureNames.js';
export { isKeeper, isLeftover, isLeftoverName, OtherFolders } from './folders/leftovers.js';
export { listHeadBytes, orListInstead } from './lists/listInstead.js';
export { decisionsHeadBytes, isDecisionsFile, readLabelDecisions, type LabelDecision } from './lists/labelDecisions.js';
export { readManifest } from './lists/manifestFile.js';
export { MissingText, type MissingPicture } from './lists/missingText.js';
export { mostShown, NearPaths } from './lists/nearPaths.js';
export { isPaper } from './folders/pictureFolders.js';
export { remarksOn } from './splits/remarks.js';
export { requireGroups } from './requireGroups.js';
export { requireClasses } from './folders/requireClasses.js';
export { TextColumn } from './columns/textColumn.js';
export { twoLabels, twoLabelsRemark } from './twoLabels.js';

/** What operating systems, network drives and tools leave behind in folders; anything else is looked at. Pure. */
import { isHiddenPicture } from './pictureNames.js';

/** Names in lower case, of files or folders. */
const names = new Set([
  '__macosx',
  '__pycache__',
  '@eadir', // Synology: thumbnails of every picture
  '@recycle', // QNAP
  '#recycle',
  '#snapshot',
  '$recycle.bin',
  'system volume information',
  'lost+found',
  'thumbs.db',
  'ehthumbs.db',
  'ehthumbs_vista.db',
  'desktop.ini',
  'icon\r', // macOS: a folder's own symbol
]);

/** As archives keep macOS's `Icon\r`. In capitals and at a path's end only: `icon` may be a class. */
const folderSymbol = 'Icon';

/** Hidden folders of tools, in lower case: nobody keeps a class of pictures there. */
const toolFolders =
  /^\.(?:git|github|svn|hg|dvc|cache|venv|idea|vscode|vs|thumbnails|thumb|trash(?:es|-.*)?|ipynb_checkpoints|appledouble|spotlight-v100|fseventsd|temporaryitems|documentrevisions-v100|picasaoriginals|@__thumb|sync|tmp.*)$/i;

/** Hidden files, folder markers of object stores, leftovers of operating systems. @param path of a file, with `/` */
export function isLeftover(path: string): boolean {
  if (path === '' || path.endsWith('/')) return true;
  const parts = path.split('/');
  return parts.at(-1) === folderSymbol || parts.some(isLeftoverName);
}

/** Whether a file or folder of this name is left out, with all that is in it. */
export function isLeftoverName(name: string): boolean {
  return isHidden(name) || names.has(name.toLowerCase());
}

function isHidden(name: string): boolean {
  return name.startsWith('.') && name !== '.' && name !== '..';
}

/** Stands for a folder without files in a bucket, where there are no folders: `dog/.keep`. */
const keeper = '.keep';

/** Folders that a listing of files does not show, below the source's root: what left-out paths show of them. */
export class OtherFolders {
  /** Those that may hold nothing: there is a leftover in them, or a marker (`dog/`) as object stores keep. */
  readonly marked = new Set<string>();
  /** Hidden ones, unless a tool keeps its own things there: somebody may have put pictures into them. */
  readonly hidden = new Set<string>();
  /** Hidden files that are named like pictures. */
  readonly hiddenPictures = new Set<string>();

  /** @param path a leftover: see {@link isLeftover} */
  add(path: string): void {
    const folders = path.split('/').slice(0, -1);
    const at = folders.findIndex(isLeftoverName);
    const name = folders[at];
    if (name !== undefined) {
      if (isHidden(name) && !toolFolders.test(name)) this.hidden.add(folders.slice(0, at + 1).join('/'));
      return;
    }
    if (isHiddenPicture(path)) this.hiddenPictures.add(path);
    if (folders.length > 0) this.marked.add(folders.join('/'));
  }

  /** Objects without content that show the same of these folders in a bucket, in order. */
  keepers(): string[] {
    return [...this.marked, ...this.hidden].map((folder) => `${folder}/${keeper}`).sort();
  }
}

/** Whether an object only stands for its folder. */
export function isKeeper(path: string): boolean {
  return path.endsWith(`/${keeper}`);
}

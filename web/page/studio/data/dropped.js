/** What was dropped on the page: files, and those in folders, which keep their folder's name. */

/** @typedef {{file: File, folder: string}} Found */

const MOST = 10_000;

/** @param {FileSystemDirectoryEntry} folder @returns {Promise<FileSystemEntry[]>} */
async function entriesIn(folder) {
  const reader = folder.createReader();
  /** @type {FileSystemEntry[]} */
  const all = [];
  // A browser gives some at a time, and none at the end.
  for (;;) {
    const some = await new Promise((/** @type {(value: FileSystemEntry[]) => void} */ resolve, reject) =>
      reader.readEntries(resolve, reject),
    );
    if (some.length === 0) return all;
    all.push(...some);
    if (all.length > MOST) throw new RangeError(`more than ${MOST.toLocaleString('en')} files were dropped`);
  }
}

/** @param {FileSystemEntry} entry @param {string} folder @returns {Promise<Found[]>} */
async function filesOf(entry, folder) {
  if (entry.isDirectory) {
    const entries = await entriesIn(/** @type {FileSystemDirectoryEntry} */ (entry));
    return (await Promise.all(entries.map((each) => filesOf(each, entry.name)))).flat();
  }
  const file = await new Promise((/** @type {(value: File) => void} */ resolve, reject) =>
    /** @type {FileSystemFileEntry} */ (entry).file(resolve, reject),
  );
  return [{ file, folder }];
}

/** Has to be called while the event is handled: afterwards a browser forgets what was dropped. @param {DataTransfer} transfer @returns {Promise<Found[]>} */
export async function droppedFiles({ items, files }) {
  const entries = [...items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  if (entries.length === 0) return [...files].map((file) => ({ file, folder: '' }));
  return (await Promise.all(entries.map((entry) => filesOf(entry, '')))).flat();
}

// What outlives the page, for a week: files on their way, in IndexedDB, and notes, in localStorage. Where the browser keeps nothing, nothing is said.

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
/** The lock that this tab holds while it lives: what it keeps is sent by no other. */
const own = `sightsync ${Math.random()}`;
const forever = new Promise(() => {});

// --- notes, written at once so that the last letter is there too: words not saved yet, by picture; by upload, the picture that it is to be

/** @returns {Record<string, [said: string, until: number]>} */
function notes() {
  try {
    return Object.fromEntries(Object.entries(JSON.parse(localStorage.kept)).filter(([, [, until]]) => until > Date.now()));
  } catch {
    return {};
  }
}

/** @param {string} key */
export const noted = (key) => notes()[key]?.[0] ?? "";

/** Nothing said: forgotten. @param {string} key */
export function note(key, said = "") {
  const all = notes();
  delete all[key];
  if (said) all[key] = [said, Date.now() + WEEK_MS];
  try {
    if (Object.keys(all).length) localStorage.kept = JSON.stringify(all);
    else delete localStorage.kept;
  } catch {
    // forbidden, or full
  }
}

// --- files, none without a note

/** @type {Promise<IDBDatabase> | undefined} */
let base;

async function open() {
  await new Promise((got) => void navigator.locks.request(own, () => (got(own), forever)));
  const request = indexedDB.open("sightsync");
  request.onupgradeneeded = () => request.result.createObjectStore("files", { keyPath: "key" });
  await new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
  request.result.onversionchange = () => request.result.close();
  return request.result;
}

/** Undefined where it could not be done. @template T @param {(files: IDBObjectStore) => IDBRequest<T>} act @returns {Promise<T | undefined>} */
async function ask(act) {
  try {
    const work = (await (base ??= open())).transaction("files", "readwrite");
    const asked = act(work.objectStore("files"));
    await new Promise((resolve, reject) => Object.assign(work, { oncomplete: resolve, onabort: reject }));
    return asked.result;
  } catch {
    return; // no such thing here, not allowed, or no room
  }
}

/** Tells whether it could. @param {string} key @param {File} file */
export async function keep(key, file) {
  note(key, "new");
  const kept = noted(key) && (await ask((files) => files.put({ key, file, tab: own })));
  if (!kept) note(key);
  return Boolean(kept);
}

/** @param {string} key */
export function forget(key) {
  note(key);
  void ask((files) => files.delete(key));
}

/** @returns {Promise<Kept[]>} */
const all = async () => (await ask((files) => files.getAll())) ?? [];

/** Hands over what tabs have left that are gone, or once they are. @param {(left: Kept[]) => void} take */
export async function inherit(take) {
  const tabs = new Set((await all()).map(({ tab }) => tab));
  tabs.delete(own);
  if (!tabs.size) take([]);
  for (const tab of tabs) {
    void navigator.locks.request(tab, async () => {
      const left = (await all()).filter((one) => one.tab === tab);
      take(left.filter(({ key }) => noted(key) || forget(key)));
      return left.length && forever; // they are ours now
    });
  }
}

/** At sign-out. */
export function forgetAll() {
  try {
    delete localStorage.kept;
    indexedDB.deleteDatabase("sightsync");
  } catch {
    // then nothing is there
  }
}

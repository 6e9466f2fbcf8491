// What outlives the page, for a week: files on their way, in IndexedDB, and notes, in localStorage. Where the browser keeps nothing, nothing is said.

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const own = `sightsync ${Math.random()}`; // the lock that this tab holds while it lives: what it keeps is sent by no other
const forever = new Promise(() => {});
/** @type {{ base: Promise<IDBDatabase> | undefined }} */
let { base } = { base: undefined };

/** @type {Keeping} */
const module = {
  // --- notes
  notes() {
    try {
      return Object.fromEntries(Object.entries(JSON.parse(localStorage.kept)).filter(([, [, until]]) => until > Date.now()));
    } catch {
      return {};
    }
  },

  noted: (key) => notes()[key]?.[0] ?? "",

  note(key, said = "") {
    const all = notes();
    delete all[key];
    if (said) all[key] = [said, Date.now() + WEEK_MS];
    try {
      if (Object.keys(all).length) localStorage.kept = JSON.stringify(all);
      else delete localStorage.kept;
    } catch {
      // forbidden, or full
    }
  },

  // --- files, none without a note

  async open() {
    await new Promise((got) => void navigator.locks.request(own, () => (got(own), forever)));
    const request = indexedDB.open("sightsync");
    request.onupgradeneeded = () => request.result.createObjectStore("files", { keyPath: "key" });
    await new Promise((resolve, reject) => Object.assign(request, { onsuccess: resolve, onerror: reject }));
    request.result.onversionchange = () => request.result.close();
    return request.result;
  },

  async ask(act) {
    try {
      const work = (await (base ??= open())).transaction("files", "readwrite");
      const asked = act(work.objectStore("files"));
      await new Promise((resolve, reject) => Object.assign(work, { oncomplete: resolve, onabort: reject }));
      return asked.result;
    } catch {
      return;
    }
  },

  async keep(key, file) {
    note(key, "new");
    const kept = noted(key) && (await ask((files) => files.put({ key, file, tab: own })));
    if (!kept) note(key);
    return Boolean(kept);
  },

  forget(key) {
    note(key);
    void ask((files) => files.delete(key));
  },

  all: async () => (await ask((files) => files.getAll())) ?? [],

  async inherit(take) {
    const tabs = new Set((await all()).map(({ tab }) => tab));
    tabs.delete(own);
    if (!tabs.size) take([]);
    for (const tab of tabs) {
      void navigator.locks.request(tab, async () => {
        const left = (await all()).filter((one) => one.tab === tab);
        take(left.filter(({ key }) => noted(key) || forget(key)));
        return left.length && forever;
      });
    }
  },

  forgetAll() {
    try {
      delete localStorage.kept;
      indexedDB.deleteDatabase("sightsync");
    } catch {
      // then nothing is there
    }
  },
};

const { notes, open, ask, all } = module;
export const { noted, note, keep, forget, inherit, forgetAll } = module;

// What each module holds and does. A module is one object of functions under its interface, so that their parameters need no types of their own;
// no browser loads this file.

// --- core.js

interface CoreHolds {
  /** Templates of the `html` tag, each parsed once. */
  parsed: WeakMap<TemplateStringsArray, HTMLTemplateElement>;
  watchers: Set<{ keys: (keyof State)[]; tell: Act }>;
  known: Map<string, Image>;
  followers: Set<Follow>;
  /** What had the focus, the last first, each with all that it stood in and before, from the inside out. */
  places: FocusPlace[];
  unsaid: Set<string>;
  /** CSS images of placeholders. */
  blurs: Map<string, string>;
}
type FocusPlace = { element: HTMLElement; trail: { home: Element; next: Element | null }[] };

interface Core {
  /** One element. Values become text, attributes, listeners (`@click=`) or properties (`.value=`), never markup. */
  html: <T extends HTMLElement = HTMLElement>(strings: TemplateStringsArray, ...values: any[]) => T;
  fillAttributes: (element: Element, rest: Iterator<any>) => void;
  fillText: (text: Text, rest: Iterator<any>) => void;
  nodes: (value: Child) => (Node | string)[];
  /** Replaces what is in an element. */
  fill: (element: Element, ...contents: Child[]) => void;
  /** What a selector finds first; an Error where that is nothing. */
  need: <S extends string>(selector: S, root?: ParentNode) => Selected<S>;
  /** What index.html's `<template>` of this id holds, for one use. */
  copy: (id: string) => HTMLElement;
  /** The element that an event happened to. */
  target: (event: { target: any }) => HTMLElement;

  set: (changes: Partial<State>) => void;
  /** Calls `tell` now and after every change of one of `keys`. */
  watch: (keys: (keyof State)[], tell: Act) => void;
  image: (id: string) => Image | undefined;
  /** Lists carry no steps: those of a fuller answer stay. */
  remember: (images: Image[]) => void;
  /** Calls `tell` with every picture that changes; what it gives ends that. */
  follow: (tell: Follow) => Act;

  /** What the address cannot mean is dropped. */
  parse: (search: string) => Route;
  format: (route: Route) => string;
  listKey: (route: Route) => string;
  place: () => Place;
  remark: (more: Place) => void;
  go: (changes: Partial<Route>, how?: LinkHow) => void;
  back: (changes: Partial<Route>) => void;
  followAddress: Act;

  link: (route: Partial<Route>, content: Child, how?: LinkHow) => HTMLElement;
  /** New tabs, windows and downloads are left to the browser. */
  onPlain: (act: Act) => (event: MouseEvent) => void;
  button: (label: Child, press: Act, kind?: string) => HTMLButtonElement;
  cross: (label: string, press: Act, kind?: string) => HTMLButtonElement;

  able: (at: Element) => boolean;
  /** The same button drawn anew is known again. */
  named: (at: Element) => string;
  /** When what has the focus goes, is hidden or disabled, what stands in its place gets it; no field, which would open a phone's keyboard. */
  holdFocus: Act;
  /** Nothing has the focus: what lies under a dialog does not take it. */
  unfocused: () => boolean;
  /** The same drawn anew, what follows, or the last beside it. */
  near: (place: FocusPlace) => HTMLElement | undefined;

  /** One announcement per batch: ten uploads are not ten. */
  announce: (message: string) => void;
  /** A message without a timer: it goes when it is closed or the next one comes. */
  tell: (message: string, label?: string, run?: Act) => void;
  /** Does it; says why it failed and offers to try again. */
  trying: (deed: Task) => Promise<void>;
  pause: (ms: number) => Promise<unknown>;
  reason: (error: unknown) => string;

  /** A CSS `url(…)`, or "", of a ThumbHash in base64. */
  background: (placeholder: string | null | undefined) => string;
  paint: (placeholder: string) => string;
  /** Some twenty-five bytes that hold blurred colours as the coefficients of a cosine transform. */
  decode: (hash: Uint8Array) => ImageData;

  /** A sentence of index.html's `<template id="sentences">`, or "". */
  says: (key: string) => string;
  count: (n: number) => string;
  counted: (n: number, one: string, many?: string) => string;
  /** Colours and light alone are no description. */
  alternative: (image: Image) => string;
  label: (image: Image) => string;
  name: (image: Image) => string;
  because: (match: Match) => string;
  /** With a capital first and a full stop last. */
  sentence: (text: string) => string;
  /** The built-in reader knows colour, light and shape. */
  simpleReader: () => boolean;
  readerName: () => string;
  /** Why words alone were searched, or "". */
  modeSentence: (list: List) => string;
  size: (bytes: number) => string;
  /** Of an RFC 3339 time. */
  date: (time: string) => string;
  lasting: (seconds: number) => string;
  asleep: () => string;
  /** Evidence names exact substrings, in the order of the text. */
  pieces: (text: string, evidence: Evidence[]) => { text: string; evidence?: Evidence }[];

  quoted: (words?: string) => string;
}

// --- core.js: the gallery behind it

interface GalleryHolds {
  /** Lists, so that Back finds them as they were. */
  kept: Map<string, List>;
  /** Ids of what is being analysed. */
  watched: Set<string>;
}
type GalleryState = { told: Promise<Config> | undefined };

interface Gallery {
  lost: () => ApiFailure;
  setOnline: (online: boolean) => void;
  config: () => Promise<Config>;
  /** Where the API is. */
  prefix: () => Promise<string>;
  /** The access token of who is signed in, in place of one that was refused; "" for nobody. */
  bearer: (refused?: string) => Promise<string>;
  call: (method: string, path: string, how?: CallHow, refused?: string) => Promise<any>;
  failure: (answer: Response) => Promise<ApiFailure>;
  path: (id: string) => string;
  listed: (query: Record<string, any>) => Promise<Listed>;
  /** A store answers JSON here and XML in the cloud. */
  refusal: (request: XMLHttpRequest) => ApiFailure;

  show: (route: Route) => void;
  more: (list: List) => Promise<void>;
  /** The button's press: this page and two more by themselves. */
  onward: (list: List) => Promise<void>;
  /** What stands there stays until the first page has come again. */
  dropOthers: Act;
  refresh: Task;
  /** Takes pictures off every wall; what it gives hangs them back where they were. */
  takeDown: (...ids: string[]) => Act;
  /** Pictures of the walls seen so far. */
  hanging: () => Image[];
  page: (list: List, cursor: string | null) => Promise<Found>;
  take: (list: List, found: Found) => void;
  changed: (list: List) => void;
  recount: Task;

  /** Nothing more happens to it by itself. */
  settled: (picture: Image | undefined) => boolean; // new words wait for their match
  poll: (ids: string[]) => void;
  scheduleLook: Act;
  /** Slower while nothing happens; what comes without its steps, or is not settled, is looked at again, behind the others. */
  look: Task;
  ask: Task;
  scheduleAsk: Act;
  listen: (recover: Act) => void;
}
type ApiFailure = InstanceType<typeof import("./core.js").ApiError>;
type CallHow = { query?: Record<string, any>; body?: unknown; version?: number; signal?: AbortSignal | undefined };

// --- chips.js

type ChipsHold = {
  /** Chips in the box; the rest of the query is in the field. */
  chips: Part[];
  /** Of the chip whose menu is open. */
  at: number;
  /** The field holds what Enter has not settled: no chip is made of it. */
  typed: boolean;
  /** Pictures of links that were asked for once. */
  asked: Set<string>;
};

interface Chips {
  /** As the gallery understood this text; a guess until it has answered. */
  parts: (q: string) => Part[];
  text: (chips?: Part[]) => string;
  /** Takes chips and field from the address: plain words are one text together, all else are chips. */
  settle: Act;
  put: (chips: Part[], changes?: Partial<Route>, how?: LinkHow) => void;
  /** In place of the same and of those that are to go. */
  add: (typed: string, gone?: (part: Part) => boolean) => void;
  /** A colour that is to be there. */
  wanted: (part: Part) => boolean;
  /** Puts a colour in, in place of any other; a colour that is there already goes. */
  toggleColour: (name: string) => void;
  /** The chip at this place goes; the picture when it is negative. */
  drop: (at: number) => void;
  turn: (at: number, changes: Partial<Part>) => void;

  startSearch: Act;
  /** The words are all there. */
  whole: Act;
  /** Searches again, for what was found by words alone because more was being typed. */
  mean: Act;
  /** Opens the search on a phone: box and colours. */
  enter: Act;
  leave: Act;
  commit: Act;
  drawChips: Act;
  chip: (part: Part, at: number) => HTMLElement;
  mark: (part: { kind: string; text: string }) => Child;
  faces: () => HTMLElement[];
  /** What can be done with a chip. */
  open: (at: number, words: string) => void;
  keys: (event: KeyboardEvent) => void;

  recent: () => string[];
  /** Keeps what was searched for. */
  jot: Act;
  /** Takes away what is offered. */
  fold: Act;
  /** Makes this the one that Enter takes; the field keeps the focus. */
  point: (option: Element | null) => void;
  /** The next, or the one before; beside the last and the first there is none. */
  choose: (by: number, chosen: Element | null) => void;
  /** Draws what could be meant. */
  offer: Act;

  /** Sends a smaller copy where the browser can make one. */
  byPicture: (files: FileList | null | undefined) => Promise<void>;

  /** More like it, and less. */
  steer: (id: string, kind?: string) => HTMLElement;
  /** Hangs near-duplicates behind the first of them. */
  likes: (id: string) => HTMLElement | false;
  /** Why it is here, and what its owner thinks of that. */
  here: (id: string, place: HTMLElement) => void;
  /** Lights up the words that were found. */
  light: (at: Node, id: string) => void;
}

// --- main.js: the wall

interface WallHolds {
  /** Cards in the document. */
  hung: Map<string, HTMLElement>;
  dressers: ((card: HTMLElement) => void)[];
}
type WallState = { ids: string[]; layout: Layout };

interface Wall {
  /** Justified rows of which only those near the window are in the document, in their visual order. */
  startWall: Act;
  room: () => Room;
  relist: Act;
  relay: Act;
  later: Act;
  card: (id: string, first?: boolean) => HTMLElement;
  /** Cards that hang and those to come get something more. */
  dress: (add: (card: HTMLElement) => void) => void;
  /** Fetches its picture, of which the two small copies are 320 and 640 px high, never enlarged. */
  develop: (id: string, item: HTMLElement) => void;
  hangUp: (id: string, item: HTMLElement, box: Box) => void;
  /** Pictures that a rectangle of the page touches, in the document or not. */
  touched: (rectangle: { left: number; top: number; right: number; bottom: number }) => string[];
  /** Indexes of what is near the window, and of the focused one wherever it is. */
  wanted: () => { all: number[]; end: number };
  draw: Act;
  takeOff: (item: HTMLElement, id: string) => void;
  /** The next stage waits for the pictures of this one, but not for long. */
  advance: Task;
  drawRest: (list: List) => void;
  /** Back where one was, page by page after a reload. */
  returnTo: (list: List) => Promise<void>;
  /** Its size may be another: many that change at once are laid out once. */
  redraw: (id: string) => void;
  walk: (event: KeyboardEvent) => void;
  /** The nearest picture in the row above or below, or -1. */
  beside: (index: number, step: number) => number;
  focusCard: (id: string) => void;
  /** For the morph into the stage. */
  pictureOf: (id: string) => HTMLImageElement | null;
  /** Comics' tall pages are cropped; a picture of unknown size hangs as a square. */
  aspect: (picture: Image | undefined) => number;
  /** Rows as near the target height as whole pictures allow; the last one is not stretched, and waits where more come. */
  justify: (aspects: number[], room: Room) => Layout;
  rowAt: (y: number) => WallRow | undefined;
}

// --- main.js: all around it

/** Does something with a part of the page once that is there. */
type WithPart<T> = (act: (part: T) => unknown, otherwise?: Act) => Promise<unknown>;

interface Main {
  lost: Act;
  dialogs: WithPart<typeof import("./dialogs.js")>;
  owners: WithPart<typeof import("./owners.js")>;
  signin: WithPart<typeof import("./signin.js")>;

  drawTabs: Act;
  /** A shuffle has a seed, so that its link shows the same. */
  startOrder: Act;
  hue: (hue: [name: string, hex: string]) => HTMLElement;
  startFiles: (give: (files: FileList | null | undefined) => unknown) => void;

  drawState: Act;
  standIn: (list: List, total: number | undefined) => Child;
  firstRun: () => Child;
  look: (event: Event) => Promise<void>;
  /** Samples are drawn and analysed one after the other: the wall fills as they get ready. */
  untilHung: Task;
  clear: Task;
  /** Said quietly above the wall: how the search was done, or that these are samples. */
  drawNote: Act;
  /** Up to three searches that the pictures at hand answer. */
  suggestionLine: () => Child;
  /** A whole short title, a whole tag, the hue that fills most of some picture, a category: each is there. */
  suggestions: () => [string | undefined, Partial<Route>][];

  /** The picture of a link that was followed is fetched beside the part that shows it, which tells what goes wrong. */
  hasten: (id: string) => Promise<void>;
  /** The first sign of somebody is early enough to have it all there when it is wanted; a key that comes before it is pressed again then. */
  ahead: (event: Event) => void;
  press: (selector: string, act: (event: MouseEvent) => void) => void;
}

// --- facts.js

type ChangesHeld = {
  /** What is being saved of each picture. */
  chains: Map<string, Promise<unknown>>;
  /** Told while a step is done, and at its end with nothing. */
  watcher: { progress: (done?: number, total?: number) => void };
};
/** Facts beside a picture; `keep` saves what is being typed. */
type Facts = { element: HTMLElement; update: (picture: Image) => void; keep: Act };
type Field = { update: (picture: Image) => void; keep: () => Promise<void> };
type WordsField = Field & { element: HTMLElement; box: HTMLTextAreaElement; place: HTMLElement };
type ChipsField = { element: HTMLElement; update: (picture: Image) => void; choose: (category: string) => Promise<void> };
type SideParts = Record<string, (picture: Image) => Child>;

interface FactsModule {
  /** Draws only what differs, so that eyes and hands stay where they are. */
  renew: (at: HTMLElement, ...contents: Child[]) => boolean;
  large: (picture: Image) => HTMLElement;
  /** When `spoken`, hidden text says what the lines say; not where a field beside it speaks. */
  marked: (text: string, match: Match | null, spoken?: boolean) => Child;
  /** The match that stands; none while new words wait for theirs. */
  stored: (picture: Image) => Match | null;
  /** Nothing where there is nothing to say. */
  verdict: (picture: Image, measured?: boolean, match?: Match | null) => Child;
  /** Two marks on one scale, given as z. */
  measure: (yours: number, theirs: number | null) => HTMLElement;
  /** A field for words, underlined beneath the letters as one types, and a place for how they match. */
  wordsField: (how: WordsHow) => WordsField;
  /** With a button where these words can be taken. */
  modelsWords: (picture: Image, use: Child) => Child;
  /** A picture's category as radio chips; `save` may give a promise. */
  chipsField: (save: (category: string) => unknown) => ChipsField;
  tagsField: (picture: Image) => Child;
  facts: (picture: Image) => Facts;
  /** One line of its owner's, saved when it is left. */
  line: (id: string, field: "title" | "credit", place: HTMLElement) => Field;
  /** In whole rows; a help, not worth a message. */
  alike: (id: string, place: HTMLElement) => Promise<void>;
  /** By the machine's own sheet where it has one; else the link is copied. */
  share: (id: string) => Promise<void>;

  /** After what is being saved already; ApiError `image_changed` when somebody else changed the same. */
  save: (id: string, changes: Changes) => Promise<Image>;
  write: (id: string, changes: Changes, tries: number) => Promise<Image>;
  /** What somebody else made of it meanwhile, where that is the error. */
  conflict: (error: unknown) => { image?: Image } | null;
  /** Those fields that another object has too, as JSON. */
  pick: (picture: Image, fields: object) => string;
  /** Saves, and tells whether it could; else says why. */
  attempt: (id: string, changes: Changes) => Promise<boolean>;
  retry: (id: string) => Promise<Image>;
  /** Out of the bin. */
  bringBack: (id: string) => Promise<Image>;
  /** After this call a picture is analysed. */
  anew: (call: Promise<Image>) => Promise<Image>;

  /** In turn; then says once what became of it, and tells whether anything did, with the way back or on. */
  step: (ids: string[], run: Run, after: After) => Promise<boolean>;
  /** What fails stops nothing, but where nobody answers the rest is not tried. */
  inParts: (ids: string[], size: number, workers: number, run: Run) => Promise<Outcome>;
  add: (all: Outcome, more: Outcome) => void;
  singly: (call: (id: string) => Promise<Image | null>) => Run;
  together: (changes: ManyChanges) => Run;
  idsOf: (some: { id: string }[]) => string[];
  /** Takes off this wall what belongs on another. */
  unhang: (some: Image[], set: Changes) => Act;
  /** When `quiet`, without offering a way back. */
  change: (ids: string[], changes: ManyChanges, said: Say, quiet?: boolean) => Promise<boolean>;
  /** Groups by what they had, as JSON. */
  changeBack: (groups: Map<string, Image[]>, hangBack: Act) => Promise<boolean>;
  publish: (ids: string[], quiet?: boolean) => Promise<boolean>;
  unpublish: (ids: string[], quiet?: boolean) => Promise<boolean>;
  /** Into the bin. */
  remove: (ids: string[]) => Promise<boolean>;
  restore: (ids: string[], hangBack: Act) => Promise<boolean>;
  /** The files as they were uploaded, one after the other. */
  download: (ids: string[]) => Promise<void>;
}

// --- dialogs.js

type DialogsHold = {
  at: number;
  /** Modal dialogs, the topmost last. */
  open: HTMLDialogElement[];
  sidebar: Facts | null;
  /** The picture in the dialog, and the one in the show. */
  shown: string;
  now: string;
};

interface Dialogs {
  /** Leaves instead of closing by itself, unless the browser insists. */
  modal: (dialog: HTMLDialogElement, leave: Act) => void;
  openModal: (dialog: HTMLDialogElement) => void;
  closeModal: (dialog: HTMLDialogElement) => void;
  /** A modal dialog makes all outside it inert, so the page's voice moves into the topmost one. */
  hoist: Act;
  /** By a press outside what it holds. */
  closeOnGround: (dialog: HTMLDialogElement, close: Act) => void;
  /** Keys where nobody types. */
  onKeys: (within: HTMLElement, act: KeyAct) => void;
  /** A view transition where there are such and people want motion. */
  transition: (change: Act) => Promise<void>;

  display: (id: string) => string;
  /** The next in a direction, or "": of those there is a picture of, when `drawn`. */
  beside: (id: string, by: number, drawn?: boolean) => string;
  /** The same, fetched first where what is here ends. */
  reach: (id: string, by: number, drawn?: boolean) => Promise<string>;
  fetchAhead: (id: string, drawn?: boolean) => void;
  markStrip: (stage: HTMLElement, picture: Image) => void;
  /** What scrolls can be reached by keys. */
  reachable: (stage: HTMLElement) => void;

  /** Back to the wall, by Back where that leads there. */
  leave: Act;
  turn: Task;
  fetchOne: (id: string) => Promise<void>;
  open: (id: string) => Promise<void>;
  hang: (picture: Image) => void;
  missing: (message: string) => void;
  hide: Act;
  morph: (img: HTMLElement | null, name: string) => void;
  step: (by: number) => Promise<void>;
  renew: Act;
  markEnds: Act;
  /** A double click goes to where it was made. */
  zoom: (event: MouseEvent) => void;
  /** At which one pixel of the file is one of the screen. */
  ownWidth: (img: HTMLImageElement) => number;
  markZoom: Act;
  pan: (event: PointerEvent) => void;

  /** The first picture that is whole in the window. */
  inSight: () => HTMLElement | undefined;
  begin: (id: string) => boolean;
  /** To the dialog with the picture shown last, or to its card. */
  endShow: Task; // nothing else takes the focus until the screen is left
  /** From the last to the first, when `round`. */
  leaf: (by: number, round?: boolean) => Promise<void>;
  draw: (id: string) => void;
  playing: (on: boolean) => void;
  wake: Act;
  swipe: (down: PointerEvent) => void;

  openModels: Act;
  closeModels: Act;
  drawModels: Act;
  press: (selector: string, act: (event: MouseEvent) => unknown) => void;
}

// --- owners.js

/** Which pictures are chosen, which were before the range or rectangle that is being drawn, and whose panel is open. */
type Choice = { chosen: Set<string>; base: Set<string>; open: HTMLElement | null };

interface Owners {
  can: (id: string) => boolean;
  loaded: () => string[];
  choosing: () => boolean;
  pictures: () => Image[];
  cardId: (at: Element | null) => string;

  mark: (card: HTMLElement) => void;
  choose: (next: Set<string>, quiet?: boolean) => void;
  /** On touch screens: from now on taps choose. */
  pickMany: Act;
  clear: (quiet?: boolean) => void;
  all: Act;
  /** Another wall starts anew; what has left this one is not changed unseen. */
  prune: Act;
  /** With a range all from the last one; a range drawn anew takes the place of the one before. */
  take: (id: string, range: boolean) => void;
  drag: (event: PointerEvent) => void;

  draw: Act;
  deed: (run: Many) => Promise<void>;
  toggle: (which: HTMLElement) => void;
  drawCategories: (some: Image[]) => void;
  drawTags: (some: Image[]) => void;
  tag: (changes: Omit<ManyChanges, "set">, said: Say) => Promise<void>;
  press: (selector: string, run: (event: MouseEvent) => unknown) => void;
}

// --- desk.js

type DeskHolds = {
  /** `ids` keeps those that are settled, so that they come back to their place; `id` is at hand. */
  line: { ids: string[]; id: string; state: string; error: string; changed: boolean };
  steps: DeskStep[];
  gone: Set<string>;
  /** How a picture is shown until the server has told it again. */
  meanwhile: Map<string, Image>;
  /** Of near duplicates; null once gone. */
  twins: Map<string, Maybe>;
};
type DeskState = { sources: { check: string; cursor: string | null }[]; deeds: Deed[]; writes: Promise<void> };

interface DeskModule {
  reasons: (picture: Maybe) => string[];
  /** As the server will tell it, as far as the Desk asks. */
  after: (picture: Image, changes: Changes) => Image;
  /** With which it waits no more: what that leaves open is kept as it is. */
  whole: (picture: Image, changes: Changes) => Changes;

  busy: () => boolean;
  look: (id?: string) => Image | undefined;
  /** Its neighbour in the line. */
  near: (by: number) => string | undefined;
  begin: Task;
  again: Task;
  /** Until there is enough to show, or nothing is left. */
  more: Task;
  /** Another at hand; else the one that is, or one that waits beside it. */
  move: (id?: string) => void;
  /** Counts anew. */
  tally: (before: Maybe, now: Maybe) => void;
  /** Shows a picture as it will be. */
  turn: (id: string, now: Image | null) => DeskSpot[];
  /** With one of them at hand then. */
  turnBack: (spots: DeskSpot[], shown?: string) => void;
  /** Shown as done, and done after those before it; one that fails is taken back and said. */
  take: (said: string, spots: DeskSpot[], run: Task, back?: Task) => void;
  queue: (spots: DeskSpot[], run: Task, failed?: Act) => void;
  change: (id: string, changes: Changes, said: string) => void;
  /** Deletes it; the one that it was nearly the same as is kept as it is. */
  bin: (id: string, said: string, kept?: Image) => void;
  tryAgain: (id: string, said: string) => void;
  /** Takes the last step back, and tells what it was. */
  undo: () => string;
  /** The server's own word again, once it says why the picture is here. */
  fresh: (id: string) => void;
  /** It may have left the line elsewhere, or have come back. */
  heard: (picture: Image) => void;

  /** One line while pictures are read, looked at again while the Desk is seen. */
  drawProgress: Act;
  askProgress: Task;

  openOrShut: Act;
  leave: Act;
  /** What is typed and not saved yet. */
  typed: (picture: Image) => Changes;
  /** Saves what is typed of a picture that is left as it waits. */
  jot: Act;
  step: (by: number) => void;
  /** Says what was just done, and what comes. */
  say: (deed: string) => void;
  takeBack: Act;
  switchKeys: Act;
  waits: () => string;

  /** What it is nearly the same as, while that is there. */
  twin: (picture: Image) => Image | null;
  /** Its twin is no more. */
  alone: (picture: Image) => boolean;
  why: (picture: Image) => string[];
  /** The older and the newer, each with its end. */
  halves: (picture: Image, other: Image) => { one: Image; deed: Deed }[];

  settle: (changes: Changes, said: string) => void;
  drop: (id: string, kept?: Image) => void;
  /** Saves the words, publishes a draft, and goes on. */
  written: Act;
  file: (category: string) => void;
  /** Whether it asks for words first of all. */
  wordless: (picture: Image) => boolean;
  /** What "keep" means for it. */
  keeping: (picture: Image) => string | false;
  /** The first one is also what Enter does. */
  possible: (picture: Image) => Deed[];
  keys: KeyAct;
  categories: () => Category[];

  part: (name: string) => HTMLElement;
  press: (deed: Deed, kind?: string) => HTMLElement;
  draw: Act;
  /** Nothing at hand: loading, failed, or all is done ("clear"). */
  drawRest: (kind: string) => void;
  drawPanel: (picture: Image) => void;
  drawStage: (picture: Image) => void;
}

// --- facts.js: what outlives the page, for a week: files on their way, in IndexedDB, and notes, in localStorage

/** A file on its way, and the tab that sends it. */
type KeptFile = { key: string; file: File; tab: string };

interface Keeping {
  /** Words not saved yet, by picture; by upload, the picture that it is to be; each until when. */
  notes: () => Record<string, [said: string, until: number]>;
  noted: (key: string) => string | undefined;
  /** At once, so that the last letter is there too. Nothing said: forgotten. */
  note: (key: string, said?: string) => void;
  open: () => Promise<IDBDatabase>;
  /** Undefined where it could not be done. */
  ask: <T>(act: (files: IDBObjectStore) => IDBRequest<T>) => Promise<T | undefined>;
  /** Tells whether it could. */
  keep: (key: string, file: File) => Promise<boolean>;
  forget: (key: string) => void;
  all: () => Promise<KeptFile[]>;
  /** Hands over what tabs have left that are gone, or once they are. */
  inherit: (take: (left: KeptFile[]) => void) => Promise<void>;
  /** At sign-out. */
  forgetAll: Act;
}

// --- owners.js: files on their way in

type UploadsHeld = {
  /** As they were added, newest last. */
  uploads: Upload[];
  /** Came to rest since that was last said. */
  rested: Set<Upload>;
  rows: Map<string, SheetRow>;
  /** Ids of drafts that were deleted here, which Undo brings back. */
  binned: Set<string>;
};

interface Uploads {
  those: (...now: UploadState[]) => Upload[];
  update: (upload: Upload, changes: Partial<Upload>) => void;
  push: (fields: Partial<Upload>) => Upload;
  /** With what is known of each. */
  add: (files: Iterable<File>, known?: Partial<Upload>[]) => void;
  /** What an earlier page left on its way goes on; `say` is told of how many, in all. */
  resume: (say: (files: number) => void) => Promise<void>;
  /** The rest is judged by content, never by name or declared type. */
  refusal: (file: File) => string;
  addDrafts: Task;
  addDraft: (draft: Image) => Upload;
  drop: (upload: Upload) => void;
  again: (upload: Upload) => void;
  pump: Act;
  carry: (upload: Upload) => Promise<void>;
  fail: (upload: Upload, failure: unknown) => void;
  /** Nothing where the browser has no crypto: the server finds duplicates too. */
  digest: (file: File) => Promise<string | undefined>;
  standing: (picture: Image) => Pick<Upload, "state" | "error">;
  /** Says it once nothing is on its way any more: ten files are one message. */
  rest: (...some: Upload[]) => void;
  record: (upload: Upload) => Image | undefined;

  start: Act;
  /** With the drafts in it. */
  openDrafts: Task;
  takeFiles: (files: File[]) => void;
  /** Takes up what an earlier page left, and says so. */
  goOn: () => Promise<void>;
  keepAll: Act;
  close: Act;
  /** What is done with leaves the sheet; drafts and what is on its way stay. */
  closed: Act;
  /** What went wrong first, then in the order of arrival. */
  rank: (upload: Upload) => number;
  drawSheet: Act;
  ready: () => Upload[];
  drawFoot: Act;
  publishAll: Task;
  applyToAll: (category: string) => void;
  row: (upload: Upload) => SheetRow;
  /** The file's own pixels where the browser can show them. */
  drawThumb: (box: HTMLElement, upload: Upload, picture: Image | undefined) => void;
  /** How far it is, from 0 to 1. */
  share: (upload: Upload, picture: Image | undefined) => number;
  told: (upload: Upload, picture: Image | undefined) => Child;
  remedies: (upload: Upload) => Child;
  replace: (upload: Upload) => void;
  bin: (upload: Upload) => Promise<void>;
}

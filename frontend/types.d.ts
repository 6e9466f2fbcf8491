// Shapes of the API and of what the page's modules hand each other. They are known everywhere without an import, and no browser loads this file.

type Verdict = "agrees" | "partly" | "disagrees" | "unknown";
type Evidence = { text: string; verdict: Verdict; says: string };
type Match = {
  verdict: Verdict;
  score: number | null;
  z: number | null;
  caption_z: number | null;
  reason: string | null;
  evidence: Evidence[];
  space: string | null;
};
type Step = { name: string; outcome: "ok" | "skipped" | "failed" | "waiting"; ms: number; reason: string | null; at: string };
type Swatch = { hex: string; name: string; share: number };
type Image = {
  id: string;
  version: number;
  owner: string;
  status: "waiting" | "processing" | "ready" | "rejected" | "failed";
  analysis: "pending" | "waking" | "done" | "failed";
  reason: string | null;
  message: string | null;
  published: boolean;
  filename: string;
  title: string;
  credit: string;
  description: string;
  category: string;
  tags: string[];
  content_type: string;
  bytes: number;
  width: number | null;
  height: number | null;
  sha256: string | null;
  caption: { text: string; model: string; kind: "caption" | "looks" } | null;
  match: Match | null;
  suggested: { category: string | null; tags: string[] } | null;
  palette: Swatch[];
  placeholder: string | null;
  derivatives: { thumb?: string; row?: string; display?: string };
  checks: string[];
  reviewed: boolean;
  sample: boolean;
  mine: boolean;
  duplicate_of: string | null;
  near_duplicate_of: string | null;
  steps: Step[];
  created_at: string;
  updated_at: string;
};
type Changes = Partial<Pick<Image, "title" | "description" | "category" | "tags" | "credit" | "published" | "reviewed">>;
/** One change to many pictures; tags are added to and taken from what each of them has. */
type ManyChanges = { set: Changes; add_tags?: string[]; remove_tags?: string[] };
type Why = {
  /** For people; empty where the search is only a filter. */
  sentence: string;
  meaning: { rank: number; z: number; against: "text" | "image" } | null;
  words: { rank: number; highlights: string[] } | null;
  colour: { share: number } | null;
};
/** `like`: near-duplicates that stand behind it. */
type Hit = { image: Image; likely: boolean; why: Why; like: { count: number; ids: string[] } | null };
/** One part of a query; `typed` is the part as text. */
type Part = { kind: string; text: string; weight: number; negated: boolean; typed: string };
/** `fits`: something is likely to be what was looked for. `query`: as understood; none where nothing was asked. */
type Found = { mode: string; reason: string | null; fits: boolean; query: { text: string; parts: Part[] } | null; hits: Hit[]; next_cursor: string | null };
type Listed = { images: Image[]; next_cursor: string | null };
type Category = { id: string; name: string; count: number; covers: string[] };
type Categories = { categories: Category[]; total: number };
/** `queued` is everybody's; of `seconds_left` nothing is known while there is no pace. */
type Progress = { waiting: number; done: number; rejected: number; failed: number; queued: number | null; per_minute: number; seconds_left: number | null };
type Desk = { drafts: number; total: number; progress?: Progress };
type Health = {
  status: string;
  version: string;
  vision: { name: string; state: "ready" | "waking" | "down" | "off"; can: string[]; last_wake_s: number | null; message?: string | null };
};
type Ticket = { image: Image; duplicate?: boolean; upload?: { url: string; fields: Record<string, string> } };

/** What the address bar says; and `picture`, the key of one's own picture that is looked for, which only the history holds. */
type Route = { q: string; category: string; image: string; sort: string; seed: string; desk: string; picture: string };
/** One's own picture as a query, and its address in this window. */
type Sought = { body: Blob; url: string };

/** Pictures in the order in which they hang, with how to get the next ones. */
type List = {
  key: string;
  route: Route;
  ids: string[];
  hits: Map<string, Hit>;
  cursor: string | null;
  state: "loading" | "ready" | "failed";
  error: string;
  mode: string;
  reason: string | null;
  fits: boolean;
  query: Part[] | null;
  automatic: number;
  scroll: number;
};

type UploadState = "queued" | "asking" | "sending" | "analysing" | "ready" | "refused" | "failed" | "lost" | "duplicate";
type Upload = {
  key: string;
  file: File | null;
  name: string;
  preview: string;
  state: UploadState;
  progress: number;
  error: string;
  id: string;
  /** It would outlive the page. */
  kept: boolean;
};

type State = {
  route: Route;
  list: List | null;
  online: boolean;
  signedIn: boolean;
  /** More of the query will come: no model is asked that costs something. */
  typing: boolean;
  health: Health | null;
  categories: Categories | null;
  desk: Desk | null;
};

/** The API as the page calls it. Every failure is an ApiError. */
interface Api {
  health(): Promise<Health>;
  categories(): Promise<Categories>;
  desk(): Promise<Desk>;
  list(route: Route, cursor: string | null, limit: number): Promise<Listed>;
  search(route: Partial<Route>, cursor: string | null, limit: number, signal?: AbortSignal): Promise<Found>;
  /** What was thought of a search's results, by image; 0 does not fit, 3 fits. An ApiError where the gallery keeps no such thing. */
  grades(q: string): Promise<Record<string, number | null>>;
  judge(query: string, image: string, grade: number | null): Promise<unknown>;
  /** Own pictures that wait for one reason. */
  waiting(check: string, cursor: string | null, limit: number): Promise<Listed>;
  /** What its owner has not published yet, newest first. */
  drafts(): Promise<Listed>;
  some(ids: string[]): Promise<Listed>;
  one(id: string): Promise<Image>;
  similar(id: string, limit: number): Promise<Found>;
  change(id: string, changes: Changes, version: number): Promise<Image>;
  /** At most MOST_IDS. */
  changeMany(ids: string[], changes: ManyChanges): Promise<{ images: Image[]; errors: { id: string; message: string }[] }>;
  remove(id: string): Promise<null>;
  restore(id: string): Promise<Image>;
  retry(id: string): Promise<Image>;
  score(id: string, text: string, signal: AbortSignal): Promise<Match | null>;
  addSamples(): Promise<unknown>;
  removeSamples(): Promise<unknown>;
  /** A short-lived link follows. */
  original(id: string): Promise<string>;
  /** What people send each other: a page that chats and networks preview. */
  shareLink(id: string): Promise<string>;
  requestUpload(file: { filename: string; content_type: string; bytes: number; sha256?: string }): Promise<Ticket>;
  /** Posts the file to the store by its presigned form, and tells which share of it has gone. */
  send(ticket: { url: string; fields: Record<string, string> }, file: File, progress: (share: number) => void): Promise<void>;
}

// --- what modules hand each other

/** What the history remembers beside the address; `opened`: Back leads to the view that this one covers. */
type Place = { scroll?: number; count?: number; opened?: boolean; picture?: string };
/** What the `html` tag takes between tags. */
type Child = Node | string | number | boolean | null | undefined | Child[];
type Box = { left: number; top: number; width: number; height: number };
/** `below`: from a picture's foot to the next row. */
type Room = { width: number; target: number; gap: number; below: number };
/** Images first to end - 1 hang in it. */
type WallRow = { top: number; height: number; first: number; end: number };
type Layout = { rows: WallRow[]; boxes: Box[]; height: number };
/** How to go there; `opened`: Back leads to the view that it covers. */
type LinkHow = { kind?: string; label?: string; opened?: boolean; replace?: boolean };
/** A row of the sheet. */
type SheetRow = {
  element: HTMLElement;
  update: () => void;
  categories: () => void;
  choose: (category: string) => void;
  keep: () => void;
  stop: () => void;
};
/** A step that can be taken on the Desk, by key or by button. */
type Deed = { key: string; label: string; run: () => void; kind?: string };

/** `auth` of config.json: who signs people in. Without region and endpoint it is nobody to whom this page can speak. */
type Auth = { issuer: string; client_id: string | null; region: string | null; endpoint?: string | null; sign_up?: boolean };
/** `samples`: whether the API can draw some; one machine's can. */
type Config = { api?: string; auth?: Auth | null; samples?: boolean };

type Tokens = { AccessToken: string; IdToken: string; RefreshToken?: string; ExpiresIn: number };
/** Cognito's name for it without "Exception", or Limit, or Lost: what is thrown in signin.js, and has its sentence in index.html. */
type Refusal = string;
interface SignIn extends Record<string, any> {
  /** The answer, or a Refusal. */
  ask(action: string, body: Record<string, any>): Promise<any>;
  begin(flow: string, parameters: Record<string, string>): Promise<any>;
  hush(kind: Refusal): void;
  /** Of who is signed in; "" when that has ended. */
  token(refused?: string): Promise<string>;
  renew(): Promise<string>;
  take(tokens: Tokens): void;
  keep(sub: string, refresh: string): void;
  arrive(answer: { AuthenticationResult?: Tokens; ChallengeName?: string; ChallengeParameters?: Record<string, string>; Session: string }): Promise<void>;
  show(step: string): Promise<void>;
  run(deed: string): Promise<void>;
  fail(kind: Refusal): Promise<void>;
  openAccount(): Promise<void>;
}

// --- shared function types

type Act = () => void;
type Follow = (picture: Image) => void;

// --- the document: what a selector finds is an HTML element, and of its tag where it names one (`input#q`, `.search input`)

type Cut<S extends string, At extends string> = S extends `${infer Tag}${At}${string}` ? Tag : S;
type LastOf<S extends string> = S extends `${string} ${infer Rest}` ? LastOf<Rest> : S;
type TagOf<S extends string> = Cut<Cut<Cut<Cut<LastOf<S>, ".">, "#">, ":">, "[">;
type Selected<S extends string> = S extends `${string},${string}`
  ? HTMLElement
  : TagOf<S> extends keyof HTMLElementTagNameMap
    ? HTMLElementTagNameMap[TagOf<S>]
    : HTMLElement;
interface ParentNode {
  querySelector<S extends string>(selector: S): Selected<S> | null;
  querySelectorAll<S extends string>(selector: S): NodeListOf<Selected<S>>;
}
interface Element {
  closest<S extends string>(selector: S): Selected<S> | null;
}

// --- changes to pictures, and the Desk

type Outcome = { images: Image[]; errors: { id: string; message: string }[] };
type Run = (ids: string[]) => Promise<Outcome>;
/** How a picture in the line was, and how it is. */
type DeskSpot = { id: string; was: Image; now: Image | null };
type DeskStep = { said: string; spots: DeskSpot[]; back: (() => Promise<unknown>) | undefined; done: boolean };
/** What is said of a step, and how it is taken back. */
type After = (outcome: Outcome) => { said: string; undo?: Act | undefined };
type Task = () => Promise<unknown>;
type Many = (ids: string[]) => Promise<unknown>;
type Say = (what: string) => string;
type Maybe = Image | null | undefined;
/** Whether a key meant something. */
type KeyAct = (key: string, event: KeyboardEvent, at: Element) => unknown;
/** A field for a picture's words: whose they are, what it is called, and how they are saved where that is at once. */
type WordsHow = { look: () => Image | undefined; label: string; save?: (text: string) => Promise<boolean>; measured?: boolean };

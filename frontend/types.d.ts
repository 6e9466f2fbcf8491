// Shapes of the API (section 6 of the design) and of what the page's modules hand each other. Types only: nothing loads this file.

export type Verdict = "agrees" | "partly" | "disagrees" | "unknown";
export type Evidence = { text: string; verdict: Verdict; says: string };
export type Match = {
  verdict: Verdict;
  score: number | null;
  z: number | null;
  caption_z: number | null;
  reason: string | null;
  evidence: Evidence[];
  space: string | null;
};
export type Step = { name: string; outcome: "ok" | "skipped" | "failed" | "waiting"; ms: number; reason: string | null; at: string };
export type Swatch = { hex: string; name: string; share: number };
export type Image = {
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
export type Changes = Partial<Pick<Image, "title" | "description" | "category" | "tags" | "credit" | "published" | "reviewed">>;
/** One change to many pictures; tags are added to and taken from what each of them has. */
export type ManyChanges = { set: Changes; add_tags?: string[]; remove_tags?: string[] };
export type Why = {
  meaning: { rank: number; z: number; against: "text" | "image" } | null;
  words: { rank: number; highlights: string[] } | null;
  colour: { share: number } | null;
};
export type Hit = { image: Image; likely: boolean; why: Why };
export type Found = { mode: string; reason: string | null; hits: Hit[]; next_cursor: string | null };
export type Listed = { images: Image[]; next_cursor: string | null };
export type Category = { id: string; name: string; count: number; covers: string[] };
export type Categories = { categories: Category[]; total: number };
export type Desk = { drafts: number } & Record<string, number>;
export type Health = {
  status: string;
  version: string;
  vision: { name: string; state: "ready" | "waking" | "down" | "off"; can: string[]; last_wake_s: number | null };
};
export type Ticket = { image: Image; duplicate?: boolean; upload?: { url: string; fields: Record<string, string> } };

/** What the address bar says. */
export type Route = { q: string; category: string; image: string; sort: string; desk?: string };

/** Pictures in the order in which they hang, with how to get the next ones. */
export type List = {
  key: string;
  route: Route;
  ids: string[];
  hits: Map<string, Hit>;
  cursor: string | null;
  state: "loading" | "ready" | "failed";
  error: string;
  mode: string;
  reason: string | null;
  automatic: number;
  scroll: number;
};

export type UploadState = "queued" | "asking" | "sending" | "analysing" | "ready" | "refused" | "failed" | "lost" | "duplicate";
export type Upload = {
  key: string;
  file: File | null;
  name: string;
  preview: string;
  state: UploadState;
  progress: number;
  error: string;
  id: string;
};

export type State = {
  route: Route;
  list: List | null;
  online: boolean;
  signedIn: boolean;
  health: Health | null;
  categories: Categories | null;
  desk: Desk | null;
};

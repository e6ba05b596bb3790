// What is told between the modules of the page. For `tsc` and for readers: nothing of it is served.

type App = import("./app.js").App;
type State = import("./news.js").State;

interface Who {
  /** A claim; none was given yet. */
  name?: string | null;
  tag: string;
}

type Fate = "open" | "lost" | "sent" | "received" | "failed";

interface Recipient {
  who: Who;
  fate: Fate;
  /** The device that holds it while they are away. */
  heldBy?: Who;
  why?: string;
}

/** What stands in a conversation. */
interface Entry {
  /** Another one for each entry, ascending. */
  id: number;
  /** Another one after each change. */
  v: number;
  /** Seconds since 1970. */
  at: number;
  kind: "theirs" | "ours" | "note" | "files";
  text: string;
  from?: Who;
  run?: string;
  message?: number;
  to?: Recipient[];
  /** It says who is here, until the next one does. */
  isPresence?: boolean;
  isWarning?: boolean;
  /** Of a file, or of one that was offered to several. */
  files?: File_[];
  /** All of a long text is shown. */
  isOpen?: boolean;
}

/** A file, and what has become of it. */
interface File_ {
  run: string;
  file: number;
  who: Who;
  ours: boolean;
  name: string;
  folder: boolean;
  size: number;
  files: number;
  /** As in the news, or `past` after the node was started again. */
  state: string;
  done?: number;
  why?: string;
  path?: string;
  preview?: Preview;
  /** Where it is shown. */
  entries: Entry[];
  pace?: Pace;
}

interface Preview {
  width: number;
  height: number;
  /** Hexadecimal digits, six for each pixel. */
  rgb: string;
}

/** How fast a file is, in bytes a second, and how far it was at a time in milliseconds. */
interface Pace {
  at: number;
  done: number;
  speed: number;
}

interface Chat {
  key: string;
  /** Of whom it is with; none if it is with everyone. */
  tag?: string;
  /** If the node is in several. */
  circle?: string;
  entries: Entry[];
  /** Of its texts, in UTF-16 code units. */
  length: number;
  unread: number;
  /** Id of the first entry that was not read when it was opened. */
  first: number;
  lastAt: number;
  /** Whoever it was with is forgotten. */
  isGone: boolean;
}

interface Person {
  name: string | null;
  tag: string;
  here: boolean;
  trust: string;
  address: string | null;
  circle: string;
}

interface Me {
  name: string;
  tag: string;
  addresses: string[];
  circles: string[];
}

interface Finding {
  finding: string;
  text: string;
  mend?: string | null;
  interface?: string | null;
}

/** Files that were offered to everyone at once. */
interface Group {
  circle?: string;
  files: number[];
}

/** What a piece of news calls for besides being shown. */
interface Effect {
  /** `who` is to be asked again. */
  people?: boolean;
  /** Where something new is. */
  chat?: Chat;
  /** For a notification. */
  title?: string;
  body?: string;
  toast?: string;
}

/** What the feed tells a tab. */
type Told = { run: string } | { news: any; notify?: boolean } | { phase: Phase; why?: string };
type Phase = "open" | "looking" | "stopped" | "gone" | "locked" | "first_run";

/** How rows of a list are painted. */
interface Painter {
  /** Another one if the row is to be another element. */
  signature(entry: Entry, before?: Entry): string;
  paint(entry: Entry, before?: Entry): Row;
  /** Of its height, in pixels. */
  estimate(entry: Entry, width: number): number;
}

interface Row {
  element: HTMLElement;
  signature?: string;
  update?: () => void;
}

/** A file on its way to the server. */
interface Upload {
  id: number;
  chat: Chat;
  file: File;
  share: number;
  stop(): void;
}

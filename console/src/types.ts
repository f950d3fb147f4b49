// The nouns of the HTTP API as the console reads them. Everything the server may leave out is optional.

export type Verdict = 'allow' | 'warn' | 'review' | 'hold' | 'block';
export type Mode = 'draft' | 'shadow' | 'canary' | 'live';
export const VERDICTS: Verdict[] = ['allow', 'warn', 'review', 'hold', 'block'];
export const MODES: Mode[] = ['draft', 'shadow', 'canary', 'live'];

export interface Market { id: string; name: string; currency: string; zone: string }
export interface Agent { login: string; name: string; role: string; language?: string | null; theme?: string | null; keys?: Record<string, string>; disabled?: boolean; disabled_at?: string | null }
export interface Session { agent: Agent; csrf: string; markets: Market[] }
export interface Page<T> { items: T[]; next: string | null }

export interface EntityRef { kind: string; id: string }
export interface Role extends EntityRef { role: string }

export interface EventView {
  market: string; seq: number; id: string; source: string; type: string; subject?: string | null;
  time: string; received_at: string; actor?: string | null;
  data?: Record<string, unknown>; personal?: string[]; entities?: Role[];
  verdict?: Verdict | null; score?: number | null; decision?: boolean;
}

export interface Read { name: string; value: unknown }
export interface Span { field: string; start: number; end: number; signal: string }
export interface HitView { rule: string; mode: Mode; verdict: Verdict; missing?: boolean; text?: string; reads: Read[]; spans?: Span[] }
export type EffectState = 'applied' | 'waiting' | 'delivered' | 'failed' | 'dead' | 'undone' | 'cancelled';
export interface EffectView {
  index: number; kind: string; entity: EntityRef | string; detail?: unknown; inverse: string;
  state: EffectState; delivery_key?: string | null;
}
export interface DecisionView {
  market: string; seq: number; policy: string; verdict: Verdict; score: number;
  event?: EventView; hits: HitView[]; effects: EffectView[];
  undone?: { at: string; by: string; why: string } | null;
}
export interface Replay { same: boolean; stored: unknown; replayed: unknown }
export interface UndoAnswer { undone: { index: number; how: string }[]; kept: { index: number; why: string }[] }

export interface Label { name: string; by?: string; why?: string; at?: string; until?: string | null }
export interface Aggregate {
  name: string; fn: string; by?: string; values: Record<string, unknown>; approximate?: boolean; missing?: boolean;
}
export interface EntityView extends EntityRef {
  market: string; first_seen?: string | null; registered_at?: string | null; labels: Label[]; aggregates: Aggregate[];
  cases: CaseView[]; timeline: Page<EventView>;
}
export interface EntityFound extends EntityRef { market: string; labels?: (string | Label)[] }

export type CaseVerdict = 'fraud' | 'fine' | 'unsure' | 'undone';
export interface CaseView {
  id: string | number; market: string; queue: string; entity: EntityRef | string; state: 'open' | 'closed';
  opened_at: string; due_at?: string | null; events?: number; score?: number; verdict?: CaseVerdict | null;
  claimed_by?: string | null; closed_at?: string | null; note?: string | null; decisions?: DecisionView[];
}
export interface CasePage extends Page<CaseView> { counts: Record<string, { open: number; overdue: number }> }

export interface RuleView {
  name: string; event: string[] | string; when: string; mode: Mode; verdict: Verdict; why?: unknown; file: string; line: number;
  budget?: unknown; canary?: unknown; then?: unknown[]; hits_24h?: number; hits_total?: number; last_hit?: string | null;
  tests?: { passed: number; failed: number }; tripped_at?: string | null;
}
export interface RulesPage { policy: { hash: string; activated_at: string; author: string; note?: string }; items: RuleView[] }

export interface Diagnostic {
  file: string; line: number; column: number; length?: number; severity: 'error' | 'warning' | string;
  message: string; suggestion?: string | null;
}
export interface TestResult { rule: string; name: string; passed: boolean; expect?: unknown; got?: unknown }
export interface CheckAnswer { ok: boolean; diagnostics: Diagnostic[]; tests: TestResult[] }
export interface PolicyFile { path: string; text: string; hash: string }
export interface Policy { hash: string; author: string; note?: string; activated_at: string; files: { path: string; bytes: number }[] }
export interface PolicyVersion { hash: string; author: string; note?: string; at: string; active: boolean }
export interface Proposal {
  id: string; state: 'open' | 'approved' | 'declined' | 'withdrawn'; author: string; note: string; at: string; base: string; hash: string; stale: boolean;
  rules: string[]; mine: boolean; decided_by?: string | null; decided_at?: string | null; why?: string | null; files?: FileDiff[];
}
export interface FileDiff { path: string; before: string | null; after: string | null }

export interface Sample { market: string; seq: number; rule: string; change: 'new' | 'lost'; event?: EventView }
export interface BacktestResult {
  events: number; took_ms: number; new_hits: number; lost_hits: number; same_hits: number;
  by_rule: { rule: string; before: number; after: number; new: number; lost: number }[];
  verdicts_changed: unknown; people_affected: number; value_affected: { currency: string; minor: number }[]; samples: Sample[];
}
export interface Backtest { id: string; state: 'running' | 'done' | 'failed' | 'cancelled'; done: number; total: number; result?: BacktestResult | null; error?: string | null }

export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'dead' | 'undone' | 'cancelled';
export interface Delivery {
  key: string; market: string; seq: number; index: number; kind: string; target: string; entity: EntityRef | string;
  state: DeliveryState; attempts: number; next_at?: string | null; last_error?: string | null; created_at: string; delivered_at?: string | null;
}
export interface DeliveryPage extends Page<Delivery> { counts: Record<string, number> }

export interface Minute { at: string; events: number; hits: number }
export interface Stats {
  events: number; decisions: number; warned: number; held: number; blocked: number; reviewed: number;
  cases_open: number; lost: number; rate_1m?: number; by_minute: Minute[];
}
export interface Retention { days: number | null; logs: { market: string; from_seq: number; from_at?: string | null }[] }
export interface Webhook { url: string; secrets?: number; allow_private?: boolean }
export interface Settings {
  version: string; store: string; encoder: boolean; retention_days?: number | null; retention?: Retention; webhooks?: Webhook[]; agents?: Agent[];
}
export interface Key { id: string; name: string; scopes: string[]; market?: string | null; created_at?: string; last_used_at?: string | null; last_used?: string | null }

export interface Mark {
  start: number; end: number; kind: 'list' | 'act' | 'identifier'; name: string;
  direction?: 'offers' | 'asks' | 'neither'; polarity?: 'lure' | 'warning'; confidence?: number; about?: string;
}
export interface Turn {
  seq: number; time: string; sender: string; recipient?: string | null; state: 'sent' | 'asked'; bytes: number; language?: string | null;
  marks: Mark[]; verdict: Verdict; score: number; hits: HitView[];
}
export interface CopyOf { turn: number; seq: number; time: string; sender: string; conversation: string; recipient?: string | null }
export interface ChatView {
  market: string; id: string; listing?: string | null; parties: { id: string; messages: number }[]; turns: Turn[]; facts: EventView[];
  copies: CopyOf[]; cases: CaseView[]; more: boolean;
}
export interface Revealed { texts: { seq: number; text: string }[]; looks_24h: number }
export interface ReadView { language: { code: string; confidence: number } | null; spans: Mark[] }
export interface Preview {
  messages: number; lists: { list: string; before: number; after: number }[]; samples: { event: EventView; change: 'new' | 'lost' | 'moved'; spans: Mark[] }[];
}

export interface RateView { hits: number; n: number; share: number | null; low: number | null; high: number | null }
export interface TwinView { alerts: RateView; precision: RateView; recall: RateView }
export interface Quality {
  days: number; messages: number; conversations: number; truncated: boolean; found: { fraud: number; fine: number; unsure: number };
  overall: RateView; precision: (RateView & { by: 'language' | 'market' | 'signal'; name: string })[];
  volume: { at: string; messages: number; warned: number; reviewed: number; stopped: number }[];
  stayed: RateView; stayed_base: RateView; keyword: TwinView; guard: TwinView; overlap: { both: number; keyword_only: number; guard_only: number }; lists: string[];
}

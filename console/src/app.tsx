// Which page an address shows. Pages are loaded when first visited.
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Compass } from 'lucide-preact';
import { t } from './i18n';
import { retryNow, tune } from './live';
import { forget } from './load';
import { here, match, navigate } from './router';
import { language, market, session } from './state';
import { Empty, ProblemBox, Skeleton, useTitle } from './ui/basics';
import { Frame } from './ui/frame';
import SignIn from './pages/signin';
import Live from './pages/live';

type Params = Record<string, string>;
type PageComponent = ComponentType<Params>;
type Source = PageComponent | (() => Promise<{ default: unknown }>);

const lazy = new Map<string, PageComponent>([['live', Live as PageComponent]]);
const ROUTES: [pattern: string, name: string, source: Source][] = [
  ['/live', 'live', Live as PageComponent],
  ['/decisions', 'decisions', () => import('./pages/decisions')],
  ['/decisions/:market/:seq', 'decisions', () => import('./pages/decisions')],
  ['/e/:kind/:id', 'entity', () => import('./pages/entity')],
  ['/cases', 'cases', () => import('./pages/cases')],
  ['/cases/:id', 'cases', () => import('./pages/cases')],
  ['/chats', 'chats', () => import('./pages/chats')],
  ['/chats/:id', 'chats', () => import('./pages/chats')],
  ['/chat/:market/:conversation', 'chats', () => import('./pages/chats')],
  ['/events', 'events', () => import('./pages/events')],
  ['/lexicon', 'lexicon', () => import('./pages/lexicon')],
  ['/lexicon/:tongue', 'lexicon', () => import('./pages/lexicon')],
  ['/quality', 'quality', () => import('./pages/quality')],
  ['/proposals', 'proposals', () => import('./pages/proposals')],
  ['/proposals/:id', 'proposals', () => import('./pages/proposals')],
  ['/rules', 'rules', () => import('./pages/rules')],
  ['/rules/:name', 'rule', () => import('./pages/rule')],
  ['/history', 'history', () => import('./pages/history')],
  ['/history/:hash', 'history', () => import('./pages/history')],
  ['/deliveries', 'deliveries', () => import('./pages/deliveries')],
  ['/settings', 'settings', () => import('./pages/settings')],
  ['/settings/:section', 'settings', () => import('./pages/settings')],
];

function useRoute(): { name: string; params: Params; Page: PageComponent | undefined; problem: unknown; retry: () => void } | null {
  const path = here.value.path;
  const [state, setState] = useState<{ turn: number; problem: unknown }>({ turn: 0, problem: null });
  let found: { name: string; params: Params; source: Source } | null = null;
  for (const [pattern, name, source] of ROUTES) {
    const params = match(pattern, path);
    if (params) { found = { name, params, source }; break; }
  }
  const name = found?.name;
  useEffect(() => {
    if (!found || lazy.has(found.name)) return;
    (found.source as () => Promise<{ default: PageComponent }>)().then(
      (module) => { lazy.set(name!, module.default); setState((s) => ({ turn: s.turn + 1, problem: null })); },
      () => setState((s) => ({ ...s, problem: new Error('chunk') })),
    );
  }, [name, state.turn]);
  if (!found) return null;
  return { name: found.name, params: found.params, Page: lazy.get(found.name), problem: state.problem, retry: () => setState((s) => ({ turn: s.turn + 1, problem: null })) };
}

export function App() {
  const asked = here.value;
  useEffect(() => {
    if (asked.path === '/') navigate('/live', true);
  }, [asked.path]);
  const wantedMarket = asked.query.get('market');
  useEffect(() => {
    if (wantedMarket !== null && !asked.path.startsWith('/e/')) market.value = wantedMarket;
  }, [wantedMarket]);
  const first = useRef(true);
  useEffect(() => {
    forget();
    if (!first.current) retryNow();
    first.current = false;
  }, [language.value, session.value?.agent.login]);
  if (session.value === undefined) return null;
  if (session.value === null) return <SignIn />;
  return <Frame><Inside /></Frame>;
}

function Inside() {
  const route = useRoute();
  useEffect(() => {
    // The Live page tunes the stream to its own filters; every other page hears all of the market.
    if (route?.name !== 'live') tune({ market: market.value });
  }, [route?.name, market.value]);
  if (!route) return here.value.path === '/' ? null : <Lost />;
  if (route.problem) return <ProblemBox problem={route.problem} retry={route.retry} />;
  return route.Page ? <route.Page {...route.params} /> : <Skeleton rows={8} height={64} />;
}

function Lost() {
  useTitle(t('lost'));
  return <Empty icon={Compass} title={t('lost')} action={<a class="button main" href="/live">{t('lost-home')}</a>}>{t('lost-about')}</Empty>;
}

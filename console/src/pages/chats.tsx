// Chats: a conversation as it was said, what was read in it, who the two are, and a verdict by one key.
import { useEffect, useState } from 'preact/hooks';
import { CircleCheck, CircleHelp, Copy, Eye, EyeOff, Flag, MessagesSquare, OctagonAlert } from 'lucide-preact';
import { api, path, query } from '../api';
import { absolute, clock, day, entity as entityOf, number, relative, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { here, navigate, setQuery } from '../router';
import { marketName, may } from '../state';
import { complain } from '../toasts';
import type { CaseView, ChatView, EntityView, EventView, Revealed, Turn } from '../types';
import { ActIcon, ACTS, actionOf, actName, MarkedText, MarkTags, type Act } from '../ui/acts';
import { Ago, Button, Caps, Empty, EntityLink, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Columns } from '../ui/columns';
import { askWhy } from '../ui/dialog';
import { gist } from '../ui/evidence';
import { Closed, DeskButtons, Due, hrefOf, Queue, useDesk, useWork, type Place, type Work } from '../ui/work';
import { keysOf } from '../actions';

const place = (): Place => ({ base: '/chats', title: t('nav-chats'), only: 'chats', icon: MessagesSquare });
const chatPath = (market: string, id: string) => `/v1/chats${path(market, id)}`;

export default function Chats({ id, market, conversation }: { id?: string; market?: string; conversation?: string }) {
  if (market && conversation) return <Alone key={`${market}/${conversation}`} market={market} conversation={conversation} />;
  return <Desk {...(id ? { id } : {})} />;
}

function Desk({ id }: { id?: string }) {
  const work = useWork(place(), id);
  const loaded = useLoad<CaseView>(id ? `/v1/cases${path(id)}` : null);
  const talks = talksOf(loaded.data);
  const asked = here.value.query.get('talk');
  const talk = talks.find((one) => one === asked) ?? talks[0];
  const chat = useLoad<ChatView>(loaded.data && talk ? chatPath(loaded.data.market, talk) : null);
  return (
    <Columns
      open={!!id}
      listHref={`/chats${location.search}`}
      listName={t('nav-chats')}
      list={<Queue work={work} current={id ?? ''} />}
      item={id ? <One key={id} work={work} loaded={loaded} chat={chat} talks={talks} talk={talk} /> : <Choosing work={work} />}
      {...(chat.data ? { brief: <Parties chat={chat.data} /> } : {})}
    />
  );
}

/** The conversations a case is about, the newest first. */
export function talksOf(one: CaseView | undefined): string[] {
  if (!one) return [];
  const about = entityOf(one.entity);
  const said = (one.decisions ?? []).flatMap((d) => d.event?.entities ?? []).filter((e) => e.kind === 'conversation').map((e) => e.id);
  return [...new Set([...(about?.kind === 'conversation' ? [about.id] : []), ...said])];
}

function Choosing({ work }: { work: Work }) {
  const first = work.items[0];
  useTitle(t('nav-chats'));
  const go = () => first && navigate(hrefOf(work.place, first.id));
  useKeys([{ does: 'case-first', run: go }]);
  const action = first && work.state === 'open' ? <Button kind="main" does="case-first" onClick={go}>{t('case-first')}</Button> : null;
  return <Empty icon={MessagesSquare} title={t('chat-choose')} action={action}>{t('chat-choose-about')}</Empty>;
}

type Reading<T> = ReturnType<typeof useLoad<T>>;

function One({ work, loaded, chat, talks, talk }: { work: Work; loaded: Reading<CaseView>; chat: Reading<ChatView>; talks: string[]; talk: string | undefined }) {
  const one = loaded.data;
  const [acts, setActs] = useState<Act[]>([]);
  const desk = useDesk(work, loaded);
  const look = useLook(chat.data);
  useTitle(talk ? t('chat-title', { id: talk }) : t('nav-chats'));
  const wide = matchMedia('(min-width: 1000px)').matches;
  const toggle = (act: Act) => setActs((old) => (old.includes(act) ? old.filter((a) => a !== act) : [...old, act]));
  useKeys([
    { does: 'case-fraud', run: () => void desk.close('fraud', acts) },
    { does: 'case-fine', run: () => void desk.close('fine') },
    { does: 'case-unsure', run: () => void desk.close('unsure', acts) },
    { does: 'case-claim', run: () => void desk.claim() },
    { does: 'case-next', run: desk.forward },
    { does: 'key-reveal', run: () => void look.toggle() },
    ...ACTS.map((act) => ({ does: actionOf(act), run: () => toggle(act) })),
  ]);
  if (!one) return loaded.problem ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={5} height={90} />;
  return (
    <article class="sheet chat">
      <Head title={<><span class="muted">{t('kind-conversation')}</span> <span class="mono">{talk ?? one.id}</span></>} about={<>{marketName(one.market)} · <EntityLink of={one.entity} market={one.market} /> · <Due one={one} /></>}>
        <LookButton look={look} />
        <DeskButtons one={one} desk={desk} />
      </Head>
      {talks.length > 1 && (
        <div class="tabs" role="group" aria-label={t('chat-several')}>
          {talks.slice(0, 8).map((id) => <button key={id} type="button" aria-pressed={id === talk} onClick={() => setQuery({ talk: id })}>{id}</button>)}
        </div>
      )}
      {desk.open ? (
        <div class="judge">
          <div class="verdicts">
            <Button kind="harm" icon={OctagonAlert} does="case-fraud" onClick={() => void desk.close('fraud', acts)}>{t('case-fraud')}</Button>
            <Button icon={CircleCheck} does="case-fine" onClick={() => void desk.close('fine')}>{t('case-fine')}</Button>
            <Button icon={CircleHelp} does="case-unsure" onClick={() => void desk.close('unsure', acts)}>{t('case-unsure')}</Button>
            <input aria-label={t('case-note')} placeholder={t('case-note')} value={desk.note} maxLength={500} onInput={(e) => desk.setNote(e.currentTarget.value)} />
          </div>
          <details class="act-found" open={wide || acts.length > 0}>
            <summary class="small">{t('acts-found')} {acts.length > 0 && <b>{number(acts.length)}</b>}</summary>
            <div class="act-choices" role="group" aria-label={t('acts-found')}>
              {ACTS.map((act) => (
                <button key={act} type="button" aria-pressed={acts.includes(act)} title={t(`about-${actionOf(act)}`)} onClick={() => toggle(act)}>
                  <ActIcon act={act} /> <span>{actName(act)}</span> <Caps keys={keysOf(actionOf(act))} />
                </button>
              ))}
            </div>
          </details>
        </div>
      ) : one.state === 'closed' && <Closed one={one} desk={desk} />}
      {!talk ? <p class="muted">{t('chat-none-named')} <a href={`/cases/${encodeURIComponent(one.id)}`}>{t('chat-as-case')}</a></p>
        : <Conversation chat={chat} look={look} />}
    </article>
  );
}

/** A conversation by its own address, without a case. */
function Alone({ market, conversation }: { market: string; conversation: string }) {
  const chat = useLoad<ChatView>(chatPath(market, conversation));
  const look = useLook(chat.data);
  useTitle(t('chat-title', { id: conversation }));
  useKeys([{ does: 'key-reveal', run: () => void look.toggle() }]);
  const open = chat.data?.cases.find((c) => c.state === 'open');
  return (
    <Columns
      open
      listHref="/chats"
      listName={t('nav-chats')}
      item={
        <article class="sheet chat">
          <Head title={<><span class="muted">{t('kind-conversation')}</span> <span class="mono">{conversation}</span></>} about={marketName(market)}>
            <LookButton look={look} />
            {open && <a class="button plain" href={`/cases/${encodeURIComponent(open.id)}`}>{t('chat-open-case')}</a>}
          </Head>
          <Conversation chat={chat} look={look} />
        </article>
      }
      {...(chat.data ? { brief: <Parties chat={chat.data} /> } : {})}
    />
  );
}

interface Look { words: Map<number, string> | null; left: number; looks: number; toggle: () => Promise<void>; can: boolean }
const LOOK_SECONDS = 30;

/** The words, for a reason and for a short while. */
function useLook(chat: ChatView | undefined): Look {
  const [words, setWords] = useState<Map<number, string> | null>(null);
  const [left, setLeft] = useState(0);
  const [looks, setLooks] = useState(0);
  const id = chat && `${chat.market}/${chat.id}`;
  useEffect(() => { setWords(null); setLeft(0); }, [id]);
  useEffect(() => {
    if (!words) return;
    if (left <= 0) return setWords(null);
    const timer = setTimeout(() => setLeft(left - 1), 1_000);
    return () => clearTimeout(timer);
  }, [words, left]);
  const can = !!chat && may('work');
  const toggle = async () => {
    if (words) return setWords(null);
    if (!can || !chat) return;
    const reason = await askWhy({ title: t('reveal'), about: t('reveal-about', { count: LOOK_SECONDS }), label: t('reveal-why'), action: t('reveal') });
    if (reason === null) return;
    try {
      const found = await api<Revealed>('POST', `${chatPath(chat.market, chat.id)}/reveal`, { reason });
      setWords(new Map(found.texts.map((one) => [one.seq, one.text])));
      setLooks(found.looks_24h);
      setLeft(LOOK_SECONDS);
    } catch (cause) {
      complain(cause);
    }
  };
  return { words, left, looks, toggle, can };
}

function LookButton({ look }: { look: Look }) {
  if (!look.can) return null;
  return (
    <>
      {look.looks > 0 && <span class="muted small">{t('looks', { count: look.looks })}</span>}
      <Button icon={look.words ? EyeOff : Eye} does="key-reveal" onClick={() => void look.toggle()}>{look.words ? t('veil', { count: look.left }) : t('reveal')}</Button>
    </>
  );
}

function Conversation({ chat, look }: { chat: Reading<ChatView>; look: Look }) {
  const data = chat.data;
  if (!data) return chat.problem ? <ProblemBox problem={chat.problem} retry={chat.reload} /> : <Skeleton rows={6} height={70} />;
  const first = data.parties[0]?.id;
  const rows: (Turn | EventView)[] = [...data.turns, ...data.facts].sort((a, b) => a.seq - b.seq);
  return (
    <>
      {data.more && <p class="muted small">{t('chat-more')}</p>}
      <ol class="turns" aria-label={t('conversation')}>
        {rows.map((row, i) => {
          const heading = i === 0 || day(row.time) !== day(rows[i - 1]!.time) ? <h3>{day(row.time)}</h3> : null;
          return (
            <li key={row.seq} class={'marks' in row ? (row.sender === first ? 'turn here' : 'turn there') : 'fact'}>
              {heading}
              {'marks' in row ? <Said turn={row} market={data.market} words={look.words?.get(row.seq)} copies={data.copies.filter((c) => c.turn === row.seq).length} /> : <Fact event={row} />}
            </li>
          );
        })}
      </ol>
      <Copies chat={data} />
    </>
  );
}

function Said({ turn, market, words, copies }: { turn: Turn; market: string; words: string | undefined; copies: number }) {
  const acting = turn.hits.filter((hit) => hit.mode === 'live' || hit.mode === 'canary');
  const risk = turn.hits.flatMap((hit) => hit.reads).find((read) => read.name === 'chat.risk')?.value;
  return (
    <div class={`said v-${turn.verdict}`}>
      <p class="said-head">
        <EntityLink of={{ kind: 'user', id: turn.sender }} market={market} />
        <a class="muted" href={`/decisions/${encodeURIComponent(market)}/${turn.seq}`}><time dateTime={turn.time} title={absolute(turn.time)}>{clock(turn.time)}</time></a>
        {turn.verdict !== 'allow' && <VerdictBadge verdict={turn.verdict} />}
        {typeof risk === 'number' && <span class="small">{t('chat-risk', { risk: number(risk, 2) })}</span>}
        {turn.state === 'asked' && <span class="muted small">{t('turn-asked')}</span>}
      </p>
      <p class="words"><MarkedText text={words} bytes={turn.bytes} marks={turn.marks} /></p>
      <MarkTags marks={turn.marks} />
      {acting.map((hit) => <p key={hit.rule} class="why small">{hit.text ?? hit.rule} <a href={`/rules/${encodeURIComponent(hit.rule)}`}>{hit.rule}</a></p>)}
      {copies > 0 && <p class="muted small"><Copy size={12} aria-hidden="true" /> {t('copies-of', { count: copies })}</p>}
    </div>
  );
}

function Fact({ event }: { event: EventView }) {
  return (
    <p class="muted small fact-line">
      <Flag size={13} aria-hidden="true" />
      <a href={`/decisions/${encodeURIComponent(event.market)}/${event.seq}`}>{typeName(event.type)}</a>
      <span class="gist">{gist(event)}</span>
      <time dateTime={event.time} title={absolute(event.time)}>{clock(event.time)}</time>
    </p>
  );
}

/** To whom else the same words went. */
function Copies({ chat }: { chat: ChatView }) {
  if (!chat.copies.length) return null;
  const people = new Set(chat.copies.map((c) => c.recipient ?? c.conversation)).size;
  return (
    <section>
      <h2>{t('copies', { count: people })}</h2>
      <p class="muted small">{t('copies-about')}</p>
      <ul class="lines two-col">
        {chat.copies.map((copy) => (
          <li key={copy.seq}>
            <span class="row">
              <a class="mono" href={`/chat/${encodeURIComponent(chat.market)}/${encodeURIComponent(copy.conversation)}`}>{copy.conversation}</a>
              <EntityLink of={{ kind: 'user', id: copy.sender }} market={chat.market} />
              {copy.recipient && <><span class="muted" aria-hidden="true">→</span><span class="unseen">{t('copy-to')}</span> <EntityLink of={{ kind: 'user', id: copy.recipient }} market={chat.market} /></>}
            </span>
            <span class="muted small"><Ago time={copy.time} /></span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Who they are: standing and what they did last, one beneath the other. */
function Parties({ chat }: { chat: ChatView }) {
  return <>{chat.parties.slice(0, 3).map((party) => <Party key={party.id} id={party.id} market={chat.market} messages={party.messages} />)}</>;
}

function Party({ id, market, messages }: { id: string; market: string; messages: number }) {
  const loaded = useLoad<EntityView>(query(`/v1/entities${path('user', id)}`, { market }));
  const known = loaded.data;
  return (
    <section class="party" aria-label={id}>
      <h2><EntityLink of={{ kind: 'user', id }} market={market} /> <span class="muted small">{t('messages-count', { count: messages })}</span></h2>
      {!known ? (loaded.problem ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={4} height={30} />) : (
        <>
          <p class="small muted">
            {known.registered_at ? t('registered-when', { when: relative(known.registered_at) }) : t('registered-unknown')}
            {known.cases.length > 0 && <> · {t('cases-count', { count: known.cases.length, open: number(known.cases.filter((c) => c.state === 'open').length) })}</>}
          </p>
          {known.labels.length > 0 && <ul class="labels">{known.labels.map((l) => <li key={l.name} class="label" title={l.why}>{l.name}</li>)}</ul>}
          <ol class="timeline compact">
            {known.timeline.items.slice(0, 12).map((event) => (
              <li key={event.seq}>
                <a href={`/decisions/${encodeURIComponent(event.market)}/${event.seq}`}>
                  <time dateTime={event.time} title={absolute(event.time)}><Ago time={event.time} /></time>
                  <span class="what"><b>{typeName(event.type)}</b><span class="gist">{gist(event)}</span></span>
                  {event.verdict && event.verdict !== 'allow' ? <VerdictBadge verdict={event.verdict} /> : <span />}
                </a>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  );
}

// Cases: the queue, one case with its evidence, a verdict by one key, and the next one is already there.
import { CircleCheck, CircleHelp, Inbox, OctagonAlert } from 'lucide-preact';
import { path } from '../api';
import { entity as entityOf, kindName, number, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { useLoad } from '../load';
import { navigate } from '../router';
import { marketName } from '../state';
import type { CaseView, EntityView } from '../types';
import { Ago, Button, Empty, entityHref, EntityLink, Head, ProblemBox, Skeleton, useTitle, VerdictBadge } from '../ui/basics';
import { Columns } from '../ui/columns';
import { Hit } from '../ui/decision';
import { EventData } from '../ui/evidence';
import { Closed, DeskButtons, Due, entityPath, hrefOf, Queue, useDesk, useWork, type Place, type Work } from '../ui/work';
import { Brief } from './entity';

const place = (): Place => ({ base: '/cases', title: t('nav-cases'), icon: Inbox });

export default function Cases({ id }: { id?: string }) {
  const work = useWork(place(), id);
  return (
    <Columns
      open={!!id}
      listHref={`/cases${location.search}`}
      listName={t('nav-cases')}
      list={<Queue work={work} current={id ?? ''} />}
      item={id ? <One key={id} id={id} work={work} /> : <Choosing work={work} />}
      {...(id ? { brief: <Beside key={id} id={id} /> } : {})}
    />
  );
}

function Choosing({ work }: { work: Work }) {
  const first = work.items[0];
  useTitle(t('nav-cases'));
  const go = () => first && navigate(hrefOf(work.place, first.id));
  useKeys([{ does: 'case-first', run: go }]);
  const action = first && work.state === 'open' ? <Button kind="main" does="case-first" onClick={go}>{t('case-first')}</Button> : null;
  return <Empty icon={Inbox} title={t('case-choose')} action={action}>{t('case-choose-about')}</Empty>;
}

function One({ id, work }: { id: string; work: Work }) {
  const loaded = useLoad<CaseView>(`/v1/cases${path(id)}`);
  const one = loaded.data;
  useTitle(one ? t('case-title', { entity: `${entityOf(one.entity)?.kind}:${entityOf(one.entity)?.id}` }) : t('nav-cases'));
  const desk = useDesk(work, loaded);
  useKeys([
    { does: 'case-fraud', run: () => void desk.close('fraud') },
    { does: 'case-fine', run: () => void desk.close('fine') },
    { does: 'case-unsure', run: () => void desk.close('unsure') },
    { does: 'case-claim', run: () => void desk.claim() },
    { does: 'case-next', run: desk.forward },
  ]);
  if (!one) return loaded.problem ? <ProblemBox problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={5} height={90} />;
  const about = entityOf(one.entity) ?? { kind: '', id: String(one.id) };
  return (
    <article class="sheet">
      <Head title={<a class="titled" href={entityHref(about, one.market)}><span class="muted">{kindName(about.kind)}</span> <span class="mono">{about.id}</span></a>} about={<>{one.queue} · {marketName(one.market)} · <Due one={one} /></>}>
        <DeskButtons one={one} desk={desk} />
      </Head>
      {desk.open ? (
        <div class="verdicts">
          <Button kind="harm" icon={OctagonAlert} does="case-fraud" onClick={() => void desk.close('fraud')}>{t('case-fraud')}</Button>
          <Button icon={CircleCheck} does="case-fine" onClick={() => void desk.close('fine')}>{t('case-fine')}</Button>
          <Button icon={CircleHelp} does="case-unsure" onClick={() => void desk.close('unsure')}>{t('case-unsure')}</Button>
          <input aria-label={t('case-note')} placeholder={t('case-note')} value={desk.note} maxLength={500} onInput={(e) => desk.setNote(e.currentTarget.value)} />
        </div>
      ) : one.state === 'closed' && <Closed one={one} desk={desk} />}
      <section>
        <h2>{t('evidence')}</h2>
        {(one.decisions ?? []).map((d) => (
          <div key={`${d.market}/${d.seq}`} class="evidence">
            <p class="row">
              <VerdictBadge verdict={d.verdict} />
              <a href={`/decisions/${encodeURIComponent(d.market)}/${d.seq}`}>{d.event ? typeName(d.event.type) : d.seq}</a>
              <span class="muted"><Ago time={d.event?.time} /> · {t('score', { score: number(d.score, 2) })}</span>
            </p>
            {d.hits.map((hit) => <Hit key={hit.rule} hit={hit} {...(d.event ? { event: d.event } : {})} />)}
            {d.event && <details><summary>{t('what-happened')}</summary><EventData event={d.event} hits={d.hits} /></details>}
          </div>
        ))}
        {!one.decisions?.length && <p class="muted">{t('evidence-none')}</p>}
      </section>
    </article>
  );
}

/** The briefing: the entity the case is about. */
function Beside({ id }: { id: string }) {
  const one = useLoad<CaseView>(`/v1/cases${path(id)}`);
  const known = useLoad<EntityView>(one.data ? entityPath(one.data) : null);
  if (known.problem && !known.data) return <ProblemBox problem={known.problem} retry={known.reload} />;
  if (!known.data) return <Skeleton rows={6} height={40} />;
  return (
    <>
      <Head level={2} title={t('briefing')} about={<EntityLink of={known.data} market={known.data.market} />} />
      {known.data.labels.length > 0 && <ul class="labels">{known.data.labels.map((l) => <li key={l.name} class="label" title={l.why}>{l.name}</li>)}</ul>}
      <Brief entity={known.data} />
    </>
  );
}

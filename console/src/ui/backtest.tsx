// A candidate run over the log: progress, what would change, and the events behind it.
import { useEffect, useRef, useState } from 'preact/hooks';
import { FlaskConical, X } from 'lucide-preact';
import { api, path } from '../api';
import { minor, number, percent, took, typeName } from '../format';
import { t } from '../i18n';
import { useKeys } from '../keys';
import { market } from '../state';
import { complain, problemText } from '../toasts';
import type { Backtest, BacktestResult } from '../types';
import { Ago, Button } from './basics';
import { Choose, ChooseMarket } from './columns';
import { gist } from './evidence';

const RANGES: Record<string, number> = { day: 86_400, week: 604_800, all: 0 };

function useBacktest() {
  const [run, setRun] = useState<Backtest>();
  const [fault, setFault] = useState('');
  const id = useRef<string | null>(null);
  const timer = useRef(0);
  const poll = async (mine: string) => {
    try {
      const next = await api<Backtest>('GET', `/v1/backtests${path(mine)}`);
      if (id.current !== mine) return;
      setRun(next);
      if (next.state === 'running') timer.current = window.setTimeout(() => void poll(mine), 400);
    } catch (cause) {
      setFault(problemText(cause));
      setRun(undefined);
    }
  };
  const start = async (body: unknown) => {
    clearTimeout(timer.current);
    setFault('');
    setRun({ id: '', state: 'running', done: 0, total: 0 });
    try {
      id.current = (await api<{ id: string }>('POST', '/v1/backtests', body)).id;
      await poll(id.current);
    } catch (cause) {
      setFault(problemText(cause));
      setRun(undefined);
    }
  };
  const stop = () => {
    if (id.current) api('DELETE', `/v1/backtests${path(id.current)}`).catch(complain);
    clearTimeout(timer.current);
    id.current = null;
    setRun(undefined);
  };
  useEffect(() => () => clearTimeout(timer.current), []);
  return { run, fault, start, stop };
}

export function BacktestPanel({ files, ready, changed }: { files: Record<string, string>; ready: boolean; changed: boolean }) {
  const [range, setRange] = useState('day');
  const { run, fault, start, stop } = useBacktest();
  const go = () => {
    if (!ready) return;
    const seconds = RANGES[range] ?? 0;
    const from = seconds ? new Date(Date.now() - seconds * 1000).toISOString() : undefined;
    void start({ ...(changed ? { files } : {}), ...(market.value ? { market: market.value } : {}), ...(from ? { from } : {}) });
  };
  useKeys([{ does: 'backtest', run: go }]);
  const running = run?.state === 'running';
  return (
    <section class="backtest">
      <h2>{t('backtest')}</h2>
      <p class="muted small">{t(changed ? 'backtest-about-changed' : 'backtest-about')}</p>
      <div class="row">
        <ChooseMarket />
        <Choose label={t('range')} value={range} onChange={setRange} options={Object.keys(RANGES).map((value) => ({ value, text: t(`range-${value}`) }))} />
        {running ? <Button icon={X} onClick={stop}>{t('stop')}</Button> : <Button icon={FlaskConical} does="backtest" disabled={!ready} onClick={go}>{t('backtest-run')}</Button>}
      </div>
      {running && (
        <div class="progress">
          <progress max={run.total || 1} value={run.done} aria-label={t('backtest')} />
          <span class="muted small">{run.total ? t('progress', { done: run.done, total: run.total, share: percent(run.done / run.total) }) : t('starting')}</span>
        </div>
      )}
      {fault && <p class="field-error" role="alert">{fault}</p>}
      {run?.state === 'failed' && <p class="field-error" role="alert">{run.error ?? t('problem-unknown')}</p>}
      {run?.state === 'done' && run.result && <Result result={run.result} />}
    </section>
  );
}

function count(value: unknown): string {
  if (typeof value === 'number') return number(value);
  return Array.isArray(value) ? number(value.length) : value && typeof value === 'object' ? number(Object.values(value).reduce((sum: number, n) => sum + (typeof n === 'number' ? n : 0), 0)) : '0';
}

function Result({ result: r }: { result: BacktestResult }) {
  const rules = r.by_rule.filter((row) => row.new || row.lost);
  return (
    <div role="status">
      <ul class="figures three">
        <li><div><strong>+{number(r.new_hits)}</strong><span>{t('new-hits')}</span></div></li>
        <li><div><strong>−{number(r.lost_hits)}</strong><span>{t('lost-hits')}</span></div></li>
        <li><div><strong>{number(r.same_hits)}</strong><span>{t('same-hits')}</span></div></li>
      </ul>
      <dl class="pairs small">
        <div><dt>{t('verdicts-changed')}</dt><dd>{count(r.verdicts_changed)}</dd></div>
        <div><dt>{t('people-affected')}</dt><dd>{number(r.people_affected)}</dd></div>
        {r.value_affected.length > 0 && <div><dt>{t('value-affected')}</dt><dd>{r.value_affected.map((v) => minor(v.minor, v.currency)).join(' · ')}</dd></div>}
        <div><dt>{t('events-read')}</dt><dd>{t('events-in', { count: r.events, time: took(r.took_ms) })}</dd></div>
      </dl>
      {rules.length > 0 && (
        <div class="scrolls">
          <table class="grid small">
            <thead><tr><th scope="col">{t('rule')}</th><th scope="col" class="right">{t('before')}</th><th scope="col" class="right">{t('after')}</th><th scope="col" class="right">+</th><th scope="col" class="right">−</th></tr></thead>
            <tbody>{rules.map((row) => <tr key={row.rule}><th scope="row">{row.rule}</th><td class="right">{number(row.before)}</td><td class="right">{number(row.after)}</td><td class="right">{number(row.new)}</td><td class="right">{number(row.lost)}</td></tr>)}</tbody>
          </table>
        </div>
      )}
      {r.samples.length > 0 && (
        <>
          <h3 class="samples-head">{t('samples')}</h3>
          <ul class="samples">
            {r.samples.map((s, i) => (
              <li key={i}>
                <span class={`change ${s.change}`}>{t(`change-${s.change}`)}</span>
                <a href={`/decisions/${encodeURIComponent(s.market)}/${s.seq}`}>{s.event ? typeName(s.event.type) : s.seq}</a>
                <span class="gist">{s.event && gist(s.event)}</span>
                <span class="muted small"><Ago time={s.event?.time} /></span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

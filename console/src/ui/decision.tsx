// The parts of a decision that both its own page and a case show.
import { t } from '../i18n';
import type { DecisionView, EffectView, EventView, HitView } from '../types';
import { EntityLink, ModeBadge, VerdictBadge } from './basics';
import { Reads, Text } from './evidence';

/** One rule that hit: its words, where in the text, every value it read. */
export function Hit({ hit, event }: { hit: HitView; event?: EventView }) {
  const fields = [...new Set((hit.spans ?? []).map((span) => span.field))];
  return (
    <div class="hit">
      <p class="hit-text">{hit.text ?? hit.rule}</p>
      <p class="row small">
        <VerdictBadge verdict={hit.verdict} />
        <ModeBadge mode={hit.mode} />
        <a href={`/rules/${encodeURIComponent(hit.rule)}`}>{hit.rule}</a>
        {hit.missing && <span class="muted">{t('hit-missing')}</span>}
      </p>
      {fields.map((field) => {
        const value = event?.data?.[field];
        return <Text key={field} value={typeof value === 'string' ? value : '***'} personal={event?.personal?.includes(field) ?? false} spans={(hit.spans ?? []).filter((span) => span.field === field)} />;
      })}
      <Reads reads={hit.reads} />
    </div>
  );
}

function detail(effect: EffectView): string {
  const d = effect.detail;
  if (typeof d === 'string') return d;
  if (!d || typeof d !== 'object') return '';
  const o = d as Record<string, unknown>;
  return [o.name, o.queue, o.text].filter((v): v is string => typeof v === 'string').join(' ');
}

/** What a decision wanted done and how far that is. */
export function Effects({ decision: d }: { decision: DecisionView }) {
  if (!d.effects.length) return <p class="muted">{t('effects-none')}</p>;
  return (
    <ul class="effects">
      {d.effects.map((effect) => (
        <li key={effect.index}>
          <span class="effect-what">{t(`effect-${effect.kind}`, { detail: detail(effect) })}</span>
          <EntityLink of={effect.entity} market={d.market} />
          <span class={`state state-${effect.state}`} title={t(`inverse-${effect.inverse}`)}>
            {effect.delivery_key ? <a href={`/deliveries?key=${encodeURIComponent(effect.delivery_key)}`}>{t(`state-${effect.state}`)}</a> : t(`state-${effect.state}`)}
          </span>
        </li>
      ))}
    </ul>
  );
}

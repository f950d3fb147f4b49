//! Which changes of a policy let something through that was stopped before: those need a second person.

use domain::Mode;

use super::{Pack, Rule};
use crate::pack::squeeze;

/// The allow rules of `after` that reach further than they did in `before`: new ones, and those whose events, condition,
/// effects, approvers, reach (mode and share), budget or last day grew or changed. In the pack's order.
///
/// What a rule reads elsewhere (lexicons, aggregates, price caps) is not compared: a change there that lets more through
/// needs no second person.
#[must_use]
pub fn widened(before: &Pack, after: &Pack) -> Vec<String> {
    let wider = |rule: &&Rule| {
        let old = before.rule(&rule.name).filter(|old| old.allows);
        rule.allows && old.is_none_or(|old| !within(old, rule))
    };
    after.rules.iter().filter(wider).map(|rule| rule.name.clone()).collect()
}

/// Whether a rule allows nothing that its earlier self did not.
fn within(old: &Rule, new: &Rule) -> bool {
    let budget = |rule: &Rule| rule.budget.unwrap_or(u32::MAX);
    new.events.iter().all(|event| old.events.contains(event))
        && squeeze(&new.when.text) == squeeze(&old.when.text)
        && new.then == old.then
        && new.on_missing == old.on_missing
        && new.sanction == old.sanction
        && new.approved_by == old.approved_by
        && new.allow_until <= old.allow_until
        && reach(new) <= reach(old)
        && budget(new) <= budget(old)
}

/// The share of entities a rule acts on.
fn reach(rule: &Rule) -> f64 {
    match rule.mode {
        Mode::Draft | Mode::Shadow => 0.0,
        Mode::Canary => rule.canary,
        Mode::Live => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::Files;

    const RULE: &str = "rules:\n  trusted:\n    event: order.placed\n    when: amount < 50.0\n    verdict: allow\n    mode: canary\n    \
                        canary: {share: 0.5}\n    allow_until: 2027-01-01T00:00:00Z\n    approved_by: [mira, tomo]\n    why: small\n    \
                        tests:\n    - {given: {event: {data: {buyer: u, amount: 5.0}}}, expect: hit}\n    \
                        - {given: {event: {data: {buyer: u, amount: 90.0}}}, expect: allow}\n";

    fn pack(rules: &str) -> Pack {
        let events = "order.placed:\n  fields:\n    buyer: {type: entity, entity: user, required: true}\n    amount: {type: double}\n";
        let manifest = "name: t\nversion: 1\nmarkets:\n  sg: {name: Lionmart, country: SG, currency: SGD, zone: Asia/Singapore, languages: [en]}\n";
        let texts = [("vigie.yaml", manifest), ("events/all.yaml", events), ("rules/all.yaml", rules)];
        let files: Files = texts.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
        Pack::compile(&files).unwrap_or_else(|found| panic!("{found:?}"))
    }

    #[test]
    fn what_lets_more_through_is_named_and_what_lets_less_through_is_not() {
        let none = "rules:\n  other: {event: order.placed, when: amount > 9.0, why: x}\n";
        let before = pack(RULE);
        assert_eq!(widened(&pack(none), &before), ["trusted"]);
        assert!(widened(&before, &before).is_empty() && widened(&before, &pack(none)).is_empty());
        for (from, to, wider) in [
            ("amount < 50.0", "amount < 60.0", true),
            ("when: amount < 50.0", "when: amount  <  50.0", false),
            ("2027-01-01", "2027-02-01", true),
            ("2027-01-01", "2026-12-01", false),
            ("mode: canary", "mode: live", true),
            ("mode: canary", "mode: shadow", false),
            ("share: 0.5", "share: 0.6", true),
            ("share: 0.5", "share: 0.1", false),
            ("[mira, tomo]", "[mira, edda]", true),
            ("why: small", "why: tiny", false),
            ("why: small", "budget: {actions_per_hour: 9}\n    why: small", false),
            ("why: small", "then: [{label: {entity: buyer, name: trusted}}]\n    why: small", true),
        ] {
            let after = pack(&RULE.replace(from, to));
            assert_eq!(!widened(&before, &after).is_empty(), wider, "{from} → {to}");
        }
    }
}

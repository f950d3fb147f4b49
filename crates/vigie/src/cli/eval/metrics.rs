//! Measures of how well scores tell two groups apart. Every one says what ties do.

/// Something judged: its score, and whether it is harmful.
pub(crate) type Judged = (f64, bool);

/// Area under the ROC curve: how often a harmful one scores above a harmless one; ties count one half.
pub(crate) fn roc_auc(items: &[Judged]) -> Option<f64> {
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let harmful = items.iter().filter(|item| item.1).count() as f64;
    let fine = items.len() as f64 - harmful;
    if harmful == 0.0 || fine == 0.0 {
        return None;
    }
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let bad = tied.iter().filter(|item| item.1).count() as f64;
        let good = tied.len() as f64 - bad;
        wins += bad * (below + good / 2.0);
        below += good;
    }
    Some(wins / (harmful * fine))
}

/// Average precision: the precision at each score, weighed by the recall it adds; ties enter together.
pub(crate) fn pr_auc(items: &[Judged]) -> Option<f64> {
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let harmful = items.iter().filter(|item| item.1).count() as f64;
    if harmful == 0.0 {
        return None;
    }
    let (mut found, mut seen, mut area) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let bad = tied.iter().filter(|item| item.1).count() as f64;
        found += bad;
        seen += tied.len() as f64;
        area += bad / harmful * (found / seen);
    }
    Some(area)
}

/// The largest share of the harmful found by a bound that at most one in a hundred harmless ones reach.
pub(crate) fn recall_at_1pct(items: &[Judged]) -> Option<f64> {
    let mut sorted = items.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let harmful = items.iter().filter(|item| item.1).count() as f64;
    let fine = items.len() as f64 - harmful;
    if harmful == 0.0 || fine == 0.0 {
        return None;
    }
    let (mut found, mut alarms, mut best) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        let bad = tied.iter().filter(|item| item.1).count() as f64;
        found += bad;
        alarms += tied.len() as f64 - bad;
        if alarms <= 0.01 * fine {
            best = found / harmful;
        }
    }
    Some(best)
}

/// Over all pairs of a harmful and a harmless one of the same group, the share where the harmful one scores
/// higher; ties count one half. `groups` holds each group's members together.
pub(crate) fn pairwise<'a>(groups: impl Iterator<Item = &'a Vec<Judged>>) -> Option<f64> {
    let (mut wins, mut pairs) = (0.0, 0.0);
    for group in groups {
        for (bad, _) in group.iter().filter(|item| item.1) {
            for (good, _) in group.iter().filter(|item| !item.1) {
                pairs += 1.0;
                wins += if bad > good {
                    1.0
                } else if bad == good {
                    0.5
                } else {
                    0.0
                };
            }
        }
    }
    (pairs > 0.0).then(|| wins / pairs)
}

/// The middle of some numbers; between two, their mean.
pub(crate) fn median(mut numbers: Vec<f64>) -> Option<f64> {
    numbers.sort_by(f64::total_cmp);
    let middle = numbers.len() / 2;
    match numbers.len() {
        0 => None,
        n if n % 2 == 1 => Some(numbers[middle]),
        _ => Some(f64::midpoint(numbers[middle - 1], numbers[middle])),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_answers() {
        let items = [(0.9, true), (0.8, false), (0.7, true), (0.1, false)];
        assert_eq!(roc_auc(&items), Some(0.75));
        assert!((pr_auc(&items).unwrap() - (0.5 + 0.5 * 2.0 / 3.0)).abs() < 1e-12);
        assert_eq!(recall_at_1pct(&items), Some(0.5));
        let tied = [(0.5, true), (0.5, false)];
        assert_eq!((roc_auc(&tied), pr_auc(&tied), recall_at_1pct(&tied)), (Some(0.5), Some(0.5), Some(0.0)));
        assert_eq!(roc_auc(&[(1.0, true)]), None);
        let groups =
            [vec![(0.5, true), (0.5, false)], vec![(0.2, true), (0.4, false)], vec![(0.9, true), (0.4, false)]];
        assert_eq!(pairwise(groups.iter()), Some(0.5));
        assert_eq!(pairwise([vec![(0.5, true)]].iter()), None);
        assert_eq!(
            (median(vec![3.0, 1.0]), median(vec![5.0, 1.0, 2.0]), median(Vec::new())),
            (Some(2.0), Some(2.0), None)
        );
    }

    proptest! {
        #[test]
        fn the_area_is_the_share_of_pairs(items in proptest::collection::vec((0u8..6, any::<bool>()), 0..40)) {
            let items: Vec<Judged> = items.into_iter().map(|(score, bad)| (f64::from(score), bad)).collect();
            let (area, brute) = (roc_auc(&items), pairwise([items.clone()].iter()));
            prop_assert_eq!(area.is_some(), brute.is_some());
            prop_assert!((area.unwrap_or(0.0) - brute.unwrap_or(0.0)).abs() < 1e-12);
        }
    }
}

//! A share of counted things, with the interval it may truly lie in.

use serde::Serialize;

/// `hits` out of `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rate {
    /// How many were.
    pub hits: u64,
    /// Out of how many.
    pub n: u64,
}

/// The normal quantile of a two-sided 95 % interval.
const Z: f64 = 1.959_963_984_540_054;

impl Rate {
    /// Counts one more.
    pub fn count(&mut self, hit: bool) {
        self.n += 1;
        self.hits += u64::from(hit);
    }

    /// The share, 0 to 1; `None` when nothing was counted.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.n > 0).then(|| self.hits as f64 / self.n as f64)
    }

    /// Wilson's 95 % interval, 0 to 1; `None` when nothing was counted. It keeps its promise for few and for extreme
    /// counts, where the simple one lies.
    #[must_use]
    pub fn interval(self) -> Option<(f64, f64)> {
        let (p, n) = (self.share()?, self.n as f64);
        let z2 = Z * Z;
        let middle = p + z2 / (2.0 * n);
        let half = Z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        Some((((middle - half) / scale).max(0.0), ((middle + half) / scale).min(1.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_books() {
        for (hits, n, low, high) in [
            (0, 10, 0.0, 0.2775),
            (10, 10, 0.7225, 1.0),
            (5, 10, 0.2366, 0.7634),
            (1, 1, 0.2065, 1.0),
            (81, 263, 0.2553, 0.3662),
        ] {
            let (l, h) = Rate { hits, n }.interval().unwrap();
            assert!((l - low).abs() < 1e-4 && (h - high).abs() < 1e-4, "{hits}/{n}: {l} {h}");
        }
        assert_eq!((Rate::default().share(), Rate::default().interval()), (None, None));
    }

    #[test]
    fn the_share_lies_inside_and_more_counts_narrow_it() {
        for hits in 0..=20u64 {
            let (l, h) = Rate { hits, n: 20 }.interval().unwrap();
            let (ll, hh) = Rate { hits: hits * 10, n: 200 }.interval().unwrap();
            let p = hits as f64 / 20.0;
            assert!(l <= p && p <= h && hh - ll < h - l, "{hits}");
        }
    }
}

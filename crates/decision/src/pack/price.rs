//! `prices/*.csv`: the highest price a market allows in a category.

use std::collections::BTreeMap;

use crate::yaml::{Place, Reader};

/// Caps by (market, category), in the market's own currency.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PriceCaps(BTreeMap<(String, String), f64>);

impl PriceCaps {
    /// The cap, in major units of the market's currency. A category is the same in capitals, with blanks around it, and
    /// with a blank or a hyphen for `_`: a seller's spelling must not lift a cap.
    #[must_use]
    pub fn cap(&self, market: &str, category: &str) -> Option<f64> {
        self.0.get(&(market.to_owned(), plain(category))).copied()
    }

    /// Reads lines `market,category,currency,max[,note]` under a head line of those names.
    pub(super) fn read(&mut self, text: &str, reader: &mut Reader<'_>, manifest: &super::Manifest) {
        for (index, line) in text.lines().enumerate() {
            let place = Place { line: index as u32 + 1, column: 1 };
            let cells: Vec<&str> = line.splitn(5, ',').map(str::trim).collect();
            if index == 0 {
                if !line.starts_with("market,category,currency,max") {
                    reader.error(place, "the first line must be `market,category,currency,max,note`");
                    return;
                }
                continue;
            }
            if line.trim().is_empty() || line.starts_with('#') {
                continue;
            }
            let [market, category, currency, max, ..] = cells[..] else {
                reader.error(place, "a line has market, category, currency and max");
                continue;
            };
            let Some(known) = manifest.markets.get(market) else {
                reader.unknown(place, "market", market, manifest.markets.keys().map(String::as_str));
                continue;
            };
            if known.currency != currency {
                reader.error(place, format!("market `{market}` trades in {}, not in {currency}", known.currency));
                continue;
            }
            match max.parse::<f64>() {
                Ok(max) if max > 0.0 && max.is_finite() => {
                    if self.0.insert((market.to_owned(), plain(category)), max).is_some() {
                        reader.error(place, format!("{market}, {category} stands here twice"));
                    }
                }
                _ => reader.error(place, format!("`{max}` is no price above zero")),
            }
        }
    }
}

/// A category as it is compared.
fn plain(category: &str) -> String {
    category.trim().to_lowercase().replace([' ', '-'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_lifts_no_cap() {
        let caps = PriceCaps([(("sg".to_owned(), plain("Medical Masks")), 40.0)].into());
        for (market, category, cap) in [
            ("sg", "medical_masks", Some(40.0)),
            ("sg", " Medical-Masks ", Some(40.0)),
            ("sg", "MEDICAL MASKS", Some(40.0)),
            ("sg", "medical", None),
            ("fr", "medical_masks", None),
        ] {
            assert_eq!(caps.cap(market, category), cap, "{market} {category}");
        }
    }
}

//! The keys a person chose for the console's actions.

use std::collections::BTreeMap;

use domain::FieldError;
use store::{Error, Query, Result, Tx, settings};

/// Action to keys, such as `case-fraud` to `x`; actions that are not named keep the console's own.
pub type KeyMap = BTreeMap<String, String>;

/// The most actions one may give other keys.
const MOST: usize = 200;

/// Checks what a person chose.
///
/// # Errors
/// When it names too many actions, or an action or keys that the console could not hold.
pub fn check_keymap(keys: &KeyMap) -> std::result::Result<(), FieldError> {
    let fault = |text: &str| Err(FieldError::new("keys", text));
    if keys.len() > MOST {
        return fault("at most 200 actions can have other keys");
    }
    for (action, chosen) in keys {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if action.is_empty() || action.len() > 40 || !action.chars().all(plain) {
            return fault("an action has 1 to 40 lower case letters, digits and dashes");
        }
        if chosen.is_empty() || chosen.len() > 24 || chosen.chars().any(char::is_control) {
            return fault("keys have 1 to 24 bytes and no control characters");
        }
    }
    Ok(())
}

fn name(login: &str) -> String {
    format!("access.keys.{login}")
}

/// The keys a person chose.
///
/// # Errors
/// What the store says, or a map that was not written by [`put_keymap`].
pub fn keymap(query: &mut Query<'_>, login: &str) -> Result<KeyMap> {
    let text = settings::get(query, &name(login))?;
    text.map_or(Ok(KeyMap::new()), |text| {
        serde_json::from_str(&text).map_err(|e| Error::Corrupt(format!("a person's keys: {e}")))
    })
}

/// Keeps the keys a person chose; an empty map brings the console's own back.
///
/// # Errors
/// What the store says.
pub fn put_keymap(tx: &mut Tx<'_>, login: &str, keys: &KeyMap) -> Result<()> {
    if keys.is_empty() {
        settings::remove(tx, &name(login))?;
        return Ok(());
    }
    let text = serde_json::to_string(keys).unwrap_or_default();
    settings::put(tx, &name(login), &text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_console_can_hold_is_kept() {
        let one = |action: &str, keys: &str| KeyMap::from([(action.to_owned(), keys.to_owned())]);
        for good in [one("case-fraud", "x"), one("nav-live", "g 1"), one("key-palette", "mod+p"), KeyMap::new()] {
            assert!(check_keymap(&good).is_ok(), "{good:?}");
        }
        let many = (0..201).map(|n| (format!("a{n}"), "x".to_owned())).collect();
        for bad in [one("", "x"), one("Case", "x"), one("a", ""), one("a", "\n"), one("a", &"x".repeat(25)), many] {
            assert_eq!(check_keymap(&bad).unwrap_err().field, "keys");
        }
    }
}

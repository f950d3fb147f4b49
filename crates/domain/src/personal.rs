//! Personal data: a wrapper that cannot print what it holds.

use std::fmt;

/// What stands in the place of personal data wherever people or logs might read it.
pub const MASK: &str = "***";

/// Personal data. `Debug` and `Display` print `***`, and it does not serialise: the value leaves
/// only through [`Personal::expose`], whose callers can be found by name.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Personal<T>(T);

impl<T> Personal<T> {
    /// Wraps a value that belongs to a person.
    pub const fn new(value: T) -> Self {
        Personal(value)
    }

    /// The value itself. Call this only to seal it, to compute a signal, or for a recorded reveal.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Unwraps the value, under the same duty as [`Personal::expose`].
    pub fn into_exposed(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl<T> fmt::Display for Personal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_prints() {
        let phone = Personal::new("+65 9123 4567".to_owned());
        assert_eq!(format!("{phone} {phone:?} {:?}", Some(&phone)), "*** *** Some(***)");
        assert_eq!(phone.expose(), "+65 9123 4567");
    }
}

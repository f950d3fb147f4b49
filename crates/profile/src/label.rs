//! Labels: words an entity wears, each with who put it there, why, and until when.

use domain::Time;

use crate::codec::{DecodeError, Reader, Writer};

/// The most labels one entity wears, lifted marks included.
pub const LIMIT_LABELS: usize = 64;
/// Names, authors and reasons of labels are cut to this many bytes.
pub const LIMIT_LABEL_TEXT: usize = 512;

/// One label of one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// The label's name.
    pub name: String,
    /// The rule's name or the agent's login.
    pub by: String,
    /// Whether a person put it there (or lifted it).
    pub manual: bool,
    /// The reason in words.
    pub why: String,
    /// Time of the event that put it there.
    pub at: Time,
    /// The instant from which it no longer counts; none means until lifted.
    pub until: Option<Time>,
    /// A person lifted it: the entity does not wear it, and rules may not put it back until `until`.
    pub lifted: bool,
}

impl Label {
    /// Whether it still stands at `at`; the end itself is no longer part of it.
    #[must_use]
    pub fn stands(&self, at: Time) -> bool {
        self.until.is_none_or(|until| at < until)
    }
}

/// What came of putting on or lifting a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LabelOutcome {
    /// It is so now.
    Done,
    /// A person has said otherwise, and manual beats automatic.
    Overruled,
    /// The entity wears [`LIMIT_LABELS`] labels that all still stand.
    Full,
    /// There was nothing to lift, or the entity's snapshot already holds this event.
    Nothing,
}

/// Puts `new` on, by its name; `at` is the event's time.
///
/// A person's label, or a person's lifting, is replaced by a person only, while it stands. A rule
/// that repeats its label moves its end but never brings it nearer.
pub(crate) fn put(labels: &mut Vec<Label>, mut new: Label, at: Time) -> LabelOutcome {
    if let Some(kept) = labels.iter_mut().find(|label| label.name == new.name) {
        if kept.stands(at) && !new.manual {
            if kept.manual {
                return LabelOutcome::Overruled;
            }
            new.until = kept.until.zip(new.until).map(|(a, b)| a.max(b));
            new.at = kept.at.min(new.at);
        }
        *kept = new;
        return LabelOutcome::Done;
    }
    if labels.len() >= LIMIT_LABELS {
        labels.retain(|label| label.stands(at));
    }
    if labels.len() >= LIMIT_LABELS {
        return LabelOutcome::Full;
    }
    let place = labels.partition_point(|label| label.name < new.name);
    labels.insert(place, new);
    LabelOutcome::Done
}

/// Takes the label `mark.name` off. A person's lifting leaves `mark` behind, which keeps rules from
/// putting the label back while it stands; a rule lifts rules' labels only.
pub(crate) fn lift(labels: &mut Vec<Label>, mark: Label, at: Time) -> LabelOutcome {
    let place = labels.iter().position(|label| label.name == mark.name);
    if mark.manual {
        return put(labels, mark, at);
    }
    match place {
        Some(place) if labels[place].stands(at) && labels[place].manual => LabelOutcome::Overruled,
        Some(place) => {
            labels.remove(place);
            LabelOutcome::Done
        }
        None => LabelOutcome::Nothing,
    }
}

/// Cuts a text to [`LIMIT_LABEL_TEXT`] bytes, between characters.
pub(crate) fn cut(mut text: String) -> String {
    let mut end = text.len().min(LIMIT_LABEL_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

impl Label {
    pub(crate) fn write(&self, writer: &mut Writer) {
        let marks = u8::from(self.manual) | u8::from(self.lifted) << 1 | u8::from(self.until.is_some()) << 2;
        writer.byte(marks);
        writer.text(&self.name);
        writer.text(&self.by);
        writer.text(&self.why);
        writer.signed(self.at.0);
        if let Some(until) = self.until {
            writer.signed(until.0);
        }
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Label, DecodeError> {
        let marks = reader.byte()?;
        if marks > 7 {
            return Err(DecodeError::Malformed("a label has an unknown mark"));
        }
        Ok(Label {
            manual: marks & 1 != 0,
            lifted: marks & 2 != 0,
            name: reader.text(LIMIT_LABEL_TEXT)?.to_owned(),
            by: reader.text(LIMIT_LABEL_TEXT)?.to_owned(),
            why: reader.text(LIMIT_LABEL_TEXT)?.to_owned(),
            at: Time(reader.signed()?),
            until: if marks & 4 != 0 { Some(Time(reader.signed()?)) } else { None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(name: &str, manual: bool, at: i64, until: Option<i64>) -> Label {
        let by = if manual { "ana" } else { "burst_new_seller" };
        let why = "too many at once".to_owned();
        let until = until.map(Time);
        Label { name: name.to_owned(), by: by.to_owned(), manual, why, at: Time(at), until, lifted: false }
    }

    #[test]
    fn manual_beats_automatic() {
        let mut labels = Vec::new();
        let wears = |labels: &[Label], at| labels.iter().any(|l| l.name == "risky" && !l.lifted && l.stands(Time(at)));
        assert_eq!(put(&mut labels, label("risky", false, 10, Some(50)), Time(10)), LabelOutcome::Done);
        assert!(wears(&labels, 49) && !wears(&labels, 50));
        // A repeat never brings the end nearer.
        assert_eq!(put(&mut labels, label("risky", false, 20, Some(40)), Time(20)), LabelOutcome::Done);
        assert!(wears(&labels, 49));
        // A person lifts it: rules may not put it back while the mark stands.
        let mark = Label { lifted: true, ..label("risky", true, 30, Some(100)) };
        assert_eq!(lift(&mut labels, mark, Time(30)), LabelOutcome::Done);
        assert!(!wears(&labels, 31));
        assert_eq!(put(&mut labels, label("risky", false, 60, None), Time(60)), LabelOutcome::Overruled);
        assert!(!wears(&labels, 61));
        assert_eq!(put(&mut labels, label("risky", false, 100, None), Time(100)), LabelOutcome::Done);
        assert!(wears(&labels, 101));
        // A person's label is not lifted by a rule.
        assert_eq!(put(&mut labels, label("risky", true, 110, None), Time(110)), LabelOutcome::Done);
        assert_eq!(lift(&mut labels, label("risky", false, 120, None), Time(120)), LabelOutcome::Overruled);
        assert!(wears(&labels, 121));
        assert_eq!(lift(&mut labels, label("other", false, 120, None), Time(120)), LabelOutcome::Nothing);
    }

    #[test]
    fn bounded() {
        let mut labels = Vec::new();
        for n in 0..LIMIT_LABELS {
            let until = (n == 3).then_some(5);
            assert_eq!(put(&mut labels, label(&format!("l{n}"), false, 0, until), Time(0)), LabelOutcome::Done);
        }
        assert_eq!(put(&mut labels, label("more", false, 4, None), Time(4)), LabelOutcome::Full);
        assert_eq!(put(&mut labels, label("more", false, 5, None), Time(5)), LabelOutcome::Done);
        assert_eq!(labels.len(), LIMIT_LABELS);
    }
}

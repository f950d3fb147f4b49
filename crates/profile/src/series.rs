//! One aggregate of one entity: its newest entries one by one, what fell out of them in buckets,
//! calendar days, and a lifetime.

use smallvec::SmallVec;

use crate::accumulate::Accumulate;
use crate::aggregate::{DAYS_KEPT, EXACT_DISTINCT, EXACT_ENTRIES, LIMIT_WINDOWS, Plan, Span};
use crate::codec::{DecodeError, Reader, Writer};

/// What one aggregate keeps of one entity.
#[derive(Clone)]
pub(crate) struct Series<A: Accumulate> {
    /// Everything, where the plan reads a lifetime.
    all: A,
    /// The newest entries in the order of time, equal times in the order of folding.
    ring: SmallVec<A::Entries>,
    rest: Option<Box<Rest<A>>>,
}

/// What most entities never need.
#[derive(Clone)]
struct Rest<A: Accumulate> {
    /// Days that have entries, in ascending order.
    days: Vec<(i32, A)>,
    /// The ring is complete above this time; entries up to it may stand in `past`.
    floor: i64,
    /// One for each span of the plan, or none while nothing fell out of the ring.
    past: Vec<Past<A>>,
}

/// Entries of one sliding window that are no longer in the ring.
#[derive(Clone)]
struct Past<A> {
    /// In ascending order of bucket number.
    buckets: Vec<(i64, A)>,
    /// Last time of each value, in ascending order of the value's hash; only where `BY_VALUE`,
    /// and only while the window has few values.
    values: Vec<(u64, i64)>,
    /// Values last seen up to this time may have been dropped from `values`.
    dropped: i64,
}

impl<A> Default for Past<A> {
    fn default() -> Self {
        Past { buckets: Vec::new(), values: Vec::new(), dropped: i64::MIN }
    }
}

impl<A: Accumulate> Default for Series<A> {
    fn default() -> Self {
        Series { all: A::default(), ring: SmallVec::new(), rest: None }
    }
}

impl<A: Accumulate> Default for Rest<A> {
    fn default() -> Self {
        Rest { days: Vec::new(), floor: i64::MIN, past: Vec::new() }
    }
}

impl<A: Accumulate> Series<A> {
    /// Folds one item; `day` is the calendar day of `time`.
    pub fn fold(&mut self, plan: &Plan, time: i64, day: i32, item: A::Item) {
        if plan.all {
            self.all.add(time, &item);
        }
        if plan.today {
            self.fold_day(day, time, &item);
        }
        if !plan.spans.is_empty() {
            self.fold_ring(plan, time, item);
        }
    }

    fn fold_day(&mut self, day: i32, time: i64, item: &A::Item) {
        let days = &mut self.rest.get_or_insert_default().days;
        let newest = days.last().map_or(day, |(newest, _)| day.max(*newest));
        let oldest = newest.saturating_sub(DAYS_KEPT);
        if day <= oldest {
            return;
        }
        let place = days.partition_point(|(kept, _)| *kept < day);
        if days.get(place).is_none_or(|(kept, _)| *kept != day) {
            days.insert(place, (day, A::default()));
        }
        days[place].1.add(time, item);
        let old = days.partition_point(|(kept, _)| *kept <= oldest);
        days.drain(..old);
    }

    fn fold_ring(&mut self, plan: &Plan, time: i64, item: A::Item) {
        let newest = self.newest().map_or(time, |newest| newest.max(time));
        let horizon = newest.saturating_sub(plan.retention);
        if time <= horizon {
            return;
        }
        let old = self.ring.iter().take_while(|(kept, _)| *kept <= horizon).count();
        if old > 0 {
            self.ring.drain(..old);
        }
        let mut place = self.ring.len();
        while place > 0 && self.ring[place - 1].0 > time {
            place -= 1;
        }
        if self.ring.len() < EXACT_ENTRIES {
            self.ring.insert(place, (time, item));
        } else if place == 0 {
            self.pass(plan, newest, (time, item));
        } else {
            let oldest = std::mem::replace(&mut self.ring[0], (time, item));
            self.ring[..place].rotate_left(1);
            self.pass(plan, newest, oldest);
        }
    }

    /// Puts an entry that has no room in the ring into the past of every window.
    fn pass(&mut self, plan: &Plan, newest: i64, (time, item): (i64, A::Item)) {
        let rest = self.rest.get_or_insert_default();
        rest.floor = rest.floor.max(time);
        if rest.past.is_empty() {
            rest.past.resize_with(plan.spans.len(), Past::default);
        }
        for (past, span) in rest.past.iter_mut().zip(&plan.spans) {
            past.add(*span, newest, time, &item);
        }
    }

    fn newest(&self) -> Option<i64> {
        self.ring.last().map(|(time, _)| *time)
    }

    /// The lifetime.
    pub fn all(&self) -> &A {
        &self.all
    }

    /// One calendar day, and whether it has been let go (then it reads as empty).
    pub fn day(&self, day: i32) -> (Option<&A>, bool) {
        let days = self.rest.as_ref().map_or(&[][..], |rest| &rest.days);
        let found = days.binary_search_by_key(&day, |(kept, _)| *kept).ok().map(|place| &days[place].1);
        let gone = days.last().is_some_and(|(newest, _)| day <= newest.saturating_sub(DAYS_KEPT));
        (found, gone)
    }

    /// What `(at - span, at]` holds, and whether buckets stand behind it.
    pub fn span(&self, plan: &Plan, place: usize, at: i64) -> (A, bool) {
        let span = plan.spans[place];
        let start = at.saturating_sub(span.span);
        let mut sum = A::default();
        let Some(newest) = self.newest() else { return (sum, false) };
        let mut approximate = start < newest.saturating_sub(plan.retention);
        if let Some(rest) = &self.rest
            && start < rest.floor
        {
            approximate |= rest.past[place].gather(span, start, at, &mut sum);
        }
        let end = if at >= newest { self.ring.len() } else { self.ring.partition_point(|(time, _)| *time <= at) };
        let first = self.ring[..end].iter().rposition(|(time, _)| *time <= start).map_or(0, |place| place + 1);
        sum.extend(self.ring[first..end].iter().map(|(time, item)| (*time, item)));
        (sum, approximate)
    }

    /// Bytes held outside of the series itself.
    pub fn heap(&self) -> usize {
        let mut bytes = self.all.heap();
        if self.ring.spilled() {
            bytes += self.ring.capacity() * size_of::<(i64, A::Item)>();
        }
        if let Some(rest) = &self.rest {
            bytes += size_of::<Rest<A>>();
            bytes += rest.days.iter().map(|(_, day)| size_of::<(i32, A)>() + day.heap()).sum::<usize>();
            for past in &rest.past {
                bytes += size_of::<Past<A>>() + past.values.capacity() * 16;
                bytes += past.buckets.iter().map(|(_, bucket)| size_of::<(i64, A)>() + bucket.heap()).sum::<usize>();
            }
        }
        bytes
    }
}

impl<A: Accumulate> Past<A> {
    fn add(&mut self, span: Span, newest: i64, time: i64, item: &A::Item) {
        let oldest = newest.div_euclid(span.width).saturating_sub(A::BUCKETS);
        let old = self.buckets.partition_point(|(bucket, _)| *bucket <= oldest);
        self.buckets.drain(..old);
        if A::BY_VALUE && self.buckets.is_empty() {
            self.add_value(span, newest, time, A::hash_of(item));
        } else {
            self.add_bucket(span, oldest, time, item);
        }
    }

    fn add_bucket(&mut self, span: Span, oldest: i64, time: i64, item: &A::Item) {
        let bucket = time.div_euclid(span.width);
        if bucket <= oldest {
            return;
        }
        let place = self.buckets.partition_point(|(kept, _)| *kept < bucket);
        if self.buckets.get(place).is_none_or(|(kept, _)| *kept != bucket) {
            self.buckets.insert(place, (bucket, A::default()));
        }
        self.buckets[place].1.add(time, item);
    }

    /// Remembers when a value was last seen. When more values than can be counted exactly were
    /// seen within the window, they move into buckets by that time.
    fn add_value(&mut self, span: Span, newest: i64, time: i64, hash: u64) {
        match self.values.binary_search_by_key(&hash, |(kept, _)| *kept) {
            Ok(place) => self.values[place].1 = self.values[place].1.max(time),
            Err(place) => self.values.insert(place, (hash, time)),
        }
        if self.values.len() > EXACT_DISTINCT {
            let start = newest.saturating_sub(span.span);
            self.values.retain(|(_, last)| *last > start);
            self.dropped = self.dropped.max(start);
        }
        if self.values.len() > EXACT_DISTINCT {
            let oldest = newest.div_euclid(span.width).saturating_sub(A::BUCKETS);
            for (hash, last) in std::mem::take(&mut self.values) {
                if let Some(item) = A::of_hash(&hash) {
                    self.add_bucket(span, oldest, last, item);
                }
            }
        }
    }

    /// Adds what may lie in `(start, end]`: every bucket that touches it, or every value last seen
    /// in it. Says whether that is approximate.
    fn gather(&self, span: Span, start: i64, end: i64, sum: &mut A) -> bool {
        // A value seen again after the end may have been seen in the window too; nobody knows.
        let again = self.values.iter().any(|(_, last)| *last > end);
        let seen = self.values.iter().filter(|(_, last)| start < *last && *last <= end);
        sum.extend(seen.filter_map(|(hash, last)| Some((*last, A::of_hash(hash)?))));
        let first = start.saturating_add(1).div_euclid(span.width);
        let last = end.div_euclid(span.width);
        let place = self.buckets.partition_point(|(bucket, _)| *bucket < first);
        for (_, bucket) in self.buckets[place..].iter().take_while(|(bucket, _)| *bucket <= last) {
            sum.merge(bucket);
        }
        again || start < self.dropped || !A::BY_VALUE || !self.buckets.is_empty()
    }
}

/// The stored form.
impl<A: Accumulate> Series<A> {
    pub fn write(&self, plan: &Plan, writer: &mut Writer) {
        if plan.all {
            self.all.write(writer);
        }
        if !plan.spans.is_empty() {
            writer.unsigned(self.ring.len() as u64);
            let mut before = 0;
            for (time, item) in &self.ring {
                writer.signed(time.wrapping_sub(before));
                A::write_item(item, writer);
                before = *time;
            }
        }
        let Some(rest) = &self.rest else { return writer.byte(0) };
        writer.byte(1);
        writer.unsigned(rest.days.len() as u64);
        for (day, sum) in &rest.days {
            writer.signed(i64::from(*day));
            sum.write(writer);
        }
        writer.signed(rest.floor);
        writer.unsigned(rest.past.len() as u64);
        for past in &rest.past {
            writer.signed(past.dropped);
            writer.unsigned(past.values.len() as u64);
            for (hash, last) in &past.values {
                writer.bytes.extend_from_slice(&hash.to_le_bytes());
                writer.signed(rest.floor.wrapping_sub(*last));
            }
            writer.unsigned(past.buckets.len() as u64);
            for (bucket, sum) in &past.buckets {
                writer.signed(*bucket);
                sum.write(writer);
            }
        }
    }

    pub fn read(plan: &Plan, reader: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut series = Series::default();
        if plan.all {
            series.all = A::read(reader)?;
        }
        if !plan.spans.is_empty() {
            let mut before = 0i64;
            for place in 0..reader.count(EXACT_ENTRIES)? {
                let time = before.wrapping_add(reader.signed()?);
                if place > 0 && time < before {
                    return Err(DecodeError::Malformed("entries are out of order"));
                }
                series.ring.push((time, A::read_item(reader)?));
                before = time;
            }
        }
        if reader.byte()? == 1 {
            series.rest = Some(Box::new(Self::read_rest(plan, reader)?));
        }
        Ok(series)
    }

    fn read_rest(plan: &Plan, reader: &mut Reader<'_>) -> Result<Rest<A>, DecodeError> {
        let mut rest = Rest::default();
        for _ in 0..reader.count(DAYS_KEPT as usize)? {
            let day = i32::try_from(reader.signed()?).map_err(|_| DecodeError::Malformed("a day is out of range"))?;
            rest.days.push((day, A::read(reader)?));
        }
        rest.floor = reader.signed()?;
        let count = reader.count(LIMIT_WINDOWS)?;
        for _ in 0..count {
            let mut past = Past { dropped: reader.signed()?, ..Past::default() };
            for _ in 0..reader.count(EXACT_DISTINCT)? {
                let mut word = [0; 8];
                word.copy_from_slice(reader.take(8)?);
                past.values.push((u64::from_le_bytes(word), rest.floor.wrapping_sub(reader.signed()?)));
            }
            for _ in 0..reader.count(A::BUCKETS as usize)? {
                past.buckets.push((reader.signed()?, A::read(reader)?));
            }
            rest.past.push(past);
        }
        let ordered = rest.days.is_sorted_by(|a, b| a.0 < b.0)
            && rest
                .past
                .iter()
                .all(|past| past.buckets.is_sorted_by(|a, b| a.0 < b.0) && past.values.is_sorted_by(|a, b| a.0 < b.0));
        let whole = count == plan.spans.len() || (count == 0 && rest.floor == i64::MIN);
        if ordered && whole { Ok(rest) } else { Err(DecodeError::Malformed("a past is out of order")) }
    }
}

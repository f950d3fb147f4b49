//! The market's queue: bounded by events, drained in batches.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::error::Busy;

/// A bounded queue of works, each with a weight in events.
pub(crate) struct Queue<T> {
    inner: Mutex<Inner<T>>,
    arrived: Condvar,
    limit: usize,
}

struct Inner<T> {
    works: VecDeque<(T, usize)>,
    weight: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// A queue that takes `limit` events.
    pub fn new(limit: usize) -> Queue<T> {
        let inner = Inner { works: VecDeque::new(), weight: 0, closed: false };
        Queue { inner: Mutex::new(inner), arrived: Condvar::new(), limit }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<T>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a work; refused when the queue is full or closed. A work alone in the queue is always taken.
    pub fn push(&self, work: T, weight: usize) -> Result<(), Busy> {
        let mut inner = self.lock();
        if inner.closed {
            return Err(Busy { retry_after: 2, reason: "the house is closing".to_owned(), full: false });
        }
        if inner.weight > 0 && inner.weight + weight > self.limit {
            return Err(Busy::full());
        }
        inner.weight += weight;
        inner.works.push_back((work, weight));
        drop(inner);
        self.arrived.notify_one();
        Ok(())
    }

    /// Takes works of up to `most` events together (one work at least). Waits up to `idle` for the first,
    /// then up to `window` for more. Empty when nothing came; `None` when the queue is closed and empty.
    pub fn take(&self, most: usize, window: Duration, idle: Duration) -> Option<Vec<T>> {
        let mut inner = self.lock();
        let until = Instant::now() + idle;
        while inner.works.is_empty() {
            if inner.closed {
                return None;
            }
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Some(Vec::new());
            }
            inner = self.arrived.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let until = Instant::now() + window;
        while inner.weight < most && !inner.closed {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            inner = self.arrived.wait_timeout(inner, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let (mut taken, mut weight) = (Vec::new(), 0);
        while let Some((_, next)) = inner.works.front() {
            if weight > 0 && weight + next > most {
                break;
            }
            weight += next;
            taken.extend(inner.works.pop_front().map(|(work, _)| work));
        }
        inner.weight -= weight;
        Some(taken)
    }

    /// Takes nothing more; what is inside is still handed out.
    pub fn close(&self) {
        self.lock().closed = true;
        self.arrived.notify_all();
    }

    /// Events waiting.
    pub fn weight(&self) -> usize {
        self.lock().weight
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Duration = Duration::ZERO;

    #[test]
    fn bounded_by_events_and_drained_in_batches() {
        let queue = Queue::new(10);
        for n in 0..5 {
            queue.push(n, 2).unwrap();
        }
        assert!(queue.push(9, 1).unwrap_err().full);
        assert_eq!(queue.take(5, NOW, NOW), Some(vec![0, 1]));
        assert_eq!(queue.weight(), 6);
        queue.close();
        assert!(!queue.push(9, 1).unwrap_err().full);
        assert_eq!(queue.take(100, NOW, NOW), Some(vec![2, 3, 4]));
        assert_eq!(queue.take(100, NOW, NOW), None);
        let large = Queue::new(10);
        large.push(1, 50).unwrap();
        assert_eq!(large.take(10, NOW, NOW), Some(vec![1]));
        assert_eq!(large.take(10, NOW, NOW), Some(vec![]));
    }
}

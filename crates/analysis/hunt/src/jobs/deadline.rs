//! When a task is to end, whatever it is doing.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::time::{Duration, Instant};

/// A moment after which a task begins nothing new.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

/// What [`Deadline::check`] unwinds with.
struct OutOfTime;

impl Deadline {
    /// Returns the deadline in this many seconds; never, if the clock can't express that.
    pub(crate) fn in_seconds(seconds: f64) -> Deadline {
        let duration = Duration::try_from_secs_f64(seconds.max(0.0)).ok();
        Deadline(duration.and_then(|duration| Instant::now().checked_add(duration)))
    }

    /// Returns whether it has passed.
    pub(crate) fn has_passed(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }

    /// Unwinds if the deadline has passed: between two operations, so that no call of a heap is
    /// interrupted. [`or_time`] catches it.
    pub(crate) fn check(self) {
        if self.has_passed() {
            // No panic hook runs: this is not a panic but a way out.
            resume_unwind(Box::new(OutOfTime));
        }
    }
}

/// Does some work; `None` if a deadline that it checks has passed.
pub(crate) fn or_time<T>(work: impl FnOnce() -> T) -> Option<T> {
    let is_ours = |unwound: &Box<dyn Any + Send>| unwound.is::<OutOfTime>();
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => Some(done),
        Err(unwound) if is_ours(&unwound) => None,
        Err(unwound) => resume_unwind(unwound),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_stops_when_the_deadline_has_passed_and_not_before() {
        let late = Deadline::in_seconds(0.0);
        let early = Deadline::in_seconds(1e6);
        let never = Deadline::in_seconds(f64::MAX);
        assert!(late.has_passed() && !early.has_passed() && !never.has_passed());
        let work = |deadline: Deadline| {
            or_time(|| {
                deadline.check();
                7
            })
        };
        assert_eq!((work(late), work(early), work(never)), (None, Some(7), Some(7)));
    }
}

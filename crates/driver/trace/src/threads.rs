//! The thread that made each call.
//!
//! No dialect has a field for it. A trace that knows the threads says so in remarks, which every
//! reader of remarks skips:
//!
//! ```text
//!   # thread 0
//!   a 0 512        thread 0's
//!   a 1 64         and this
//!   # thread 1
//!   f 0            thread 1's
//!   # thread 0
//!   f 1            thread 0's again
//! ```

use crate::{Comment, Trace};

/// The text before the number in a remark.
const WORD: &str = "thread ";

impl Comment {
    /// Returns the thread that made the calls below, if the remark names one.
    pub fn thread(&self) -> Option<u32> {
        thread_of_remark(&self.text)
    }
}

/// Returns the thread that made the calls below a remark of this text, if it names one.
pub fn thread_of_remark(text: &str) -> Option<u32> {
    text.strip_prefix(WORD)?.parse().ok()
}

impl Trace {
    /// Returns the trace with a remark wherever another thread goes on. Operation `i` was called
    /// by `threads[i]`; only the extended and the script dialect can keep the remarks in a file.
    ///
    /// # Panics
    ///
    /// Unless there is a thread for every operation.
    pub fn with_threads(mut self, threads: &[u32]) -> Trace {
        assert_eq!(threads.len(), self.ops.len(), "a thread for each operation");
        let mut last = None;
        for (before_op, &thread) in (0..).zip(threads) {
            if last.replace(thread) != Some(thread) {
                let text = format!("{WORD}{thread}");
                self.comments.push(Comment { before_op, text });
            }
        }
        // Below the remarks that are there already: the sort is stable.
        self.comments.sort_by_key(|comment| comment.before_op);
        self
    }

    /// Returns which thread called each operation; `None` if the trace does not say it from the
    /// first operation on.
    pub fn threads(&self) -> Option<Vec<u32>> {
        let mut said = self
            .comments
            .iter()
            .filter_map(|comment| Some((comment.before_op, comment.thread()?)))
            .peekable();
        let mut thread = None;
        let thread_of = |index| {
            while let Some((_, next)) = said.next_if(|&(before_op, _)| before_op <= index) {
                thread = Some(next);
            }
            thread
        };
        let ops = (0..).zip(&self.ops);
        ops.map(|(index, _)| index).map(thread_of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Dialect, Inexpressible, ReadOptions, write};

    fn trace() -> Trace {
        Trace::of_line("short", "a 0 1, a 1 2, f 0, a 2 3, f 1, f 2").unwrap()
    }

    #[test]
    fn threads_are_written_where_they_change_and_can_be_read_back() {
        let threads = [7, 7, 0, 0, 7, 7];
        let told = trace().with_comment("made by hand").with_threads(&threads);
        let remarks: Vec<(u32, &str)> = (told.comments().iter())
            .map(|comment| (comment.before_op, comment.text.as_str()))
            .collect();
        assert_eq!(
            remarks,
            [(0, "made by hand"), (0, "thread 7"), (2, "thread 0"), (4, "thread 7")]
        );
        assert_eq!(told.threads().unwrap(), threads);
        // And through a file.
        for dialect in [Dialect::Extended, Dialect::Script] {
            let file = write(&told, dialect, Inexpressible::Rewrite).unwrap();
            let back = Trace::parse("short", &file.bytes, &ReadOptions::default()).unwrap();
            assert_eq!(back.trace.threads().unwrap(), threads, "{dialect}");
        }
    }

    #[test]
    fn threads_are_unknown_unless_stated_from_the_start() {
        assert_eq!(trace().threads(), None);
        assert_eq!(trace().with_comment("thread of thought").threads(), None);
        assert_eq!(trace().with_comment_before(1, "thread 0").threads(), None);
        let whole = trace().with_comment("thread 0");
        assert_eq!(whole.threads().unwrap(), [0; 6]);
    }

    #[test]
    fn the_last_of_two_remarks_in_one_place_counts() {
        let told = trace().with_comment("thread 1\nthread 2");
        assert_eq!(told.threads().unwrap(), [2; 6]);
    }

    #[test]
    fn an_empty_trace_has_no_threads() {
        let empty = trace().first_ops(0);
        assert_eq!(empty.threads().unwrap(), [0; 0]);
    }
}

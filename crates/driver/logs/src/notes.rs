//! What a log has besides its calls, as counts and as text.

use std::fmt;

/// How often something happened, and where first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    /// How often.
    pub times: u64,
    /// The line of the log where it happened first, from 1.
    pub first_line: u64,
}

impl Count {
    pub(crate) fn add(&mut self, line: u64) {
        if self.times == 0 {
            self.first_line = line;
        }
        self.times += 1;
    }
}

/// What was left out or put in when a log became a trace, and why. Displays as one line
/// for each kind that occurred, without a newline at the end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Notes {
    /// Frees of addresses that are not a live block of the log: left out.
    pub unknown_frees: Count,
    /// Reallocs of such addresses: written as allocations.
    pub unknown_reallocs: Count,
    /// Requests that were refused: left out.
    pub failed: Count,
    /// Blocks given out at an address that was still live. A free of the older block is
    /// put in.
    pub missed_frees: Count,
    /// Blocks of 4 GiB or more, or with such an alignment: left out.
    pub too_large: Count,
    /// Blocks of posix_memalign whose address the log does not have.
    pub without_address: Count,
    /// Calls of other processes than the chosen one: left out.
    pub other_processes: Count,
    /// Calls that were left out because the tool can't say what they were.
    pub ambiguous: Count,
    /// Frees of NULL at the end that the tool made itself: left out.
    pub own_frees: Count,
    /// Times when the program became another one (`exec`): all blocks are forgotten.
    pub execs: Count,
    /// Calls that had begun when the log ended.
    pub unfinished: Count,
    /// Lines that look like a call and can't be read as one: left out.
    pub unreadable: Count,
    /// Lines that are too long to be a call: left out.
    pub overlong: Count,
    /// Lines that are about something else: skipped. They are harmless.
    pub other_lines: Count,
    /// The line after which a compressed file is damaged or cut off.
    pub damaged_after_line: Option<u64>,
    /// Lifetimes are guessed: the log has no addresses.
    pub guessed_lifetimes: bool,
    /// The tool was attached to a program that ran already.
    pub attached: bool,
}

impl Notes {
    /// Returns the counts with what they count, in singular and plural.
    fn counts(&self) -> [(Count, &'static str, &'static str); 13] {
        [
            (
                self.unreadable,
                "line that looks like a call can't be read: left out",
                "lines that look like calls can't be read: left out",
            ),
            (
                self.overlong,
                "line is too long for a call: left out",
                "lines are too long for a call: left out",
            ),
            (
                self.unknown_frees,
                "free of a block that the log did not give out: left out",
                "frees of blocks that the log did not give out: left out",
            ),
            (
                self.unknown_reallocs,
                "realloc of a block that the log did not give out: an allocation here",
                "reallocs of blocks that the log did not give out: allocations here",
            ),
            (
                self.missed_frees,
                "block was given out again without a free: a free is added",
                "blocks were given out again without a free: frees are added",
            ),
            (self.failed, "request failed: left out", "requests failed: left out"),
            (
                self.too_large,
                "block is too large for a 32-bit machine: left out",
                "blocks are too large for a 32-bit machine: left out",
            ),
            (
                self.without_address,
                "block of posix_memalign has no address in the log: it is taken to be the block \
                 of a later free that fits",
                "blocks of posix_memalign have no address in the log: each is taken to be the \
                 block of a later free that fits",
            ),
            (
                self.ambiguous,
                "call may be malloc(0) or free(NULL): left out",
                "calls may be malloc(0) or free(NULL): left out",
            ),
            (
                self.own_frees,
                "free(NULL) at the end is the tool's own: left out",
                "free(NULL) at the end are the tool's own: left out",
            ),
            (
                self.other_processes,
                "call of another process: left out",
                "calls of other processes: left out",
            ),
            (
                self.execs,
                "exec: the earlier program ends there, with all its blocks",
                "execs: the earlier program ends at each, with all its blocks",
            ),
            (
                self.unfinished,
                "call has no result before the log ends: left out",
                "calls have no result before the log ends: left out",
            ),
        ]
    }
}

impl fmt::Display for Notes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = Vec::new();
        if let Some(line) = self.damaged_after_line {
            lines.push(format!(
                "the compressed file is damaged or cut off after line {line}: read up to there"
            ));
        }
        for (count, one, many) in self.counts() {
            match count.times {
                0 => {}
                1 => lines.push(format!("line {}: 1 {one}", count.first_line)),
                times => {
                    lines.push(format!("{times} {many} (the first on line {})", count.first_line))
                }
            }
        }
        if self.guessed_lifetimes {
            lines.push(
                "the log has no addresses: of equal blocks, the last one given out is freed first"
                    .to_owned(),
            );
        }
        if self.attached {
            lines.push(
                "the tool was attached to a running program: blocks from before are missing"
                    .to_owned(),
            );
        }
        f.write_str(&lines.join("\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_problems_that_occurred_are_noted() {
        assert_eq!(Notes::default().to_string(), "");
        let mut notes = Notes::default();
        notes.other_lines.add(1);
        assert_eq!(notes.to_string(), "");
        notes.failed.add(7);
        notes.unknown_frees.add(8);
        notes.unknown_frees.add(9);
        assert_eq!(
            notes.to_string(),
            "2 frees of blocks that the log did not give out: left out (the first on line 8)\n\
             line 7: 1 request failed: left out"
        );
    }
}

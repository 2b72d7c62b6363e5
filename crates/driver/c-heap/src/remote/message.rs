//! What goes over the socket and through the shared memory: the same as in `runtime/runner.c`.

/// A message, in either direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) kind: u64,
    pub(crate) a: u64,
    pub(crate) b: u64,
    pub(crate) c: u64,
}

/// The bytes of a message.
pub(crate) const MESSAGE_BYTES: usize = 32;

/// Kinds of messages to the program.
pub(crate) mod ask {
    pub(crate) const HELLO: u64 = 0;
    pub(crate) const INIT: u64 = 1;
    pub(crate) const MALLOC: u64 = 2;
    pub(crate) const FREE: u64 = 3;
    pub(crate) const REALLOC: u64 = 4;
    pub(crate) const CALLOC: u64 = 5;
    pub(crate) const CHECK: u64 = 6;
    // Only of a program that the command has made itself.
    pub(crate) const BLOCKS: u64 = 7;
    pub(crate) const LISTS: u64 = 8;
    pub(crate) const CALLS: u64 = 9;
    pub(crate) const RESET: u64 = 10;
    pub(crate) const REMAP: u64 = 11;
}

/// Kinds of messages from the program.
pub(crate) mod tell {
    pub(crate) const READY: u64 = 100;
    pub(crate) const RETURNED: u64 = 101;
    pub(crate) const SBRK: u64 = 102;
    pub(crate) const FULL: u64 = 103;
    pub(crate) const ENDED: u64 = 104;
    pub(crate) const CRASHED: u64 = 105;
}

impl Message {
    pub(crate) fn bytes(self) -> [u8; MESSAGE_BYTES] {
        let mut bytes = [0; MESSAGE_BYTES];
        for (place, number) in bytes.chunks_exact_mut(8).zip([self.kind, self.a, self.b, self.c]) {
            place.copy_from_slice(&number.to_ne_bytes());
        }
        bytes
    }

    pub(crate) fn of(bytes: &[u8; MESSAGE_BYTES]) -> Message {
        let number = |index: usize| number_at(bytes, 8 * index);
        Message { kind: number(0), a: number(1), b: number(2), c: number(3) }
    }
}

/// What a report is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Load,
    Store,
    Copy,
    Fill,
    LoadToCopy,
    /// No access: a function is entered.
    Enter,
    /// A function returns.
    Leave,
    /// The heap shows a block.
    Block,
    /// The heap shows an entry of a list.
    Listed,
}

/// An access of the checked build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) access: Access,
    pub(crate) at: u64,
    /// Where a copy is from; what a short store replaces.
    pub(crate) from: u64,
    pub(crate) pc: u64,
    pub(crate) size: u32,
}

/// The bytes of a report.
pub(crate) const REPORT_BYTES: usize = 32;

/// The bytes of each of the two texts in front of the reports.
pub(crate) const TEXT_BYTES: usize = 2048;

/// The bytes that are shared behind the machine.
pub(crate) const SHARED_BYTES: usize = 1 << 20;

/// The most reports that fit there.
pub(crate) const MOST_REPORTS: usize = (SHARED_BYTES - 2 * TEXT_BYTES) / REPORT_BYTES;

impl Report {
    /// Reads a report; none if it is of no known kind.
    pub(crate) fn of(bytes: &[u8; REPORT_BYTES]) -> Option<Report> {
        let word = |at: usize| number_at(bytes, at);
        let (size, kind) = (word(24) & u64::from(u32::MAX), word(24) >> 32);
        let access = match kind {
            0 => Access::Load,
            1 => Access::Store,
            2 => Access::Copy,
            3 => Access::Fill,
            4 => Access::LoadToCopy,
            5 => Access::Enter,
            6 => Access::Leave,
            7 => Access::Block,
            8 => Access::Listed,
            _ => return None,
        };
        Some(Report { access, at: word(0), from: word(8), pc: word(16), size: size as u32 })
    }
}

fn number_at(bytes: &[u8], at: usize) -> u64 {
    let mut number = [0; 8];
    number.copy_from_slice(&bytes[at..at + 8]);
    u64::from_ne_bytes(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_back() {
        let message = Message { kind: tell::SBRK, a: u64::MAX, b: 7, c: 1 << 40 };
        assert_eq!(Message::of(&message.bytes()), message);
    }

    #[test]
    fn a_report_of_no_kind_is_none() {
        let mut bytes = [0; REPORT_BYTES];
        bytes[24] = 4;
        bytes[28] = 2;
        let report = Report::of(&bytes).unwrap();
        assert_eq!((report.access, report.size), (Access::Copy, 4));
        bytes[28] = 9;
        assert_eq!(Report::of(&bytes), None);
    }

    #[test]
    fn the_numbers_are_those_of_the_program() {
        let text = include_str!("../../runtime/runner.c");
        for line in [
            "enum { HELLO, INIT, MALLOC, FREE, REALLOC, CALLOC, CHECK, BLOCKS, LISTS, CALLS, RESET, REMAP };",
            "enum { READY = 100, RETURNED, SBRK, FULL, ENDED, CRASHED };",
            "enum { LOAD, STORE, COPY, FILL, LOAD_TO_COPY, ENTER, LEAVE, BLOCK, LISTED };",
            "#define TEXT_BYTES 2048",
            "#define SHARED_BYTES (1 << 20)",
        ] {
            assert!(text.contains(line), "{line}");
        }
    }
}

//! A block of the trace as it is named in messages.

use heaplab_arena::Addr;
use heaplab_trace::Id;
use std::fmt;

/// A live block of the trace, to be named in a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Other {
    /// Its id.
    pub id: Id,
    /// The line that allocated or last resized it.
    pub line: u32,
    /// Where its payload is.
    pub addr: Addr,
    /// Its requested bytes.
    pub size: u32,
}

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "block {} (line {}, {} at {})",
            self.id.0,
            self.line,
            bytes(self.size.into()),
            self.addr
        )
    }
}

/// Returns a count of bytes in words.
pub(crate) fn bytes(count: u64) -> String {
    match count {
        1 => "1 byte".to_owned(),
        count => format!("{count} bytes"),
    }
}

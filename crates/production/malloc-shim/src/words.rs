//! Messages on standard error, without a heap; after most of them the program ends.

use core::ffi::c_void;
use core::fmt::{self, Write};

/// Longer messages are cut off.
const MOST_BYTES: usize = 2048;

/// Prints the message and ends the program.
pub fn die(message: fmt::Arguments<'_>) -> ! {
    say(message);
    // SAFETY: it does not return.
    unsafe { libc::abort() }
}

/// Prints the message on standard error.
pub fn say(message: fmt::Arguments<'_>) {
    let mut line = Line { bytes: [0; MOST_BYTES], length: 0 };
    let _ = writeln!(line, "heaplab: {message}");
    line.bytes[line.length.min(MOST_BYTES - 1)] = b'\n';
    // SAFETY: the bytes are there.
    unsafe {
        libc::write(
            libc::STDERR_FILENO,
            line.bytes.as_ptr().cast::<c_void>(),
            line.length.min(MOST_BYTES),
        );
    }
}

struct Line {
    bytes: [u8; MOST_BYTES],
    length: usize,
}

impl Write for Line {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for &byte in text.as_bytes() {
            let place = self.bytes.get_mut(self.length).ok_or(fmt::Error)?;
            *place = byte;
            self.length += 1;
        }
        Ok(())
    }
}

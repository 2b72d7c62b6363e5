//! What a program prints, up to a limit.

use std::io::Read;
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// The first bytes of what a program printed, and how many there were.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Captured {
    /// The first of them, up to [`MAX_BYTES`](Captured::MAX_BYTES).
    pub bytes: Vec<u8>,
    /// Their number in all.
    pub total_bytes: u64,
}

impl Captured {
    /// Maximum number of bytes that are kept.
    pub const MAX_BYTES: usize = 64 << 10;

    /// Returns the bytes as text; bytes that are not UTF-8 become a replacement character.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Returns whether there was more than was kept.
    pub fn is_cut(&self) -> bool {
        self.total_bytes > self.bytes.len() as u64
    }

    fn add(&mut self, bytes: &[u8]) {
        let room = Captured::MAX_BYTES - self.bytes.len();
        self.bytes.extend(bytes.iter().take(room));
        self.total_bytes += bytes.len() as u64;
    }
}

/// A thread that reads a pipe to its end, so that its writer never waits.
pub(crate) struct Reader {
    so_far: Arc<Mutex<Captured>>,
    done: Receiver<()>,
}

impl Reader {
    pub(crate) fn of(mut pipe: impl Read + Send + 'static) -> Reader {
        let so_far = Arc::new(Mutex::new(Captured::default()));
        let (at_the_end, done) = mpsc::channel::<()>();
        let captured = Arc::clone(&so_far);
        thread::spawn(move || {
            let mut buffer = [0; 16 << 10];
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let mut captured = captured.lock().unwrap_or_else(PoisonError::into_inner);
                captured.add(&buffer[..count]);
            }
            drop(at_the_end);
        });
        Reader { so_far, done }
    }

    /// Returns what was printed. The writers should have ended; one
    /// that has not can't make this wait for longer than `patience`.
    pub(crate) fn finish(self, patience: Duration) -> Captured {
        // The sender is dropped at the end of the pipe.
        let _ = self.done.recv_timeout(patience);
        let mut so_far = self.so_far.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut so_far)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    #[test]
    fn excess_output_is_counted_but_not_kept() {
        let much = vec![b'x'; 3 * Captured::MAX_BYTES + 1];
        let captured = Reader::of(std::io::Cursor::new(much)).finish(PATIENCE);
        assert_eq!(captured.bytes.len(), Captured::MAX_BYTES);
        assert_eq!(captured.total_bytes, 3 * Captured::MAX_BYTES as u64 + 1);
        assert!(captured.is_cut());
    }

    #[test]
    fn short_output_is_kept_whole() {
        let captured = Reader::of(&b"ok\xff"[..]).finish(PATIENCE);
        assert_eq!(captured.text(), "ok\u{fffd}");
        assert!(!captured.is_cut());
    }
}

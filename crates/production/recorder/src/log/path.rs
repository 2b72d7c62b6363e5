//! A file name assembled without a heap.

use core::ffi::CStr;

/// The maximum length of a name, with its final zero byte.
const LIMIT_BYTES: usize = 1200;

/// A C string that is being assembled. Text that does not fit is recorded as an overflow.
pub struct Path {
    bytes: [u8; LIMIT_BYTES],
    len: usize,
    overflow: bool,
}

impl Path {
    /// Returns the empty name.
    pub fn new() -> Self {
        Path { bytes: [0; LIMIT_BYTES], len: 0, overflow: false }
    }

    /// Adds text.
    pub fn push(&mut self, text: &[u8]) {
        for &byte in text {
            // The last byte stays zero: it ends the string.
            match self.bytes[..LIMIT_BYTES - 1].get_mut(self.len) {
                Some(place) => *place = byte,
                None => return self.overflow = true,
            }
            self.len += 1;
        }
    }

    /// Adds a number in decimal, with leading zeros to 20 digits, so that names
    /// sort as their numbers do.
    pub fn push_number(&mut self, mut number: u64) {
        let mut digits = [b'0'; 20];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
        }
        self.push(&digits);
    }

    /// Returns the finished name; `None` if it did not fit or has a zero byte inside.
    pub fn as_c_str(&self) -> Option<&CStr> {
        if self.overflow {
            return None;
        }
        CStr::from_bytes_with_nul(self.bytes.get(..=self.len)?).ok()
    }
}

//! An address in the simulated machine.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// An address in the simulated machine: a number from 0 to 2³² − 1, never a
/// pointer of the host.
///
/// Arithmetic wraps at 2³², as the machine's does, in every build. An address
/// plus or minus a size is an address; the difference of two addresses is a
/// size. There is no other arithmetic, so an address can't be mistaken for a size.
///
/// ```
/// # use heaplab_arena::Addr;
/// let header = Addr::new(0x1_000c);
/// let payload = header + 4;
/// assert_eq!(payload - header, 4);
/// assert!(payload.is_aligned_to(16));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(transparent)]
pub struct Addr(u32);

impl Addr {
    /// Address 0. A block is never there; as a link it means "none".
    pub const NULL: Addr = Addr(0);

    /// Returns the address with this number.
    pub const fn new(number: u32) -> Addr {
        Addr(number)
    }

    /// Returns the number, as it is stored in a word of memory.
    pub const fn to_word(self) -> u32 {
        self.0
    }

    /// Returns whether this is [`Addr::NULL`].
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// Returns whether the address is a multiple of `align_bytes`, a power of two.
    pub const fn is_aligned_to(self, align_bytes: u32) -> bool {
        self.0 & (align_bytes - 1) == 0
    }

    /// Returns the first address at or after this one that is a multiple of
    /// `align_bytes`, a power of two.
    pub const fn align_up(self, align_bytes: u32) -> Addr {
        Addr(self.0.wrapping_add(align_bytes - 1) & !(align_bytes - 1))
    }

    /// Returns the address `size` bytes on, or `None` if it is past the end of the machine.
    pub const fn checked_add(self, size: u32) -> Option<Addr> {
        match self.0.checked_add(size) {
            Some(number) => Some(Addr(number)),
            None => None,
        }
    }
}

impl Add<u32> for Addr {
    type Output = Addr;
    #[inline]
    fn add(self, size: u32) -> Addr {
        Addr(self.0.wrapping_add(size))
    }
}

impl AddAssign<u32> for Addr {
    #[inline]
    fn add_assign(&mut self, size: u32) {
        *self = *self + size;
    }
}

impl Sub<u32> for Addr {
    type Output = Addr;
    #[inline]
    fn sub(self, size: u32) -> Addr {
        Addr(self.0.wrapping_sub(size))
    }
}

impl Sub for Addr {
    type Output = u32;
    #[inline]
    fn sub(self, start: Addr) -> u32 {
        self.0.wrapping_sub(start.0)
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_null() { f.write_str("NULL") } else { write!(f, "{:#x}", self.0) }
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arithmetic_wraps_as_the_machine_does() {
        assert_eq!(Addr::new(u32::MAX) + 1, Addr::NULL);
        assert_eq!(Addr::NULL - 4, Addr::new(u32::MAX - 3));
        assert_eq!(Addr::new(2) - Addr::new(4), u32::MAX - 1);
        assert_eq!(Addr::new(u32::MAX).checked_add(1), None);
    }

    #[test]
    fn addresses_round_up_to_an_alignment() {
        assert_eq!(Addr::new(17).align_up(16), Addr::new(32));
        assert_eq!(Addr::new(32).align_up(16), Addr::new(32));
        assert!(Addr::new(24).is_aligned_to(8) && !Addr::new(24).is_aligned_to(16));
    }

    #[test]
    fn null_prints_as_null() {
        assert_eq!(Addr::NULL.to_string(), "NULL");
        assert_eq!(Addr::new(0x10010).to_string(), "0x10010");
    }
}

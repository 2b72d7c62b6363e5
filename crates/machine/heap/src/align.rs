//! The alignment of payloads.

use std::fmt;
use std::str::FromStr;

/// The alignment of payload addresses: 8 in the book and on 32-bit systems, 16 on
/// x86-64 and in today's courses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Align {
    /// 8 bytes.
    Eight,
    /// 16 bytes.
    #[default]
    Sixteen,
}

impl Align {
    /// Returns the alignment in bytes.
    #[inline(always)]
    pub const fn bytes(self) -> u32 {
        match self {
            Align::Eight => 8,
            Align::Sixteen => 16,
        }
    }

    /// Returns how many times the alignment goes into `size`, rounded down.
    #[inline(always)]
    pub const fn units(self, size: u32) -> u32 {
        size >> self.bytes().trailing_zeros()
    }

    /// Returns `size` rounded up to a multiple of the alignment.
    ///
    /// `size` must be at most 2³² − 16, which holds for every size up to
    /// [`LARGEST_REQUEST_BYTES`](crate::LARGEST_REQUEST_BYTES).
    #[inline(always)]
    pub const fn round_up(self, size: u32) -> u32 {
        (size + self.bytes() - 1) & !(self.bytes() - 1)
    }
}

impl fmt::Display for Align {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.bytes())
    }
}

impl FromStr for Align {
    type Err = String;

    fn from_str(text: &str) -> Result<Align, String> {
        match text {
            "8" => Ok(Align::Eight),
            "16" => Ok(Align::Sixteen),
            _ => Err("an alignment is 8 or 16".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_round_up_to_the_alignment() {
        assert_eq!(Align::Eight.round_up(1), 8);
        assert_eq!(Align::Eight.round_up(8), 8);
        assert_eq!(Align::Sixteen.round_up(17), 32);
        assert_eq!("16".parse(), Ok(Align::Sixteen));
        assert!("4".parse::<Align>().is_err());
    }
}

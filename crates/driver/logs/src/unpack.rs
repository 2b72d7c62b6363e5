//! Unpacks compressed logs: gzip and zstd, detected by their first bytes.

#[cfg(feature = "zstd")]
use crate::zstd::Zstd;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// How a file is packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Gzip,
    Zstd,
}

impl Packing {
    /// Returns the packing by the first bytes of the file.
    pub fn of(start: &[u8]) -> Packing {
        match start {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Packing::Zstd,
            _ => Packing::None,
        }
    }

    /// Returns the contents of the file, as a stream.
    pub fn unpack<'r>(self, from: impl Read + 'r) -> Box<dyn Read + 'r> {
        match self {
            Packing::None => Box::new(from),
            Packing::Gzip => Box::new(MultiGzDecoder::new(from)),
            #[cfg(feature = "zstd")]
            Packing::Zstd => Box::new(Zstd::new(from)),
            // Refused before anything is unpacked.
            #[cfg(not(feature = "zstd"))]
            Packing::Zstd => Box::new(from),
        }
    }
}

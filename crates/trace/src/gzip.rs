//! Gzip in and out.

use crate::Problem;
use flate2::read::MultiGzDecoder;
use flate2::{Compression, GzBuilder};
use std::io::{ErrorKind, Read, Write};

/// The first two bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Whether the bytes are gzip, by their first two.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// Compresses bytes. The result holds no time and no name, so the same bytes
/// always give the same file.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzBuilder::new().write(Vec::new(), Compression::best());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .expect("writing to a Vec never fails")
}

/// Uncompresses bytes; at most `limit_bytes` may come out.
///
/// # Errors
///
/// When the file was cut off or damaged, or more than the limit comes out (a
/// few kilobytes of gzip can hold gigabytes).
pub(crate) fn decompress(bytes: &[u8], limit_bytes: usize) -> Result<Vec<u8>, Problem> {
    let mut plain = Vec::new();
    let one_too_many = u64::try_from(limit_bytes)
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    MultiGzDecoder::new(bytes)
        .take(one_too_many)
        .read_to_end(&mut plain)
        .map_err(|error| Problem::DamagedGzip {
            cut_off: error.kind() == ErrorKind::UnexpectedEof,
        })?;
    if plain.len() > limit_bytes {
        return Err(Problem::TooLong { limit_bytes });
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_in_comes_out() {
        let plain = b"a 0 16\nf 0\n".repeat(1000);
        let packed = compress(&plain);
        assert!(is_gzip(&packed) && packed.len() < 200);
        assert_eq!(decompress(&packed, plain.len()), Ok(plain));
    }

    #[test]
    fn every_cut_is_noticed() {
        let packed = compress(b"a 0 16\nf 0\n");
        for length in 2..packed.len() {
            let result = decompress(&packed[..length], 1000);
            assert_eq!(result, Err(Problem::DamagedGzip { cut_off: true }));
        }
    }

    #[test]
    fn a_flipped_bit_is_noticed() {
        let mut packed = compress(b"a 0 16\nf 0\n");
        let checksum = packed.len() - 8;
        packed[checksum] ^= 1;
        let result = decompress(&packed, 1000);
        assert_eq!(result, Err(Problem::DamagedGzip { cut_off: false }));
    }

    #[test]
    fn a_bomb_stops_at_the_limit() {
        let packed = compress(&vec![b'\n'; 1_000_000]);
        let result = decompress(&packed, 999_999);
        assert_eq!(
            result,
            Err(Problem::TooLong {
                limit_bytes: 999_999
            })
        );
    }
}

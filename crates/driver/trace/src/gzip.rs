//! Packs and unpacks gzip.

use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use std::io::{self, BufReader, Chain, Cursor, Read, Write};

/// The first two bytes of every gzip file.
const MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Compresses bytes. It has neither a time nor a name in it, so the same bytes
/// always give the same file.
pub fn compress(bytes: &[u8]) -> Vec<u8> {
    let mut packer = packer(Vec::new());
    packer.write_all(bytes).and_then(|()| packer.finish()).expect("writing to a Vec never fails")
}

/// Compresses what is written to it, as [`compress`] does.
pub fn packer<W: Write>(out: W) -> GzEncoder<W> {
    GzBuilder::new().write(out, Compression::best())
}

/// Returns whether the bytes are gzip, by the first of them.
pub(crate) fn is_gzip(bytes: &[u8]) -> bool {
    bytes.starts_with(&MAGIC)
}

/// The bytes that were looked at, and the rest.
type All<R> = Chain<Cursor<Vec<u8>>, R>;

/// Bytes without the gzip around them, if there is any.
pub(crate) enum Unpacked<R> {
    /// Bytes that are not gzip.
    Plain(All<R>),
    /// Bytes of gzip.
    Packed(Box<MultiGzDecoder<BufReader<All<R>>>>),
}

/// Looks at the first bytes of `from`, and unpacks it if they are those of gzip.
///
/// # Errors
/// If `from` can't be read.
pub(crate) fn unpacked<R: Read>(mut from: R) -> io::Result<Unpacked<R>> {
    let mut start = Vec::new();
    from.by_ref().take(MAGIC.len() as u64).read_to_end(&mut start)?;
    let is_packed = is_gzip(&start);
    let all = Cursor::new(start).chain(from);
    Ok(if is_packed {
        Unpacked::Packed(Box::new(MultiGzDecoder::new(BufReader::with_capacity(1 << 16, all))))
    } else {
        Unpacked::Plain(all)
    })
}

/// If the file was cut off or damaged, the error is of the kind `UnexpectedEof`, `InvalidInput` or
/// `InvalidData`.
impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Unpacked::Plain(plain) => plain.read(buffer),
            Unpacked::Packed(packed) => packed.read(buffer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unpack(bytes: &[u8]) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        unpacked(bytes)?.read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn compressed_bytes_round_trip() {
        let plain = b"a 0 16\nf 0\n".repeat(1000);
        let packed = compress(&plain);
        assert!(packed.len() < 200);
        assert_eq!(unpack(&packed).unwrap(), plain);
        let twice = [&packed[..], &packed].concat();
        assert_eq!(unpack(&twice).unwrap(), plain.repeat(2));
        for bytes in [&b""[..], b"\x1f", b"a", b"a 0 16"] {
            assert_eq!(unpack(bytes).unwrap(), bytes);
        }
    }

    #[test]
    fn every_truncation_is_detected() {
        let packed = compress(b"a 0 16\nf 0\n");
        for length in 2..packed.len() {
            let error = unpack(&packed[..length]).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        }
    }

    #[test]
    fn a_flipped_bit_is_detected() {
        let mut packed = compress(b"a 0 16\nf 0\n");
        let checksum = packed.len() - 8;
        packed[checksum] ^= 1;
        let error = unpack(&packed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput);
    }
}

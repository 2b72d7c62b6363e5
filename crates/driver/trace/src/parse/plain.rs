//! The fast path: operations in their plainest form.
//!
//! `a ID SIZE`, `r ID SIZE` and `f ID` with single blanks, short numbers and a
//! bare newline are read here in one pass, several times as fast as by
//! [`line::read`](super::line::read). That function reads everything else: this file reports no
//! errors, and what it does read, it reads in the same way.

use crate::{Id, Op};

/// Reads the operation at the start of `bytes`. Returns it and its length in bytes up to the
/// newline, or `None` if it is not in the plainest form.
#[inline(always)]
pub(super) fn read(bytes: &[u8]) -> Option<(Op, usize)> {
    let &[verb @ (b'a' | b'f' | b'r'), b' ', ..] = bytes else {
        return None;
    };
    let (id, end) = number(bytes, 2)?;
    let id = Id(id);
    if verb == b'f' {
        return (bytes.get(end) == Some(&b'\n')).then_some((Op::Free { id }, end));
    }
    if bytes.get(end) != Some(&b' ') {
        return None;
    }
    let (size, end) = number(bytes, end + 1)?;
    let op = match verb {
        b'a' => Op::Malloc { id, size },
        _ => Op::Realloc { id, size },
    };
    (bytes.get(end) == Some(&b'\n')).then_some((op, end))
}

/// Reads the number of one to nine digits, which always fits, at `start`; returns where it ends
/// too.
#[inline(always)]
fn number(bytes: &[u8], start: usize) -> Option<(u32, usize)> {
    match bytes.get(start..start + 8) {
        Some(eight) => eight_bytes(eight, start).or_else(|| digit_by_digit(bytes, start)),
        None => digit_by_digit(bytes, start),
    }
}

/// Does the same for a number of one to seven digits, all eight bytes at once: how many digits it
/// has is random, and a loop over them is mispredicted at its end.
///
/// The conversion adds up neighbours in three steps: digits to pairs, pairs to
/// fours, fours to eight (Lemire, "Quickly parsing eight digits", 2018).
#[inline(always)]
fn eight_bytes(eight: &[u8], start: usize) -> Option<(u32, usize)> {
    let digits = u64::from_le_bytes(eight.try_into().ok()?) ^ 0x3030_3030_3030_3030;
    // The highest bit of each byte that is more than 9.
    let others = ((digits & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7676_7676_7676) | digits;
    let others = others & 0x8080_8080_8080_8080;
    let count = others.trailing_zeros() / 8;
    if !(1..8).contains(&count) {
        return None;
    }
    // Zeros go in front, and what follows the number falls off.
    let digits = digits << (64 - 8 * count);
    let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8) & 0x00ff_00ff_00ff_00ff;
    let fours = pairs.wrapping_mul(100).wrapping_add(pairs >> 16) & 0x0000_ffff_0000_ffff;
    let value = (fours.wrapping_mul(10_000).wrapping_add(fours >> 32)) & 0xffff_ffff;
    Some((value as u32, start + count as usize))
}

#[cold]
fn digit_by_digit(bytes: &[u8], start: usize) -> Option<(u32, usize)> {
    let mut value = 0u32;
    let mut at = start;
    loop {
        let digit = bytes.get(at)?.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        // A number that wraps has more than nine digits and is not used.
        value = value.wrapping_mul(10).wrapping_add(u32::from(digit));
        at += 1;
    }
    (1..=9).contains(&(at - start)).then_some((value, at))
}

#[cfg(test)]
mod tests {
    use super::super::line::{self, Content};
    use super::super::lines::Line;
    use super::super::start::Start;
    use super::*;

    #[test]
    fn the_plainest_form_is_read() {
        let (id, size) = (Id(12), 999_999_999);
        assert_eq!(read(b"a 12 999999999\nf 0\n"), Some((Op::Malloc { id, size }, 14)));
        assert_eq!(read(b"r 12 999999999\n"), Some((Op::Realloc { id, size }, 14)));
        assert_eq!(read(b"f 12\n"), Some((Op::Free { id }, 4)));
    }

    #[test]
    fn every_other_form_is_left_to_the_careful_reader() {
        let short = [
            "", "f", "f ", "f 1", "f -1\n", "f 1 \n", "f  1\n", " f 1\n", "f 1\r\n", "f 1 2\n",
            "a 1\n", "a 1 \n", "a 1 2", "a 1 x\n", "a\t1 2\n", "c 1 2\n", "#\n", "\n",
        ];
        let long = ["a 1 2 3\n", "a 1 1000000000\n", "f 1234567890\n"];
        for text in [&short[..], &long].concat() {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
    }

    /// Reads all short texts over the characters that matter.
    #[test]
    fn both_readers_agree_on_every_short_text() {
        const CHARACTERS: &[u8] = b"afr 09-\n";
        let mut both = 0;
        for number in 0..8u32.pow(6) {
            let bytes: Vec<u8> =
                (0..6).map(|place| CHARACTERS[(number >> (3 * place)) as usize % 8]).collect();
            let Some((op, len)) = read(&bytes) else {
                continue;
            };
            let line = Line {
                number: 1,
                text: std::str::from_utf8(&bytes[..len]).expect("ASCII"),
                unfinished: false,
            };
            let rules = line::Rules::of(Start::Plain);
            let read = line::read(line, rules, &mut line::Ids::Numbers);
            assert_eq!(read, Ok(Content::Op(op, None)));
            both += 1;
        }
        assert_eq!(both, 176);
    }
}

//! The short cut: operations in their plainest form.
//!
//! `a ID SIZE`, `r ID SIZE` and `f ID` with single blanks, short numbers and a
//! bare newline are read here in one pass, several times as fast as by
//! [`line::read`](super::line::read). Everything else is left to that: this file
//! knows no errors, and where it gives an answer it is the same.

use crate::{Id, Op};

/// Reads the operation at the start of `bytes`. Gives it and its length in bytes
/// up to the newline, or `None` if it is not in the plainest form.
#[inline]
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

/// The number of one to nine digits, which always fits, at `start`; and where it
/// ends.
#[inline]
fn number(bytes: &[u8], start: usize) -> Option<(u32, usize)> {
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
        assert_eq!(
            read(b"a 12 999999999\nf 0\n"),
            Some((Op::Malloc { id, size }, 14))
        );
        assert_eq!(
            read(b"r 12 999999999\n"),
            Some((Op::Realloc { id, size }, 14))
        );
        assert_eq!(read(b"f 12\n"), Some((Op::Free { id }, 4)));
    }

    #[test]
    fn all_else_is_left_to_the_careful_reader() {
        for text in [
            "",
            "f",
            "f ",
            "f 1",
            "f -1\n",
            "f 1 \n",
            "f  1\n",
            " f 1\n",
            "f 1\r\n",
            "f 1 2\n",
            "a 1\n",
            "a 1 \n",
            "a 1 2",
            "a 1 2 3\n",
            "a 1 x\n",
            "a\t1 2\n",
            "c 1 2\n",
            "#\n",
            "a 1 1000000000\n",
            "f 1234567890\n",
            "\n",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text:?}");
        }
    }

    /// All short texts over the characters that matter.
    #[test]
    fn where_both_read_they_agree() {
        const CHARACTERS: &[u8] = b"afr 09-\n";
        let mut both = 0;
        for number in 0..8u32.pow(6) {
            let bytes: Vec<u8> = (0..6)
                .map(|place| CHARACTERS[(number >> (3 * place)) as usize % 8])
                .collect();
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

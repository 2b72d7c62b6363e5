//! Hashes that identify the bytes that a grade was made from.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::str::FromStr;

/// A SHA-256, written as 64 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Returns the hash of these bytes, which `sha256sum` prints too.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(Sha256::digest(bytes).into())
    }

    /// Returns one hash over several named parts, in any order. The lengths of names and
    /// bytes are hashed too: moving a byte from one part to the next changes the hash.
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> Digest {
        let mut parts: Vec<_> = parts.into_iter().collect();
        parts.sort_unstable();
        let mut hash = Sha256::new();
        for (name, bytes) in parts {
            for part in [name.as_bytes(), bytes] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        Digest(hash.finalize().into())
    }

    /// Returns its bytes.
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Returns its first 64 bits as a number, which is evenly distributed.
    pub(crate) fn number(&self) -> u64 {
        let first = self.0.iter().take(8);
        first.fold(0, |number, &byte| (number << 8) | u64::from(byte))
    }
}

/// Writes the 64 digits; `{:.12}` writes the first 12.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        f.pad(&digits)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl FromStr for Digest {
    type Err = String;

    /// # Errors
    /// If the text is not 64 hexadecimal digits in lower case, the only form of a hash.
    fn from_str(text: &str) -> Result<Digest, String> {
        let bad = || format!("{text:?} is not a SHA-256: expected 64 of the digits 0-9a-f");
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let digits: Option<Vec<u8>> = text.bytes().map(digit).collect();
        let digits = digits.filter(|digits| digits.len() == 64).ok_or_else(bad)?;
        let mut bytes = [0; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = pair[0] << 4 | pair[1];
        }
        Ok(Digest(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

/// One hash of everything that a grade depends on: two records with the same
/// key are the same grade, and an existing grade need not be made again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Key(Digest);

impl Key {
    /// Returns the key of a submission, graded by a lab, on a harness.
    pub fn of(submission: Digest, lab: Digest, harness: Digest) -> Key {
        Key(Digest::of_parts([
            ("submission", submission.bytes().as_slice()),
            ("lab", lab.bytes().as_slice()),
            ("harness", harness.bytes().as_slice()),
        ]))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_what_sha256sum_prints() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(Digest::of(b"abc").to_string(), abc);
        assert_eq!(abc.parse(), Ok(Digest::of(b"abc")));
    }

    #[test]
    fn a_malformed_digest_is_refused() {
        let abc = Digest::of(b"abc").to_string();
        for text in ["", "ba78", &abc[1..], &abc.to_uppercase(), &format!("{abc}0")] {
            assert!(text.parse::<Digest>().is_err(), "{text}");
        }
        assert!("é".repeat(32).parse::<Digest>().is_err());
    }

    #[test]
    fn a_digest_depends_on_each_part_but_not_on_their_order() {
        let of = |parts: &[(&str, &[u8])]| Digest::of_parts(parts.iter().copied());
        assert_eq!(of(&[("a", b"1"), ("b", b"2")]), of(&[("b", b"2"), ("a", b"1")]));
        assert_ne!(of(&[("a", b"1b")]), of(&[("a", b"1"), ("b", b"")]));
        assert_ne!(of(&[("ab", b"")]), of(&[("a", b"b")]));
    }

    #[test]
    fn each_of_the_three_digests_changes_the_key() {
        let [a, b] = [Digest::of(b"a"), Digest::of(b"b")];
        let keys = [Key::of(a, a, a), Key::of(b, a, a), Key::of(a, b, a), Key::of(a, a, b)];
        for (index, key) in keys.iter().enumerate() {
            assert!(!keys[..index].contains(key), "{index}");
        }
    }
}

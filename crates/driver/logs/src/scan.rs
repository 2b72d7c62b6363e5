//! A line's bytes, read from left to right: words, numbers, addresses.
//!
//! Logs are not always text (a program's own output may stand between the lines), so
//! everything here works on bytes.

/// What is left of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scan<'a> {
    /// The bytes that are not read yet.
    pub rest: &'a [u8],
}

impl<'a> Scan<'a> {
    pub fn new(line: &'a [u8]) -> Scan<'a> {
        Scan { rest: line }
    }

    /// Returns whether everything was read.
    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Steps over blanks and tabs.
    pub fn blanks(&mut self) {
        self.rest = self.rest.trim_ascii_start();
    }

    /// Steps over `text` if it stands here.
    pub fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text.as_bytes()) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    /// Reads the bytes up to the next blank, after skipping the blanks before them. `None` at the
    /// end.
    pub fn word(&mut self) -> Option<&'a [u8]> {
        self.blanks();
        let end = self.rest.iter().position(u8::is_ascii_whitespace);
        let (word, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        (!word.is_empty()).then_some(word)
    }

    /// Reads the letters, digits and underscores that stand here, which may be none.
    pub fn name(&mut self) -> &'a [u8] {
        self.while_bytes(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }

    /// Reads a decimal number without a sign. Reads nothing if there is none here, or if it needs
    /// more than 64 bits.
    pub fn decimal(&mut self) -> Option<u64> {
        self.digits(10)
    }

    /// Does the same in base 16, without `0x`, in letters of either case.
    pub fn hexadecimal(&mut self) -> Option<u64> {
        self.digits(16)
    }

    /// Reads a number as C programs print one: `0x` and hexadecimal digits, or decimal digits.
    /// `(nil)`, `nil` and `NULL` are 0.
    pub fn c_number(&mut self) -> Option<u64> {
        for null in ["(nil)", "nil", "NULL"] {
            if self.eat(null) {
                return Some(0);
            }
        }
        let before = *self;
        if self.eat("0x") || self.eat("0X") {
            let number = self.hexadecimal();
            if number.is_none() {
                *self = before;
            }
            return number;
        }
        self.decimal()
    }

    fn digits(&mut self, base: u32) -> Option<u64> {
        let before = *self;
        let digits = self.while_bytes(|byte| char::from(byte).is_digit(base));
        let number = digits.iter().try_fold(0u64, |number, &digit| {
            let digit = char::from(digit).to_digit(base)?;
            number.checked_mul(base.into())?.checked_add(digit.into())
        });
        if digits.is_empty() || number.is_none() {
            *self = before;
            return None;
        }
        number
    }

    fn while_bytes(&mut self, belongs: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.rest.iter().position(|&byte| !belongs(byte));
        let (bytes, rest) = self.rest.split_at(end.unwrap_or(self.rest.len()));
        self.rest = rest;
        bytes
    }
}

/// Returns the place of `text` in `line`.
pub(crate) fn find(line: &[u8], text: &str) -> Option<usize> {
    memchr::memmem::find(line, text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_forms_of_c() {
        for (text, number, rest) in [
            ("0x1aF,", Some(0x1af), ","),
            ("100)", Some(100), ")"),
            ("(nil) 0x8", Some(0), " 0x8"),
            ("nil)", Some(0), ")"),
            ("NULL", Some(0), ""),
            ("18446744073709551615", Some(u64::MAX), ""),
            ("18446744073709551616", None, "18446744073709551616"),
            ("0x1ffffffffffffffff", None, "0x1ffffffffffffffff"),
            ("0x", None, "0x"),
            ("-1", None, "-1"),
            ("", None, ""),
        ] {
            let mut scan = Scan::new(text.as_bytes());
            assert_eq!(scan.c_number(), number, "{text}");
            assert_eq!(scan.rest, rest.as_bytes(), "{text}");
        }
    }

    #[test]
    fn words_and_names_are_scanned() {
        let mut scan = Scan::new(b"  ab\tc_1(x");
        assert_eq!(scan.word(), Some(&b"ab"[..]));
        scan.blanks();
        assert_eq!(scan.name(), b"c_1");
        assert!(!scan.eat("[") && scan.eat("(") && scan.eat("x"));
        assert_eq!((scan.word(), scan.is_at_end()), (None, true));
    }
}

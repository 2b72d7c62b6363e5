//! Parses values on the command line: bytes, seconds, counts; with an error message for each kind
//! of value.

use std::str::FromStr;

/// Parses a number of bytes, with an optional K, M or G after it.
pub fn parse_bytes(text: &str) -> Result<u32, String> {
    let unit = text.trim_end_matches("iB").trim_end_matches(['B', 'b']);
    let (digits, shift) = match unit.char_indices().last() {
        Some((at, 'K' | 'k')) => (&unit[..at], 10),
        Some((at, 'M' | 'm')) => (&unit[..at], 20),
        Some((at, 'G' | 'g')) => (&unit[..at], 30),
        _ => (unit, 0),
    };
    let number: u64 = digits
        .parse()
        .map_err(|_| "expected a number of bytes, such as 1000000 or 64M".to_owned())?;
    let bytes = number.checked_mul(1 << shift).and_then(|bytes| u32::try_from(bytes).ok());
    bytes.ok_or_else(|| "the machine has 32-bit addresses: expected less than 4G".to_owned())
}

pub fn parse_seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.0..=1e6).contains(&seconds) => Ok(seconds),
        _ => Err("expected a number of seconds, such as 0.5".to_owned()),
    }
}

pub fn parse_fraction(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(fraction) if (0.0..=1.0).contains(&fraction) => Ok(fraction),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

pub fn parse_positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number > 0.0 => Ok(number),
        _ => Err("expected a number above 0".to_owned()),
    }
}

pub fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() && number >= 0.0 => Ok(number),
        _ => Err("expected a number of at least 0".to_owned()),
    }
}

pub fn parse_count<N: FromStr>(text: &str) -> Result<N, String> {
    text.parse().map_err(|_| "expected a whole number of at least 1".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_have_a_unit() {
        assert_eq!(parse_bytes("4096"), Ok(4096));
        assert_eq!(parse_bytes("64K"), Ok(65_536));
        assert_eq!(parse_bytes("20MiB"), Ok(20 << 20));
        assert_eq!(parse_bytes("1G"), Ok(1 << 30));
        for wrong in ["", "K", "4G", "-1", "1.5M", "99999999999999999999", "18446744073709551615G"]
        {
            assert!(parse_bytes(wrong).is_err(), "{wrong}");
        }
    }
}

//! What distinguishes a worker's replies from what its heap prints.

use crate::Error;

/// 128 random bits, new for every worker. They are the first line sent to it, and every reply
/// carries them. A heap can print what looks like a reply, but not these bits: it has nothing to
/// read them from.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Secret(String);

const BYTES: usize = 16;

impl Secret {
    /// Returns a new secret, from the host's random numbers.
    ///
    /// # Errors
    /// If the host can't give random numbers.
    pub(crate) fn new() -> Result<Secret, Error> {
        let mut bytes = [0; BYTES];
        getrandom::fill(&mut bytes).map_err(|error| {
            Error::new(format!("error: the host gives no random numbers: {error}"))
        })?;
        Ok(Secret(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// Reads the secret in a line.
    pub(crate) fn read(line: &str) -> Option<Secret> {
        let text = line.trim_end();
        let is_one = text.len() == 2 * BYTES && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_one.then(|| Secret(text.to_owned()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_unique_and_can_be_read_back() {
        let new = || Secret::new().unwrap();
        let (one, other) = (new(), new());
        assert!(one != other);
        assert!(Secret::read(&format!("{}\n", one.as_str())) == Some(one));
    }

    #[test]
    fn a_task_is_not_read_as_a_secret() {
        assert!(Secret::read("").is_none());
        assert!(Secret::read(r#"{"Check":{}}"#).is_none());
        assert!(Secret::read(&"g".repeat(2 * BYTES)).is_none());
    }
}

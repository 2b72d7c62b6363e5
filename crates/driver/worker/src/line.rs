//! A reply as a line of a worker's standard output, among the lines that its heap prints.

use crate::message::Message;
use crate::secret::Secret;
use std::io::{self, Write};

/// The character before every reply, followed by the worker's [`Secret`]. (ASCII's record
/// separator.)
const MARK: char = '\u{1e}';

/// The sender of a worker's replies, to its standard output.
pub(crate) struct Replies {
    secret: Secret,
}

impl Replies {
    pub(crate) fn new(secret: Secret) -> Replies {
        Replies { secret }
    }

    /// Sends a reply.
    pub(crate) fn send(&self, reply: &Message) {
        let mut out = io::stdout().lock();
        // If the reader is gone, the error can't be reported.
        let _ = out.write_all(&self.line(reply)).and_then(|()| out.flush());
    }

    /// Sends a reply even if a heap holds the lock of standard output and never releases it: for
    /// the thread that watches the heap.
    pub(crate) fn send_without_lock(&self, reply: &Message) {
        let line = self.line(reply);
        let mut rest = line.as_slice();
        // As for `send`.
        while let Ok(written @ 1..) = rustix::io::write(rustix::stdio::stdout(), rest) {
            rest = &rest[written..];
        }
    }

    /// Returns the line that a reply is sent as.
    pub(crate) fn line(&self, reply: &Message) -> Vec<u8> {
        // A reply is made of numbers and strings, which can all be written as JSON.
        let json = serde_json::to_string(reply).unwrap_or_default();
        format!("{MARK}{}{json}\n", self.secret.as_str()).into_bytes()
    }
}

/// Returns the line of a reply that contains a number, up to the number and from there on: for a
/// signal handler, which can't make JSON.
pub(crate) fn number_between(
    replies: &Replies,
    reply: impl Fn(u64) -> Message,
) -> (Vec<u8>, Vec<u8>) {
    /// It is unique in the line: the secret has no room for it.
    const NUMBER: u64 = u64::MAX;
    let line = String::from_utf8(replies.line(&reply(NUMBER))).unwrap_or_default();
    let (before, after) = line.rsplit_once(&NUMBER.to_string()).unwrap_or_default();
    (before.into(), after.into())
}

/// Returns what a line of a worker's standard output contains: text that a heap printed, or a
/// reply, or both, the reply last.
pub(crate) fn read_line(line: &str, secret: &Secret) -> (String, Option<Message>) {
    if let Some((printed, marked)) = line.rsplit_once(MARK)
        && let Some(json) = marked.strip_prefix(secret.as_str())
        && let Ok(reply) = serde_json::from_str(json)
    {
        return (printed.to_owned(), Some(reply));
    }
    (format!("{line}\n"), None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: &str = r#"{"Impossible":"no"}"#;

    /// Returns what is printed in a line, and the message of the reply in it.
    fn read(line: &str, secret: &Secret) -> (String, Option<String>) {
        match read_line(line, secret) {
            (printed, Some(Message::Impossible(message))) => (printed, Some(message)),
            (printed, _) => (printed, None),
        }
    }

    #[test]
    fn a_reply_is_distinguished_from_a_heaps_output() {
        let secret = Secret::new().unwrap();
        let key = secret.as_str();
        let message = Some("no".to_owned());
        let reply = read(&format!("{MARK}{key}{JSON}"), &secret);
        assert_eq!(reply, (String::new(), message.clone()));
        let both = read(&format!("hi {MARK}{key}{JSON}"), &secret);
        assert_eq!(both, ("hi ".to_owned(), message));
        // Everything that the heap prints is kept.
        for printed in [JSON.to_owned(), format!("{MARK} hi"), format!("{key}{JSON}")] {
            assert_eq!(read(&printed, &secret), (format!("{printed}\n"), None));
        }
    }

    #[test]
    fn a_reply_can_be_assembled_around_a_number() {
        let secret = Secret::new().unwrap();
        let replies = Replies::new(secret.clone());
        let (before, after) = number_between(&replies, |begun| Message::Stuck { begun });
        let line = [&before[..], b"42", &after].concat();
        let line = String::from_utf8(line).unwrap();
        match read_line(line.trim_end_matches('\n'), &secret) {
            (printed, Some(Message::Stuck { begun: 42 })) => assert_eq!(printed, ""),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_line_without_the_secret_is_not_a_reply() {
        let secret = Secret::new().unwrap();
        let of_another = Secret::new().unwrap();
        for forged in [
            format!("{MARK}{JSON}"),
            format!("{MARK}{}{JSON}", of_another.as_str()),
            format!("{MARK}{}{JSON}", "0".repeat(32)),
        ] {
            assert_eq!(read(&forged, &secret), (format!("{forged}\n"), None));
        }
    }
}

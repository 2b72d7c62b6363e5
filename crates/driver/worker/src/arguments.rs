//! What the command line of a worker tells it to do.

use crate::Error;

/// The first argument, which makes a program a worker.
pub const WORKER: &str = "worker";

/// The arguments `--host-bytes N [--one-thread]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arguments {
    /// Bytes that heaps may take from the host beside their machine.
    pub host_bytes: u64,
    /// Work in the main thread, unwatched.
    pub one_thread: bool,
}

const HOST_BYTES: &str = "--host-bytes";
const ONE_THREAD: &str = "--one-thread";

impl Arguments {
    /// Reads the arguments that come after [`WORKER`].
    ///
    /// # Errors
    /// For everything that [`words`](Arguments::words) does not make.
    pub fn parse(words: &[String]) -> Result<Arguments, Error> {
        let (mut host_bytes, mut one_thread) = (None, false);
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                HOST_BYTES => host_bytes = words.next().and_then(|number| number.parse().ok()),
                ONE_THREAD => one_thread = true,
                other => return Err(usage(&format!("`{other}` is not an argument of a worker"))),
            }
        }
        let host_bytes = host_bytes.ok_or_else(|| usage(&format!("{HOST_BYTES} is missing")))?;
        Ok(Arguments { host_bytes, one_thread })
    }

    /// Returns all words, [`WORKER`] first.
    pub fn words(self) -> Vec<String> {
        let mut words = vec![WORKER.to_owned(), HOST_BYTES.to_owned(), self.host_bytes.to_string()];
        words.extend(self.one_thread.then(|| ONE_THREAD.to_owned()));
        words
    }
}

/// Returns an error with what is wrong, and what was expected.
pub(crate) fn usage(what: &str) -> Error {
    Error::new(format!(
        "error: {what}\nhelp: this is the process that a heap runs in; \
         heaplab starts it, as `{WORKER} {HOST_BYTES} N [{ONE_THREAD}]`"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_can_be_written_and_read_back() {
        for one_thread in [false, true] {
            let arguments = Arguments { host_bytes: 1 << 40, one_thread };
            let words = arguments.words();
            assert_eq!(words[0], WORKER);
            assert_eq!(Arguments::parse(&words[1..]), Ok(arguments));
        }
    }

    #[test]
    fn other_arguments_are_refused() {
        let words = |line: &str| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        for line in
            ["", "--one-thread", "--host-bytes", "--host-bytes many", "--host-bytes 1 --help"]
        {
            assert!(Arguments::parse(&words(line)).is_err(), "{line}");
        }
    }
}

//! Why a library can't be loaded.

use super::file::Unusable;
use std::fmt;

/// Why a library can't be loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LoadError {
    /// The file itself can't be used.
    Unusable(Unusable),
    /// It needs another library, which the loader can't find.
    Needs(String),
    /// It needs a name that no library defines.
    Undefined(String),
    /// Another reason, as the loader states it.
    Loader(String),
    /// Libraries are loaded only on Linux with glibc.
    NotHere,
}

impl LoadError {
    /// Interprets a message of the loader.
    #[cfg_attr(
        not(all(target_os = "linux", target_env = "gnu")),
        expect(dead_code, reason = "nothing is loaded there")
    )]
    pub(super) fn from_loader(words: &str) -> LoadError {
        if let Some((before, _)) = words.split_once(": cannot open shared object file") {
            return LoadError::Needs(before.to_owned());
        }
        match words.split_once("undefined symbol: ") {
            Some((_, name)) => LoadError::Undefined(name.to_owned()),
            None => LoadError::Loader(words.to_owned()),
        }
    }
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LoadError::Unusable(why) => write!(f, "{why}"),
            LoadError::Needs(library) => write!(
                f,
                "it needs the library {library}, which the loader does not find\n\
                 help: install that library, or name its folder in LD_LIBRARY_PATH"
            ),
            LoadError::Undefined(name) => write!(
                f,
                "it needs `{name}`, which no library defines\n\
                 help: link it with the object file or the library that has `{name}`; \
                 `-Wl,--no-undefined` tells you when you link"
            ),
            LoadError::Loader(words) => write!(f, "the loader refuses it: {words}"),
            LoadError::NotHere => write!(f, "a library can be loaded only on Linux with glibc"),
        }
    }
}

impl std::error::Error for LoadError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_messages_are_understood() {
        let of = LoadError::from_loader;
        assert_eq!(
            of("libno.so: cannot open shared object file: No such file or directory"),
            LoadError::Needs("libno.so".to_owned())
        );
        assert_eq!(
            of("/tmp/libmine.so: undefined symbol: helper"),
            LoadError::Undefined("helper".to_owned())
        );
        let other = "/tmp/libmine.so: cannot allocate memory in static TLS block";
        assert_eq!(of(other), LoadError::Loader(other.to_owned()));
    }
}

//! Programs given by the user: `--program 'name=command line'`.

use super::programs::{self, Kind, Ready};
use crate::program;
use heaplab_support::{Error, Listener};
use std::env;
use std::ffi::OsString;

/// Reads `name=command line`; returns `None` if there is no `=`, because the text is then the name
/// of a known program.
///
/// # Errors
/// If the name or the command is not valid.
pub fn parse(text: &str, listener: &dyn Listener) -> Result<Option<Ready>, Error> {
    let Some((name, line)) = text.split_once('=') else {
        return Ok(None);
    };
    let wrong = |what: &str| {
        Error::new(format!(
            "error: --program '{text}': {what}\n\
             help: give it as 'name=command line', for example 'sort=sort -R words.txt'"
        ))
    };
    if name.trim().is_empty() {
        return Err(wrong("the name is empty"));
    }
    if programs::all().any(|program| program.name == name) {
        return Err(wrong(&format!("there is already a program named `{name}`")));
    }
    let Some(words) = shlex::split(line) else {
        return Err(wrong("a quote or a backslash in the command line has no end"));
    };
    let Some(command) = words.first().filter(|word| !word.is_empty()) else {
        return Err(wrong("the command line is empty"));
    };
    if !is_there(command) {
        return Err(Error::new(format!(
            "error: --program '{text}': there is no program `{command}`\n\
             help: give it as you would in a shell; for shell syntax, give \"sh -c '...'\""
        )));
    }
    if let Some(unserved) = program::unserved(command.as_ref()) {
        listener.remark(&format!(
            "warning: {name} is always measured under its own malloc: {}: {}\n",
            unserved.file.display(),
            unserved.why
        ));
    }
    Ok(Some(Ready {
        name: name.to_owned(),
        kind: Kind::Real,
        folder: env::current_dir().map_err(Error::new)?,
        command: words.into_iter().map(OsString::from).collect(),
        prints_the_same: true,
    }))
}

fn is_there(command: &str) -> bool {
    program::find(command.as_ref()).is_some_and(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;
    use heaplab_support::Quiet;

    fn of(text: &str) -> Result<Option<Vec<OsString>>, String> {
        let ready = parse(text, &Quiet).map_err(|error| error.to_string())?;
        Ok(ready.map(|ready| ready.command))
    }

    #[test]
    fn command_lines_are_split_as_by_a_shell() {
        let words = |words: &[&str]| Ok(Some(words.iter().map(OsString::from).collect()));
        assert_eq!(of("a=sh -c 'x = y'"), words(&["sh", "-c", "x = y"]));
        assert_eq!(of("a=sh a\\ b \"c d\""), words(&["sh", "a b", "c d"]));
        assert_eq!(of("sqlite"), Ok(None));
    }

    #[test]
    fn an_invalid_program_is_refused_with_the_reason() {
        for (text, expected) in [
            ("=sh", "the name is empty"),
            ("a=", "the command line is empty"),
            ("a= ", "the command line is empty"),
            ("a='' x", "the command line is empty"),
            ("a=sh 'b", "has no end"),
            ("perl=sh", "there is already a program"),
            ("a=no-such-program-here", "there is no program"),
            ("a=./no-such-program-here", "there is no program"),
        ] {
            let message = of(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }
}

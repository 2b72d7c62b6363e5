//! A library given by the user, to be preloaded into programs.

use super::not_measured::NotMeasured;
use crate::{preload, program};
use heaplab_real::library::{ALIGNED_NAMES, inspect};
use heaplab_support::{Error, Listener};
use heaplab_trace::Visible;
use std::fmt::Display;
use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// A program that does nothing, and how long it may take.
const NOTHING: &str = "true";
const PATIENCE: Duration = Duration::from_secs(20);

/// Returns the name of the library at a path, and what to preload, after running a program that
/// does nothing with the library preloaded.
///
/// # Errors
/// If the library can't be used; the library is at fault if that program fails.
pub fn tried(
    path: &str,
    folder: &Path,
    listener: &dyn Listener,
) -> Result<(String, PathBuf), NotMeasured> {
    let cannot = |why: &dyn Display| Error::new(format!("error: {}: {why}", path.visible()));
    let file = inspect(Path::new(path)).map_err(|why| cannot(&why))?;
    if ALIGNED_NAMES.iter().any(|name| file.missing.contains(name)) {
        let missing = ALIGNED_NAMES.iter().filter(|name| file.missing.contains(name));
        let missing: Vec<&str> = missing.copied().collect();
        listener.remark(&format!(
            "{}: it does not define {}: a program that calls them gets blocks of the C library, \
             but frees them with this library\n",
            path.visible(),
            missing.join(", ")
        ));
    }
    let name = file.path.file_name().unwrap_or_default();
    let mut library = file.path.clone();
    if preload::splits(&library) {
        library = folder.join("libraries");
        fs::create_dir_all(&library).map_err(Error::new)?;
        let number = fs::read_dir(&library).map_err(Error::new)?.count();
        library.push(format!("library{number}.so"));
        symlink(&file.path, &library).map_err(Error::new)?;
    }
    try_it(&library, &file.path).map_err(|wrong| match wrong {
        Wrong::Unusable(why) => NotMeasured::Input(cannot(&why)),
        Wrong::Fails(how) => NotMeasured::Malloc(Error::new(format!(
            "error: {}: a program that does nothing (`{NOTHING}`) fails when it is preloaded: {how}",
            path.visible()
        ))),
    })?;
    Ok((name.to_string_lossy().into_owned(), library))
}

enum Wrong {
    /// The loader does not preload it.
    Unusable(String),
    /// The program fails with it.
    Fails(String),
}

fn try_it(library: &Path, named: &Path) -> Result<(), Wrong> {
    let Some(nothing) = program::find(NOTHING.as_ref()) else {
        return Ok(());
    };
    let mut command = Command::new(nothing);
    command
        .env("LD_PRELOAD", library)
        // Undefined names are found at the start, not at the first call.
        .env("LD_BIND_NOW", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let host = |error: std::io::Error| Wrong::Unusable(format!("can't try it: {error}"));
    let output = match wait(command).map_err(host)? {
        Some(output) => output,
        None => {
            let seconds = PATIENCE.as_secs();
            return Err(Wrong::Fails(format!("it did not end in {seconds} seconds")));
        }
    };
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().last().unwrap_or_default();
    if said.contains("error while loading shared libraries")
        || said.contains("cannot be preloaded")
        || said.contains("symbol lookup error")
    {
        return Err(Wrong::Unusable(loader_says(said, named)));
    }
    let how = match (output.status.code(), output.status.signal()) {
        (Some(0), _) => return Ok(()),
        (Some(code), _) => format!("it ended with exit code {code}"),
        (_, Some(signal)) => format!("signal {signal} ended it"),
        _ => "it ended".to_owned(),
    };
    Err(Wrong::Fails(match said {
        "" => how,
        said => format!("{how}: {said}"),
    }))
}

/// Explains the loader's message.
fn loader_says(said: &str, named: &Path) -> String {
    if let Some((before, _)) = said.split_once(": cannot open shared object file") {
        let needed = before.rsplit(": ").next().unwrap_or(before);
        return format!(
            "it needs the library {needed}, which the loader does not find\n\
             help: install that library, or name its folder in LD_LIBRARY_PATH"
        );
    }
    if let Some((_, name)) = said.split_once("undefined symbol: ") {
        return format!(
            "it needs `{name}`, which no library defines\n\
             help: link it with the object file or the library that has `{name}`"
        );
    }
    format!("the loader refuses {}: {said}", named.display())
}

/// Runs a command that prints little; returns `None` if the command took too long and was ended.
fn wait(mut command: Command) -> std::io::Result<Option<Output>> {
    let mut child = command.spawn()?;
    let start = Instant::now();
    while child.try_wait()?.is_none() {
        if start.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loaders_messages_are_understood() {
        let of = |said| loader_says(said, Path::new("/a/libmine.so"));
        let needs = of(
            "true: error while loading shared libraries: libno.so: cannot open shared object file: \
             No such file or directory",
        );
        assert!(needs.starts_with("it needs the library libno.so,"), "{needs}");
        let undefined = of("true: symbol lookup error: /a/libmine.so: undefined symbol: helper");
        assert!(undefined.starts_with("it needs `helper`,"), "{undefined}");
        assert!(of("true: no").starts_with("the loader refuses /a/libmine.so: true: no"));
    }
}

//! Prints a command's results to standard output, and remarks to standard error.
//!
//! `print!` panics if it can't write. Here a reader that went away (`| head`) is not a failure, and
//! a full disk is a failure with a message.

use super::wrap::wrapped;
use crate::{Failure, Outcome};
use clap::ValueEnum;
use heaplab_report::{Glyphs, Report};
use heaplab_support::files::replace_file;
use heaplab_trace::Visible;
use std::env;
use std::fmt::Arguments;
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::Path;
use terminal_size::{Width, terminal_size_of};

/// Writes results as they are.
///
/// # Errors
/// If standard output can't be written, unless its reader went away.
pub fn bytes(bytes: &[u8]) -> Outcome {
    write_to(&mut io::stdout().lock(), bytes)
}

/// Writes a whole result to a file, or to standard output.
///
/// # Errors
/// If it can't be written.
pub fn to(file: Option<&Path>, text: &str) -> Outcome {
    let Some(path) = file else {
        return bytes(text.as_bytes());
    };
    replace_file(path, text.as_bytes())
        .map_err(|error| Failure::Input(format!("error: can't write {}: {error}", path.visible())))
}

/// Lets `write` write to standard output.
///
/// # Errors
/// As for [`bytes`].
pub fn written_by(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Outcome {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    outcome_of(write(&mut out).and_then(|()| out.flush()))
}

/// Writes a text, with colours only if they can be seen, and no lines wider than the terminal.
///
/// # Errors
/// As for [`bytes`].
pub fn styled(text: &str) -> Outcome {
    write_to(&mut anstream::stdout().lock(), wrapped(text, width()).as_bytes())
}

/// Shows results in a format.
///
/// # Errors
/// As for [`bytes`], and if the results can't be written as data.
pub fn report(report: &dyn Report, format: Format) -> Outcome {
    match format {
        Format::Table => styled(&report.text(width())),
        Format::Md => bytes(unstyled(&report.markdown()).as_bytes()),
        Format::Csv => bytes(&report.csv()?),
        Format::Json => bytes(&report.json()?),
    }
}

/// Prints the faults of heaps beside results in a format: with the results if these are for
/// reading, and on standard error if they are data.
///
/// # Errors
/// As for [`bytes`].
pub fn beside(text: &str, format: Format) -> Outcome {
    match format {
        Format::Table => styled(text),
        Format::Md => bytes(unstyled(text).as_bytes()),
        Format::Json | Format::Csv => {
            remark(format_args!("{text}"));
            Ok(())
        }
    }
}

/// Writes the file that an option names.
///
/// # Errors
/// If it can't be written.
#[cfg(feature = "plots")]
pub fn file(path: &Path, bytes: &[u8]) -> Outcome {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::Input(format!("error: can't write {}: {error}", path.visible())))
}

/// Returns the number of columns of the terminal on standard output; the maximum if there is none.
pub fn width() -> usize {
    terminal_size_of(io::stdout()).map_or(usize::MAX, |(Width(width), _)| width.into())
}

/// Returns the characters for small pictures in a table: ASCII if the locale is one without UTF-8,
/// such as `C`.
pub fn glyphs() -> Glyphs {
    let mut names =
        ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().filter_map(|name| env::var(name).ok());
    glyphs_in(names.find(|value| !value.is_empty()).as_deref())
}

fn glyphs_in(locale: Option<&str>) -> Glyphs {
    let is_utf8 = |locale: &str| {
        let locale = locale.to_lowercase();
        locale.ends_with("utf-8") || locale.ends_with("utf8")
    };
    if locale.is_none_or(is_utf8) { Glyphs::Blocks } else { Glyphs::Ascii }
}

fn unstyled(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// How to show results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading.
    Table,
    /// For programs: a document with a schema, see docs/schema.
    Json,
    /// For spreadsheets: a line for each heap and trace, or finer.
    Csv,
    /// Markdown tables.
    Md,
}

/// Prints a remark on standard error. A failure to print it does not change what the command does.
pub fn remark(text: Arguments<'_>) {
    let _ = anstream::stderr().write_fmt(text);
}

fn write_to(out: &mut dyn Write, bytes: &[u8]) -> Outcome {
    outcome_of(out.write_all(bytes).and_then(|()| out.flush()))
}

/// Ignores that a reader went away; turns other errors into a failure.
fn outcome_of(written: io::Result<()>) -> Outcome {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::Input(format!("error: can't write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer that always fails.
    struct Shut(ErrorKind);

    impl Write for Shut {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_locale_without_utf_8_gets_ascii() {
        for blocks in [None, Some("en_US.UTF-8"), Some("C.utf8")] {
            assert_eq!(glyphs_in(blocks), Glyphs::Blocks, "{blocks:?}");
        }
        for ascii in ["C", "POSIX", "de_DE.ISO-8859-1", "en_US"] {
            assert_eq!(glyphs_in(Some(ascii)), Glyphs::Ascii, "{ascii}");
        }
    }

    #[test]
    fn a_closed_reader_is_not_a_failure_but_a_full_disk_is() {
        assert!(write_to(&mut Shut(ErrorKind::BrokenPipe), b"table").is_ok());
        let full = write_to(&mut Shut(ErrorKind::StorageFull), b"table");
        assert!(matches!(full, Err(Failure::Input(_))), "{full:?}");
    }
}

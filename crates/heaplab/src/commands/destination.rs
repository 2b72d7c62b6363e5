//! Where a result goes: can there be a file of this name? Asked before work that takes minutes.

use heaplab_trace::Visible;
use std::path::Path;

/// The name of standard output.
pub const STANDARD_OUTPUT: &str = "-";

/// Checks that there can be a file of this name.
///
/// # Errors
/// If its folder is not there, or it is a folder itself.
pub fn expect_place(file: &Path) -> Result<(), String> {
    if file.is_dir() {
        return Err(format!(
            "can't write {}: it is a folder\nhelp: name a file in it",
            file.visible()
        ));
    }
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    match folder.filter(|folder| !folder.is_dir()) {
        Some(folder) => Err(format!(
            "can't write {}: there is not a folder {}",
            file.visible(),
            folder.visible()
        )),
        None => Ok(()),
    }
}

/// Parses the file for a picture beside a table.
#[cfg(feature = "plots")]
pub fn beside_a_table() -> impl clap::builder::TypedValueParser<Value = std::path::PathBuf> {
    use clap::builder::{PathBufValueParser, TypedValueParser};
    PathBufValueParser::new().try_map(|file| {
        if file.as_os_str() == STANDARD_OUTPUT {
            return Err("standard output has the table: name a file".to_owned());
        }
        expect_place(&file).map(|()| file)
    })
}

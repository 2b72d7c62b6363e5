//! Gradescope: a zip whose root holds `setup.sh` and `run_autograder`. It is
//! unpacked to `/autograder/source`, and `setup.sh` is run there as root.

use super::Packed;
use super::contents::{Contents, DID_NOT_GRADE};
use super::package::Package;
use super::vendor::LINUX;
use heaplab_grade::formats::gradescope::failing_first;
use heaplab_support::{Error, Listener};

/// Packs the package.
///
/// # Errors
/// If cargo can't vendor.
pub(super) fn pack(contents: &Contents, listener: &dyn Listener) -> Result<Packed, Error> {
    let mut package = scripts(contents);
    package.add_all("", contents.hidden());
    package.add_all("samples", contents.sample_files());
    package.add_all("workspace", contents.workspace(LINUX, listener)?);
    Ok(Packed { files: package.files().count(), bytes: package.zip().map_err(Error::new)? })
}

fn scripts(contents: &Contents) -> Package {
    let mut package = Package::default();
    package.add_program("setup.sh", contents.fill(include_str!("scripts/setup.sh")));
    package.add_program(
        "run_autograder",
        contents.fill(include_str!("scripts/gradescope/run_autograder")),
    );
    package.add("tools.sh", contents.fill(include_str!("scripts/tools.sh")));
    if let Some(files) = contents.files_of_lab() {
        package.add("lab.sha256", files);
    }
    package.add("README.md", contents.fill(include_str!("scripts/gradescope/README.md")));
    package.add("failing.json", failing_first(DID_NOT_GRADE));
    package.add("manifest.json", contents.manifest("gradescope"));
    package
}

#[cfg(test)]
mod tests {
    use super::super::contents::tests::{any, in_c, no_placeholder_is_left};
    use super::*;

    #[test]
    fn every_placeholder_is_filled_in() {
        no_placeholder_is_left(&scripts(&any()));
        no_placeholder_is_left(&scripts(&in_c()));
    }
}

//! Autolab: `autograde-Makefile` and `autograde.tar`, which are beside the submission
//! when a job begins. The other files are for the person who installs them.

use super::Packed;
use super::contents::Contents;
use super::package::Package;
use super::vendor::LINUX;
use heaplab_grade::formats::autolab::last_line;
use heaplab_support::{Error, Listener};

/// Packs the package.
///
/// # Errors
/// If cargo can't vendor.
pub(super) fn pack(contents: &Contents, listener: &dyn Listener) -> Result<Packed, Error> {
    let mut source = Package::default();
    source.add_all("workspace", contents.workspace(LINUX, listener)?);
    source.add_all("samples", contents.sample_files());
    let mut job = Package::default();
    job.add("source.tar.gz", source.tar_gz().map_err(Error::new)?);
    job.add_all("", scripts(contents));
    job.add_all("", contents.hidden());
    let mut autograde = Package::default();
    autograde.add_all("grader", job);
    let mut package = for_staff(contents);
    package.add("autograde.tar", autograde.tar().map_err(Error::new)?);
    package.add_all("samples", contents.sample_files());
    Ok(Packed {
        // Counts the files in the two that are archives themselves.
        files: [&source, &autograde, &package]
            .map(|package| package.files().count())
            .iter()
            .sum::<usize>()
            - 2,
        bytes: package.tar().map_err(Error::new)?,
    })
}

/// Returns the scripts that a job runs, and those that make the image.
fn scripts(contents: &Contents) -> Package {
    let mut package = Package::default();
    package.add_program("driver.sh", contents.fill(include_str!("scripts/autolab/driver.sh")));
    package.add_program("setup.sh", contents.fill(include_str!("scripts/setup.sh")));
    package.add("tools.sh", contents.fill(include_str!("scripts/tools.sh")));
    if let Some(files) = contents.files_of_lab() {
        package.add("lab.sha256", files);
    }
    package.add("no-scores.json", last_line(&contents.nothing));
    package.add("manifest.json", contents.manifest("autolab"));
    package
}

fn for_staff(contents: &Contents) -> Package {
    let mut package = Package::default();
    package.add("autograde-Makefile", include_str!("scripts/autolab/autograde-Makefile"));
    package.add("Dockerfile", contents.fill(include_str!("scripts/autolab/Dockerfile")));
    package.add("README.md", contents.fill(include_str!("scripts/autolab/README.md")));
    package.add("manifest.json", contents.manifest("autolab"));
    package
}

#[cfg(test)]
mod tests {
    use super::super::contents::tests::{any, in_c, no_placeholder_is_left};
    use super::*;

    #[test]
    fn every_placeholder_is_filled_in() {
        for contents in [any(), in_c()] {
            no_placeholder_is_left(&scripts(&contents));
            no_placeholder_is_left(&for_staff(&contents));
        }
    }
}

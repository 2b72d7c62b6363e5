//! Heaps in C on a command line: compiled as soon as they are named, with what the compiler prints.

use super::print;
use heaplab_c_heap::{CDesign, is_file, with_flags};
use heaplab_support::Error;

/// How heaps in C are compiled and called.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct COptions {
    /// The interface of a heap in C, if it is not the one that is found: cmu, cmu-malloc, cs107,
    /// mit or malloc
    #[arg(long, value_name = "NAME")]
    c_interface: Option<String>,

    /// Flags for the compiler of heaps in C, after those of CFLAGS; may be repeated
    #[arg(long, value_name = "FLAGS", allow_hyphen_values = true)]
    cflags: Vec<String>,
}

impl COptions {
    /// Returns the heap's name with these options, if it is in C.
    pub fn applied_to(&self, spec: &str) -> String {
        match is_file(spec) {
            true => with_flags(spec, self.c_interface.as_deref(), &self.cflags),
            false => spec.to_owned(),
        }
    }
}

/// Compiles the heap that a name means, and shows what there is to say about it.
///
/// # Errors
/// If it can't be compiled, or is not a heap.
pub fn expect(spec: &str) -> Result<(), Error> {
    let design = CDesign::of_files(spec)?;
    if !design.warnings().is_empty() {
        print::remark(format_args!("{}\n\n", design.warnings().trim_end()));
    }
    for remark in design.remarks() {
        print::remark(format_args!("note: {spec}: {remark}\n"));
    }
    Ok(())
}

//! Heaps in C on a command line: compiled as soon as they are named, with what the compiler prints.

use super::print;
use heaplab_c_heap::CDesign;
use heaplab_support::Error;

/// Compiles the heap that a name means, and shows what there is to say about it.
///
/// # Errors
/// If it can't be compiled, or is not a heap.
pub fn expect(spec: &str) -> Result<(), Error> {
    let design = CDesign::of_files(spec)?;
    if !design.warnings().is_empty() {
        print::remark(format_args!("{}\n", design.warnings().trim_end()));
    }
    for remark in design.remarks() {
        print::remark(format_args!("note: {spec}: {remark}\n"));
    }
    Ok(())
}

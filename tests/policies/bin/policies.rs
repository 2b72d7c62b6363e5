//! Prints TABLE.md: for every mutant, the clause that it breaks and the check that fails.
#![forbid(unsafe_code)]

use heaplab_policies::{outcomes, table::table};

fn main() {
    print!("{}", table(&outcomes()));
}

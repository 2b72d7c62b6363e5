//! Only the worker that a grader uses: no command line for people, no files.
#![forbid(unsafe_code)]

use heaplab_checks::ForTimedGrades;
use heaplab_worker::Serving;

fn main() -> std::process::ExitCode {
    let heaps = Serving::<ForTimedGrades>::new().with_named::<heaplab_implicit::Policy>("mine");
    heaplab_worker::main(&heaps.heaps())
}

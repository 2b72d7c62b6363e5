//! Only the worker that a grader uses: no command line for people, no files.
#![forbid(unsafe_code)]

use heaplab_checks::for_timed_grades;

fn main() -> std::process::ExitCode {
    let heaps = for_timed_grades().with_named::<heaplab_implicit::Policy>("mine");
    heaplab_worker::main(&heaps.heaps())
}

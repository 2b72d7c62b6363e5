//! `docs/waste.md` shows the actual output.

use heaplab_tests::command::{package, run};
use heaplab_tests::examples::{COMMAND, examples, plain};
use std::fs;

#[test]
fn the_examples_print_what_the_document_shows() {
    let document = fs::read_to_string(package().join("../docs/waste.md")).unwrap();
    let examples = examples(COMMAND, &document);
    assert_eq!(examples.len(), 4);
    for example in examples {
        let arguments: Vec<&str> = example.arguments.iter().map(String::as_str).collect();
        // The document shows only some lines of one example.
        let (arguments, shown) = match arguments[..] {
            [ref arguments @ .., "|", "grep", word] => (arguments, word),
            ref all => (all, ""),
        };
        let seen = run(env!("CARGO_BIN_EXE_heaplab-under-test"), "..", arguments);
        assert_eq!((seen.code, seen.stderr.as_str()), (Some(0), ""));
        let printed = plain(&seen.stdout);
        let printed: Vec<&str> = printed.into_iter().filter(|line| line.contains(shown)).collect();
        assert_eq!(plain(&example.output), printed, "{arguments:?}");
    }
}

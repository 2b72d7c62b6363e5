//! A heap is found by the name that the command takes.

use heaplab_heap::Design;
use heaplab_heap_tests::designs::{Visitor, visit_all, visit_named};

struct Names(Vec<String>);

impl Visitor for Names {
    fn visit<D: Design>(&mut self, name: &str, _: &D) {
        self.0.push(name.to_owned());
    }
}

#[test]
fn each_heap_with_each_policy_is_found_by_its_name() {
    let mut all = Names(Vec::new());
    visit_all(&mut all);
    for name in &all.0 {
        let design = name.split(':').next().unwrap();
        for name in [name, design] {
            let mut found = Names(Vec::new());
            visit_named(name, &mut found).unwrap();
            assert_eq!(found.0, [name]);
        }
    }
}

#[test]
fn a_wrong_name_is_said() {
    let error = |name| visit_named(name, &mut Names(Vec::new())).unwrap_err();
    assert!(error("implict").contains("no heap is called `implict`"));
    assert!(error("implicit:frist-fit").contains("frist-fit"));
}

//! Checks that TABLE.md is made of these lists. `.ci/mutants`
//! checks that its figures are still true: it takes minutes.

use heaplab_mutants::all;

#[test]
fn the_table_has_a_row_for_every_mutant_in_order() {
    let table = include_str!("../TABLE.md");
    let rows = table.lines().filter(|line| line.starts_with("| `"));
    let rows: Vec<&str> = rows.collect();
    assert_eq!(rows.len(), all().count(), "run .ci/mutants --update");
    for (row, specimen) in rows.into_iter().zip(all()) {
        let mutant = specimen.mutant;
        let wrong = mutant.wrong.replace('|', "\\|").replace('*', "\\*");
        let expected = format!("| `{}` | {wrong} | ", mutant.name);
        assert!(row.starts_with(&expected), "run .ci/mutants --update: {row}");
    }
}

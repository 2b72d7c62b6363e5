//! `heaplab new-lab`: a lab of one's own, made from one that is there.

use super::print;
use crate::Outcome;
use heaplab_assess::Workspace;
use heaplab_trace::Visible;

/// Arguments of `heaplab new-lab`.
#[derive(clap::Args)]
#[command(after_help = "\
The new lab has the stages, holes, points and thresholds of the other, in a lab.toml of its own, which
you change. `heaplab starter NAME` makes what students begin with; docs/instructors.md, \"Making a
lab\", says what each part is for.

Examples:
  heaplab new-lab 6-mine --from 1-implicit
  heaplab new-lab 6-mine --from 0-sbrk

Exit code: 0 made; 2 the name is taken or not one for a lab, or a file can't be written.")]
pub struct Arguments {
    /// Its name: a number, `-` and a word
    name: String,

    /// The lab that it is made from
    #[arg(long, value_name = "LAB")]
    from: String,
}

/// Makes the lab.
pub fn run(arguments: &Arguments) -> Outcome {
    let workspace = Workspace::find()?;
    let name = &arguments.name;
    let from = workspace.lab(&arguments.from)?;
    for path in workspace.new_lab(name, &from)? {
        print::remark(format_args!("wrote {}\n", workspace.shown(&path).visible()));
    }
    workspace.lock()?;
    print::styled(&format!(
        "\
Change labs/{name}/lab.toml and README.md; then:
  heaplab starter --all          writes src/lib.rs and src/given.rs anew
  cargo run -p lab-{name}        the first stage, as a student sees it
  heaplab starter {name} --solution -o solution.rs
  heaplab grade solution.rs --lab {name}
"
    ))
}

//! Examples in documents: commands, and their output as shown.

/// The prompt of the command in documents.
pub const COMMAND: &str = "$ cargo run --release -- ";

/// The prompt of the heaps that are broken on purpose.
pub const FAULTY: &str = "$ cargo run -p heaplab-tests --bin faulty -- ";

/// A command in a document, with the output shown there.
pub struct Example {
    /// The words after the program's name.
    pub arguments: Vec<String>,
    /// Its output.
    pub output: String,
}

/// Returns the examples of a document that begin with this prompt;
/// the next prompt or the end of the block ends an example.
pub fn examples(prompt: &str, document: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut in_example = false;
    for line in document.lines() {
        let indented = line.trim_start();
        if let Some(command) = indented.strip_prefix(prompt) {
            let arguments = command.split_whitespace().map(str::to_owned).collect();
            let output = String::new();
            examples.push(Example { arguments, output });
            in_example = true;
        } else if indented.starts_with("```") || indented.starts_with("$ ") {
            in_example = false;
        } else if in_example {
            // A prompt came before.
            if let Some(example) = examples.last_mut() {
                example.output.push_str(line.trim_end());
                example.output.push('\n');
            }
        }
    }
    examples
}

/// Returns lines without the blanks around them: a list in a document indents.
pub fn plain(text: &str) -> Vec<&str> {
    text.trim().lines().map(str::trim).collect()
}

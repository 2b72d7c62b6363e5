//! What the text of C code says of a function: whether it is defined, and what it returns and
//! takes. Only names and brackets are looked at, in code that the compiler accepts.

/// Returns whether the text defines this function: its name, its parameters, an open brace.
pub(crate) fn defines(text: &str, function: &str) -> bool {
    let tokens = tokens(text);
    uses(&tokens, function).any(|(at, close)| {
        tokens.get(close + 1) == Some(&"{")
            && at.checked_sub(1).is_some_and(|at| is_type(tokens[at]))
    })
}

/// The declaration of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prototype {
    /// The last word of the type that it returns: `int`, `void`, `*`.
    pub(crate) returns: String,
    /// The words of the parameters.
    pub(crate) parameters: String,
}

/// Returns the first declaration or definition of a function in preprocessed text.
pub(crate) fn prototype(text: &str, function: &str) -> Option<Prototype> {
    let tokens = tokens(text);
    let declared = |&(at, close): &(usize, usize)| {
        let ends =
            tokens.get(close + 1).is_some_and(|next| matches!(*next, "{" | ";" | "__attribute__"));
        ends && at.checked_sub(1).is_some_and(|at| is_type(tokens[at]))
    };
    let (at, close) = uses(&tokens, function).find(declared)?;
    Some(Prototype {
        returns: of_typedef(&tokens, tokens[at - 1]).to_owned(),
        parameters: tokens[at + 2..close].join(" "),
    })
}

/// Returns the type that a name stands for, as far as it is a single word.
fn of_typedef<'t>(tokens: &[&'t str], name: &'t str) -> &'t str {
    const MOST_STEPS: usize = 8;
    let mut name = name;
    for _ in 0..MOST_STEPS {
        let mut defined = tokens
            .windows(4)
            .filter(|four| four[0] == "typedef" && four[2] == name && four[3] == ";");
        match defined.next() {
            Some(four) => name = four[1],
            None => break,
        }
    }
    name
}

/// Returns where the name is followed by brackets: its index, and that of the closing one.
fn uses<'t>(tokens: &'t [&'t str], name: &'t str) -> impl Iterator<Item = (usize, usize)> + 't {
    let named = tokens.iter().enumerate().filter(move |(_, token)| **token == name);
    named.filter_map(|(at, _)| {
        (tokens.get(at + 1) == Some(&"(")).then_some(())?;
        let mut depth = 0;
        let close = tokens[at + 1..].iter().position(|token| {
            depth += i32::from(*token == "(") - i32::from(*token == ")");
            depth == 0
        })?;
        Some((at, at + 1 + close))
    })
}

/// Returns whether a token may end the type in front of a function's name: not `return`, nor an
/// operator.
fn is_type(token: &str) -> bool {
    let is_word = token.starts_with(|first: char| first.is_alphabetic() || first == '_');
    token == "*"
        || is_word && !matches!(token, "return" | "else" | "do" | "case" | "sizeof" | "goto")
}

/// Returns the words and signs of C code, without comments, texts, and lines of the preprocessor.
fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    let mut line_starts = true;
    while at < bytes.len() {
        let rest = &text[at..];
        let length = match bytes[at] {
            b'\n' => {
                line_starts = true;
                at += 1;
                continue;
            }
            byte if byte.is_ascii_whitespace() => 1,
            b'#' if line_starts => directive(rest),
            b'/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            b'/' if rest.starts_with("/*") => {
                rest[2..].find("*/").map_or(rest.len(), |end| end + 4)
            }
            quote @ (b'"' | b'\'') => {
                line_starts = false;
                quoted(rest.as_bytes(), quote)
            }
            byte if byte.is_ascii_alphanumeric() || byte == b'_' => {
                let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
                let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                tokens.push(&rest[..length]);
                line_starts = false;
                length
            }
            _ => {
                let length = rest.chars().next().map_or(1, char::len_utf8);
                tokens.push(&rest[..length]);
                line_starts = false;
                length
            }
        };
        at += length;
    }
    tokens
}

/// Returns the bytes of a line of the preprocessor, with the lines that continue it.
fn directive(text: &str) -> usize {
    let mut end = 0;
    for line in text.split_inclusive('\n') {
        end += line.len();
        if !line.trim_end_matches(['\n', '\r']).ends_with('\\') {
            return end - usize::from(line.ends_with('\n'));
        }
    }
    end
}

/// Returns the bytes of a text in quotes.
fn quoted(text: &[u8], quote: u8) -> usize {
    let mut at = 1;
    while at < text.len() && text[at] != quote && text[at] != b'\n' {
        at += if text[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(text.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_definition_is_told_from_a_call_and_a_declaration() {
        let text = "/* mm_init(void) { */ int mm_init(void);\n#define X mm_init() {\n\
            int main(void) { if (mm_init() < 0) { return mm_init(); } puts(\"mm_init() {\"); }";
        assert!(!defines(text, "mm_init"));
        assert!(defines(text, "main"));
        assert!(defines("int mm_init(void)\n{ return 0; }", "mm_init"));
        assert!(defines("void *\nmm_malloc (size_t n) { return 0; }", "mm_malloc"));
    }

    #[test]
    fn a_declaration_says_what_is_returned_and_taken() {
        let text = "extern void *mem_sbrk (int incr);\n_Bool mm_init(void) { x = mm_init(); }";
        let of = |name| prototype(text, name).map(|found| (found.returns, found.parameters));
        assert_eq!(of("mem_sbrk"), Some(("*".to_owned(), "int incr".to_owned())));
        assert_eq!(of("mm_init"), Some(("_Bool".to_owned(), "void".to_owned())));
        assert_eq!(of("mm_free"), None);
        let text = "typedef _Bool truth; typedef truth bool_t; bool_t mm_init(void);";
        assert_eq!(prototype(text, "mm_init").map(|found| found.returns), Some("_Bool".to_owned()));
    }

    #[test]
    fn text_of_any_kind_is_read_to_its_end() {
        for text in ["\"", "'\\", "/*", "#define a \\", "é(", "//"] {
            assert!(!defines(text, "mm_init"), "{text}");
        }
    }
}

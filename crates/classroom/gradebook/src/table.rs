//! Tables in CSV, as spreadsheets and platforms write them.
//!
//! A table may begin with a byte order mark, end its lines with CR LF, separate its cells with
//! commas, semicolons or tabs, and be in UTF-8, UTF-16 or Windows-1252. It is written with the
//! separator, ends of lines and byte order mark that it had, in UTF-8.

use heaplab_grade::formats::csv::harmless;
use heaplab_grader::decode;
use heaplab_support::Error;
use heaplab_trace::Visible;

/// A table whose first row names its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Where it is from, for messages.
    pub place: String,
    /// The names of its columns.
    pub header: Vec<String>,
    /// Its other rows. All have as many cells as the header.
    pub rows: Vec<Row>,
    /// How it is written.
    pub dialect: Dialect,
}

/// A row of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// How a table is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// What stands between two cells.
    pub separator: u8,
    /// Whether a line ends with CR LF.
    pub has_carriage_returns: bool,
    /// Whether a byte order mark comes first.
    pub has_mark: bool,
}

impl Dialect {
    /// Commas, and lines that end with a line feed.
    pub const PLAIN: Dialect =
        Dialect { separator: b',', has_carriage_returns: false, has_mark: false };
}

const MARK: &str = "\u{feff}";

impl Table {
    /// Reads a table. Blank rows are skipped, and short ones are filled up with empty cells.
    ///
    /// # Errors
    /// If it is not a text or empty, a quote is not closed, or a row has more cells than the
    /// header.
    pub fn read(place: &str, bytes: &[u8]) -> Result<Table, Error> {
        let wrong = |why: &str| Error::new(format!("error: {}: {why}", place.visible()));
        let has_mark = bytes.starts_with(MARK.as_bytes());
        let text = decode(bytes).map_err(|reason| wrong(&reason))?.text;
        let (text, told, first_line) = without_separator_line(&text);
        if text.matches('"').count() % 2 == 1 {
            return Err(wrong("a quote (\") in it is not closed"));
        }
        let separator = told.unwrap_or_else(|| separator_of(text));
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(separator)
            .from_reader(text.as_bytes());
        let mut rows = Vec::new();
        for row in reader.records() {
            let row = row.map_err(|error| wrong(&error.to_string()))?;
            let line = row.position().map_or(0, csv::Position::line) + first_line;
            let cells: Vec<String> = row.iter().map(str::to_owned).collect();
            if cells.iter().any(|cell| !cell.trim().is_empty()) {
                rows.push(Row { line, cells });
            }
        }
        if rows.is_empty() {
            return Err(wrong("it is empty: expected a row with the names of its columns"));
        }
        let header = rows.remove(0).cells;
        for row in &mut rows {
            while row.cells.len() > header.len() && row.cells.last().is_some_and(String::is_empty) {
                row.cells.pop();
            }
            if row.cells.len() > header.len() {
                return Err(wrong(&format!(
                    "line {} has {} cells, but there are {} columns: is a text with a separator \
                     in it not quoted?",
                    row.line,
                    row.cells.len(),
                    header.len()
                )));
            }
            row.cells.resize(header.len(), String::new());
        }
        let has_carriage_returns = text.contains("\r\n");
        let dialect = Dialect { separator, has_carriage_returns, has_mark };
        Ok(Table { place: place.to_owned(), header, rows, dialect })
    }

    /// Returns the index of the first column whose name is one of these, apart from case, blanks
    /// and punctuation.
    pub fn column(&self, names: &[&str]) -> Option<usize> {
        let names: Vec<String> = names.iter().map(|name| plain(name)).collect();
        names.iter().find_map(|name| self.header.iter().position(|head| plain(head) == *name))
    }

    /// Returns the names of its columns, for messages.
    pub fn columns(&self) -> String {
        let names: Vec<String> =
            self.header.iter().map(|name| format!("`{}`", name.trim().visible())).collect();
        names.join(", ")
    }

    /// Returns the table as text. Cells that a spreadsheet would compute or that hide something
    /// are made harmless, except in the columns for which `is_key` holds: a platform finds
    /// students by them.
    pub fn write(&self, is_key: impl Fn(usize) -> bool) -> String {
        let terminator = if self.dialect.has_carriage_returns {
            csv::Terminator::CRLF
        } else {
            csv::Terminator::Any(b'\n')
        };
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.dialect.separator)
            .terminator(terminator)
            .from_writer(Vec::new());
        let rows = self.rows.iter().map(|row| &row.cells);
        for (number, cells) in std::iter::once(&self.header).chain(rows).enumerate() {
            let cells = cells.iter().enumerate().map(|(column, cell)| match cell {
                cell if number == 0 || is_key(column) || is_figure(cell) => cell.clone(),
                cell => harmless(cell),
            });
            #[expect(
                clippy::expect_used,
                reason = "memory takes everything, and all rows are equally long"
            )]
            writer.write_record(cells).expect("a row of text");
        }
        let bytes = writer.into_inner().unwrap_or_default();
        let mark = if self.dialect.has_mark { MARK } else { "" };
        format!("{mark}{}", String::from_utf8_lossy(&bytes))
    }
}

/// Returns a remark if cells that must stay as they are would be computed by a spreadsheet.
pub fn formulas_in_keys(table: &Table, is_key: impl Fn(usize) -> bool) -> Option<String> {
    let keys = table.rows.iter().flat_map(|row| {
        row.cells.iter().enumerate().filter(|(column, _)| is_key(*column)).map(|(_, cell)| cell)
    });
    let odd = keys.filter(|cell| !is_figure(cell) && harmless(cell) != **cell);
    let odd: Vec<String> = odd.map(|cell| format!("`{}`", cell.visible())).collect();
    (!odd.is_empty()).then(|| {
        format!(
            "don't open the table in a spreadsheet: by these the platform finds students, so they \
             stay as they are: {}",
            odd.join(", ")
        )
    })
}

/// Returns a name of a column without case, blanks and punctuation.
pub fn plain(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Returns whether a cell is a number, or the lone `-` that stands for nothing. Neither is a
/// formula.
fn is_figure(cell: &str) -> bool {
    let cell = cell.trim();
    cell == "-" || cell.parse::<f64>().is_ok_and(f64::is_finite)
}

/// Returns the text without a first line `sep=;`, which some spreadsheets write, with what it
/// says and how many lines are skipped.
fn without_separator_line(text: &str) -> (&str, Option<u8>, u64) {
    let Some((first, rest)) = text.split_once('\n') else { return (text, None, 0) };
    match first.trim().trim_matches('"').strip_prefix("sep=").map(str::as_bytes) {
        Some(&[separator]) => (rest, Some(separator), 1),
        _ => (text, None, 0),
    }
}

/// Returns the separator that occurs most in the first line, outside of quotes.
fn separator_of(text: &str) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let mut is_quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in first.bytes() {
        is_quoted ^= byte == b'"';
        for (separator, count) in &mut counts {
            *count += usize::from(!is_quoted && byte == *separator);
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(separator, _)| *separator)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn any_bytes_are_a_table_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(table) = Table::read("t.csv", &bytes) {
                prop_assert!(table.rows.iter().all(|row| row.cells.len() == table.header.len()));
            }
        }

        #[test]
        fn what_is_written_is_read_again(
            cells in prop::collection::vec("[a-zé \"\n,;=]{0,8}", 6),
            separator in prop::sample::select(vec![b',', b';', b'\t']),
            has_carriage_returns in any::<bool>(),
            has_mark in any::<bool>(),
        ) {
            let header = ["name", "id", "grade"].map(str::to_owned).to_vec();
            let rows = cells.chunks(3).map(|cells| Row { line: 0, cells: cells.to_vec() });
            let dialect = Dialect { separator, has_carriage_returns, has_mark };
            let table = Table { place: "t.csv".into(), header, rows: rows.collect(), dialect };
            let read = Table::read("t.csv", table.write(|_| true).as_bytes()).unwrap();
            let is_blank = |cells: &&Vec<String>| cells.iter().all(|cell| cell.trim().is_empty());
            let cells = |table: &Table| -> Vec<Vec<String>> {
                let rows = table.rows.iter().map(|row| &row.cells);
                rows.filter(|cells| !is_blank(cells)).cloned().collect()
            };
            prop_assert_eq!(cells(&read), cells(&table));
            prop_assert_eq!(&read.header, &table.header);
        }
    }

    fn read(text: impl AsRef<[u8]>) -> Table {
        Table::read("t.csv", text.as_ref()).unwrap()
    }

    #[test]
    fn a_table_is_written_as_it_was_read() {
        for text in [
            "a,b\n1,2\n",
            "\u{feff}a,b\r\n\"x, y\",\"say \"\"hi\"\"\"\r\n",
            "a;b\r\n1,5;ü\r\n",
            "a\tb\n1\t\"two\nlines\"\n",
        ] {
            assert_eq!(read(text).write(|_| false), text);
        }
    }

    #[test]
    fn other_encodings_and_a_line_for_the_separator_are_read() {
        let utf_16: Vec<u8> =
            "\u{feff}name;id\r\nÖ;1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let latin_1 = b"name;id\n\xd6;1\n";
        for table in [read(utf_16), read(latin_1), read("sep=;\nname;id\nÖ;1\n")] {
            assert_eq!(table.header, ["name", "id"]);
            assert_eq!(table.rows[0].cells, ["Ö", "1"]);
        }
        assert_eq!(read("sep=;\nname;id\nÖ;1\n").rows[0].line, 3);
    }

    #[test]
    fn rows_are_filled_up_and_counted_by_lines() {
        let table = read("a,b,c\n\n,,\n1\n2,3,4,,\n");
        assert_eq!(table.rows[0], Row { line: 4, cells: vec!["1".into(), "".into(), "".into()] });
        assert_eq!(table.rows[1].cells, ["2", "3", "4"]);
        assert_eq!(table.rows.len(), 2);
    }

    #[test]
    fn what_is_not_a_table_says_why() {
        for (bytes, why) in [
            (&b""[..], "it is empty"),
            (b"\n \n", "it is empty"),
            (b"a,b\n\"1,2\n", "a quote"),
            (b"a,b\n1,2,3\n", "line 2 has 3 cells, but there are 2 columns"),
            (b"a\0b", "not a text"),
        ] {
            let error = Table::read("t.csv", bytes).unwrap_err().to_string();
            assert!(error.contains(why) && error.starts_with("error: t.csv: "), "{error}");
        }
    }

    #[test]
    fn formulas_and_hidden_characters_are_harmless_but_keys_stay() {
        let table = read("name,id,grade\n=1+1,-x,-1.5\n\"a\u{202e}b\",@y,-\n");
        let written = table.write(|column| column == 1);
        assert_eq!(written, "name,id,grade\n'=1+1,-x,-1.5\na\\u{202e}b,@y,-\n");
    }

    #[test]
    fn columns_are_found_whatever_their_case_and_blanks() {
        let table = read("Full name,E-Mail Address,SIS_User ID\n");
        assert_eq!(table.column(&["name", "full name"]), Some(0));
        assert_eq!(table.column(&["email address"]), Some(1));
        assert_eq!(table.column(&["sisuserid"]), Some(2));
        assert_eq!(table.column(&["section"]), None);
    }
}

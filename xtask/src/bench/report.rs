//! Rows of a benchmark: which of them are run, and what is printed about each.

/// The filter for rows of a benchmark.
pub struct Filter(pub Option<String>);

impl Filter {
    /// Whether a row of this name is to be run.
    pub fn accepts(&self, name: &str) -> bool {
        self.0.as_ref().is_none_or(|text| name.contains(text))
    }
}

/// Prints a figure, its target, and whether the target was met.
#[expect(clippy::print_stdout, reason = "a task reports its results")]
pub fn print_verdict(what: &str, figure: &str, asked: &str, met: bool) {
    let verdict = if met { "met" } else { "MISSED" };
    println!("{what:<30}  {figure:>9}, asked {asked:>6}: {verdict}");
}

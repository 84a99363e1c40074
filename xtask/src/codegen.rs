//! Files that are derived from the spec and kept in the repository, for reviewers and users.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use zoom_chat_reports_codegen::{Document, Output, spec_path};

use crate::workspace::{root, say};

/// The command that corrects all that [`check`] finds.
const REMEDY: &str = "cargo xtask codegen";

/// Rewrites every stale file; leaves the others as they are.
pub fn write() -> anyhow::Result<()> {
    for (path, content) in derived()? {
        if is_stale(&path, &content) {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(&path, content).with_context(|| path.display().to_string())?;
            say(&format!("wrote {}", relative(&path)));
        }
    }
    Ok(())
}

/// Fails if a derived file is stale or no longer derived. Writes nothing.
pub fn check() -> anyhow::Result<()> {
    let derived = derived()?;
    let mut stale: Vec<String> = derived
        .iter()
        .filter(|(path, content)| is_stale(path, content))
        .map(|(path, _)| relative(path))
        .collect();
    for entry in fs::read_dir(root().join("spec/schemas"))? {
        let path = entry?.path();
        if !derived.iter().any(|(known, _)| *known == path) {
            stale.push(format!(
                "{} (no longer derived: remove it)",
                relative(&path)
            ));
        }
    }
    if !stale.is_empty() {
        bail!("stale: {}\nrun: {REMEDY}", stale.join(", "));
    }
    Ok(())
}

/// All derived files with their present content.
fn derived() -> anyhow::Result<Vec<(PathBuf, String)>> {
    let document = Document::read(&spec_path())?;
    let mut files = Vec::new();
    for output in [Output::Client, Output::Mock] {
        let variant = format!("{output:?}");
        let name = variant.to_lowercase();
        files.push((
            root().join(format!("tests/it/snapshots/generated_{name}.snap")),
            snapshot(&variant, &output.source(&document)?),
        ));
    }
    for (name, schema) in zoom_chat_cli::schemas() {
        let mut text = serde_json::to_string_pretty(&schema)?;
        text.push('\n');
        files.push((root().join(format!("spec/schemas/{name}.json")), text));
    }
    Ok(files)
}

/// The text of an insta snapshot, in the form in which insta writes it.
fn snapshot(variant: &str, content: &str) -> String {
    format!(
        "---\nsource: tests/it/generated.rs\nexpression: \"source(Output::{variant})\"\n---\n{}\n",
        content.trim_end()
    )
}

fn is_stale(path: &Path, content: &str) -> bool {
    fs::read_to_string(path)
        .map(|known| known.replace("\r\n", "\n") != content)
        .unwrap_or(true)
}

fn relative(path: &Path) -> String {
    path.strip_prefix(root())
        .unwrap_or(path)
        .display()
        .to_string()
}

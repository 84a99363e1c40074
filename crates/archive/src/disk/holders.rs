//! The other processes that have an archive open: an error names the process that blocks it.

use std::path::Path;

/// The largest number of processes that are named.
const NAMED: usize = 5;

/// The other processes that have a file of this folder open, such as `zoom-chat (process 123)`. Only on Linux, and
/// only processes that this user may inspect.
pub(crate) fn holders(root: &Path) -> Vec<String> {
    let own = std::process::id().to_string();
    let Ok(root) = root.canonicalize() else {
        return Vec::new();
    };
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let holders = processes.flatten().filter_map(|process| {
        let number = process.file_name().into_string().ok()?;
        if number == own || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let mut open = std::fs::read_dir(process.path().join("fd")).ok()?.flatten();
        let is_within = |file: std::fs::DirEntry| {
            let target = std::fs::read_link(file.path());
            target.is_ok_and(|target| target.starts_with(&root))
        };
        if !open.any(is_within) {
            return None;
        }
        let name = std::fs::read_to_string(process.path().join("comm")).unwrap_or_default();
        let name: String = name.chars().filter(|c| !c.is_control()).collect();
        Some(format!("{name} (process {number})"))
    });
    holders.take(NAMED).collect()
}

/// The same in words; empty if there are none.
pub(crate) fn named(holders: &[String]) -> String {
    match holders {
        [] => String::new(),
        holders => format!(" by {}", holders.join(", ")),
    }
}

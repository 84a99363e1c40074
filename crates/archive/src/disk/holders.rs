//! Which other processes have an archive open: whoever is held up wants to know by whom.

use std::path::Path;

/// Processes named at most.
const NAMED: usize = 5;

/// The other processes that have a file of this folder open, such as `zoom-chat (process 123)`: those that this user may
/// look at, and on Linux only.
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

/// The same in words; nothing where none is seen.
pub(crate) fn named(holders: &[String]) -> String {
    match holders {
        [] => String::new(),
        holders => format!(" by {}", holders.join(", ")),
    }
}

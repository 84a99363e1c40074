//! The name of who makes a decision that an archive's ledger keeps.

use crate::failure::Failure;

/// The name of who decides: the name given by an option, otherwise the user's. `what` is the error if there is neither.
pub(crate) fn name(given: Option<&str>, what: &str) -> Result<String, Failure> {
    let from_environment = || {
        let variables = ["USER", "LOGNAME", "USERNAME"].iter();
        let set = |name: &&str| {
            std::env::var(name)
                .ok()
                .filter(|name| !name.trim().is_empty())
        };
        variables.clone().find_map(set).or_else(name_of_user)
    };
    given
        .map(str::to_owned)
        .or_else(from_environment)
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .ok_or_else(|| Failure::usage(what).hint("give it with --operator NAME"))
}

/// The name of the user that this process runs as, or the number of a user without a name.
#[cfg(unix)]
fn name_of_user() -> Option<String> {
    use std::os::unix::fs::MetadataExt;
    let number = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let name = users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)? == number).then(|| name.to_owned())
    });
    Some(name.unwrap_or_else(|| format!("user {number}")))
}

#[cfg(not(unix))]
fn name_of_user() -> Option<String> {
    None
}

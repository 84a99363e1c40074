//! Programs of others, which each step installs by itself.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::workspace::{cargo, succeed, target};

/// Its presence says that the installation was completed.
const COMPLETE: &str = "complete";

/// A program of others, in exactly one version, so that a new rule of theirs does not fail a build of ours.
pub struct Tool {
    pub package: &'static str,
    pub version: &'static str,
    pub registry: Registry,
    /// Where it lies in the folder of its installation.
    pub binary: &'static str,
}

#[derive(Clone, Copy)]
pub enum Registry {
    Cargo,
    PyPi,
    Npm,
    /// Where nothing can be had from.
    #[cfg(test)]
    Nowhere,
}

impl Tool {
    /// Where it is installed; installs it if it is not there yet.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn installed(&self) -> Result<PathBuf, String> {
        let name = self.package.replace(['@', '/'], "");
        let folder = target()
            .join("tools")
            .join(format!("{name}-{}", self.version));
        if !folder.join(COMPLETE).exists() {
            self.install(&folder)?;
        }
        Ok(folder)
    }

    fn install(&self, folder: &Path) -> Result<(), String> {
        let cannot = |error: io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(cannot)?;
        }
        fs::create_dir_all(folder).map_err(cannot)?;
        let (package, version) = (self.package, self.version);
        match self.registry {
            Registry::Cargo => {
                let mut install = cargo();
                install.args(["install", "--quiet", "--locked", package]);
                install.args(["--version", version]).arg("--root");
                succeed(install.arg(folder).current_dir(folder))?;
            }
            Registry::PyPi => {
                succeed(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
                let wanted = format!("{package}=={version}");
                succeed(
                    Command::new(folder.join("bin/pip")).args(["install", "--quiet", &wanted]),
                )?;
            }
            Registry::Npm => {
                // Without it npm installs into the first folder above that has one.
                fs::write(folder.join("package.json"), "{\"private\": true}\n").map_err(cannot)?;
                let wanted = format!("{package}@{version}");
                succeed(
                    Command::new("npm")
                        .args([
                            "install",
                            "--ignore-scripts",
                            "--no-audit",
                            "--no-fund",
                            &wanted,
                        ])
                        .current_dir(folder),
                )?;
            }
            #[cfg(test)]
            Registry::Nowhere => succeed(&mut Command::new("no-such-program"))?,
        }
        fs::write(folder.join(COMPLETE), "").map_err(cannot)
    }
}

#[cfg(test)]
mod tests {
    use super::{Registry, Tool};

    #[test]
    fn a_tool_that_cannot_be_had_says_what_is_missing() {
        let tool = Tool {
            package: "none",
            version: "1",
            registry: Registry::Nowhere,
            binary: "none",
        };
        let reason = tool.installed().expect_err("not there");
        assert!(reason.contains("no-such-program"), "{reason}");
    }
}

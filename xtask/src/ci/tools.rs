//! Tools that others wrote; each step installs its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use crate::workspace::{cargo, succeed, target};

/// The presence of this file says that the installation is complete.
const COMPLETE: &str = "complete";

/// A tool in exactly one version, so that a new rule of it does not fail our build.
pub struct Tool {
    pub package: &'static str,
    pub version: &'static str,
    pub registry: Registry,
    /// The path of its program in the folder of its installation.
    pub binary: &'static str,
}

#[derive(Clone, Copy)]
pub enum Registry {
    Cargo,
    PyPi,
    Npm,
    /// A registry that is not there.
    #[cfg(test)]
    Nowhere,
}

impl Tool {
    /// The folder of its installation; installs it first if necessary.
    ///
    /// # Errors
    /// The reason why it cannot be installed.
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
                // Without this file npm installs into the nearest parent folder that has one.
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
    fn a_tool_that_cannot_be_installed_names_the_missing_program() {
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

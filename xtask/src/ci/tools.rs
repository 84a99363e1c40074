//! Checks of the document by tools of others, which each step installs by itself.

use std::{
    env, fs, io,
    path::{Path, PathBuf},
    process::Command,
};

use zoom_chat_reports_codegen::spec_path;

/// Exactly these versions, so that a new rule of theirs does not fail a build of ours.
pub const TOOLS: [Tool; 3] = [
    Tool {
        package: "openapi-spec-validator",
        version: "0.9.0",
        registry: Registry::PyPi,
        binary: "bin/openapi-spec-validator",
        arguments: &[],
        variables: &[],
    },
    Tool {
        package: "@redocly/cli",
        version: "2.77.0",
        registry: Registry::Npm,
        binary: "node_modules/.bin/redocly",
        arguments: &["lint", "--extends=recommended"],
        variables: &[
            ("REDOCLY_TELEMETRY", "off"),
            ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
        ],
    },
    Tool {
        package: "@stoplight/spectral-cli",
        version: "6.16.3",
        registry: Registry::Npm,
        binary: "node_modules/.bin/spectral",
        arguments: &["lint", "--fail-severity=error", "--ruleset=rules.yaml"],
        variables: &[],
    },
];

/// Spectral has no rules unless a file names them.
const RULES: &str = "extends: ['spectral:oas']\n";
/// Its presence says that the installation was completed.
const COMPLETE: &str = "complete";

/// A program that judges an OpenAPI document.
pub struct Tool {
    pub package: &'static str,
    version: &'static str,
    registry: Registry,
    /// Where it lies in the folder of its installation.
    binary: &'static str,
    /// What goes before the document.
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
}

#[derive(Clone, Copy)]
enum Registry {
    PyPi,
    Npm,
    /// Where nothing can be had from.
    #[cfg(test)]
    Nowhere,
}

/// How a step ended.
#[derive(Debug, PartialEq, Eq)]
pub enum Outcome {
    Passed,
    Failed,
    /// The tool cannot be had; the text says why.
    NotRun(String),
}

impl Tool {
    /// Installs the tool if it is not there yet, and lets it judge the document.
    pub fn check(&self) -> io::Result<Outcome> {
        let folder = self.folder();
        if !folder.join(COMPLETE).exists()
            && let Err(reason) = self.install(&folder)
        {
            return Ok(Outcome::NotRun(reason));
        }
        fs::write(folder.join("rules.yaml"), RULES)?;
        let status = Command::new(folder.join(self.binary))
            .args(self.arguments)
            .arg(spec_path().canonicalize()?)
            .envs(self.variables.iter().copied())
            .current_dir(&folder)
            .status();
        Ok(match status {
            Ok(status) if status.success() => Outcome::Passed,
            Ok(_) => Outcome::Failed,
            // For instance a Python that is gone since.
            Err(error) => Outcome::NotRun(format!("it cannot be started: {error}")),
        })
    }

    fn folder(&self) -> PathBuf {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
        let name = self.package.replace(['@', '/'], "");
        root()
            .join(target)
            .join("tools")
            .join(format!("{name}-{}", self.version))
    }

    fn install(&self, folder: &Path) -> Result<(), String> {
        let cannot = |error: io::Error| format!("{}: {error}", folder.display());
        if folder.exists() {
            fs::remove_dir_all(folder).map_err(cannot)?;
        }
        fs::create_dir_all(folder).map_err(cannot)?;
        let (package, version) = (self.package, self.version);
        match self.registry {
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

/// Runs a command of the installation; the text says which one failed.
fn succeed(command: &mut Command) -> Result<(), String> {
    let program = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{program}` cannot install it: {status}")),
        Err(error) => Err(format!("`{program}` cannot be started: {error}")),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

#[cfg(test)]
mod tests {
    use super::{Outcome, Registry, TOOLS, Tool};

    #[test]
    fn a_tool_that_cannot_be_had_is_not_run_rather_than_passed() {
        let [tool, ..] = TOOLS;
        let tool = Tool {
            package: "none",
            registry: Registry::Nowhere,
            ..tool
        };
        let Ok(Outcome::NotRun(reason)) = tool.check() else {
            panic!("not run");
        };
        assert!(reason.contains("no-such-program"), "{reason}");
    }
}

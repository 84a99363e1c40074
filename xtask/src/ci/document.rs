//! Checks the OpenAPI document with validators that others wrote.

use std::{fs, process::Command};

use zoom_chat_reports_codegen::spec_path;

use super::{
    outcome::Outcome,
    tools::{Registry, Tool},
};

/// All validators of the document.
pub const VALIDATORS: [Validator; 3] = [
    Validator {
        tool: Tool {
            package: "openapi-spec-validator",
            version: "0.9.0",
            registry: Registry::PyPi,
            binary: "bin/openapi-spec-validator",
        },
        arguments: &[],
        variables: &[],
    },
    Validator {
        tool: Tool {
            package: "@redocly/cli",
            version: "2.77.0",
            registry: Registry::Npm,
            binary: "node_modules/.bin/redocly",
        },
        arguments: &["lint", "--extends=recommended"],
        variables: &[
            ("REDOCLY_TELEMETRY", "off"),
            ("REDOCLY_SUPPRESS_UPDATE_NOTICE", "true"),
        ],
    },
    Validator {
        tool: Tool {
            package: "@stoplight/spectral-cli",
            version: "6.16.3",
            registry: Registry::Npm,
            binary: "node_modules/.bin/spectral",
        },
        arguments: &["lint", "--fail-severity=error", "--ruleset=rules.yaml"],
        variables: &[],
    },
];

/// Spectral has no rules unless a file names them.
const RULES: &str = "extends: ['spectral:oas']\n";

/// A program that validates an OpenAPI document.
pub struct Validator {
    pub tool: Tool,
    /// The arguments before the path of the document.
    arguments: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
}

impl Validator {
    /// Runs it on the document.
    pub fn validate(&self) -> anyhow::Result<Outcome> {
        let folder = match self.tool.installed() {
            Ok(folder) => folder,
            Err(reason) => return Ok(Outcome::NotRun(reason)),
        };
        fs::write(folder.join("rules.yaml"), RULES)?;
        let mut command = Command::new(folder.join(self.tool.binary));
        command
            .args(self.arguments)
            .arg(spec_path().canonicalize()?)
            .envs(self.variables.iter().copied())
            .current_dir(&folder);
        Ok(Outcome::of(&mut command))
    }
}

//! Packs the crates as they would be published, checks the packages, and builds from them alone.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Error, ensure};
use zoom_chat_reports_codegen::spec_path;

use crate::workspace::{cargo, root, say, succeed, target};

/// The published crates. Each has the version of the workspace.
pub const CRATES: [&str; 7] = [
    "zoom-chat-reports-codegen",
    "zoom-chat-reports-api",
    "zoom-chat-reports-httpmock",
    "zoom-chat-reports",
    "zoom-chat-reports-sandbox",
    "zoom-chat-archive",
    "zoom-chat-cli",
];
/// The crates that are generated from the document and so contain it.
const GENERATED: [&str; 2] = ["zoom-chat-reports-api", "zoom-chat-reports-httpmock"];
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Packs all crates and checks that no package lacks a file.
pub fn pack() -> anyhow::Result<()> {
    let mut command = cargo();
    // Cargo would build each package alone; `build` takes less time.
    command.args(["package", "--quiet", "--allow-dirty", "--no-verify"]);
    command.args(CRATES.iter().flat_map(|name| ["-p", name]));
    succeed(command.env("CARGO_TARGET_DIR", target())).map_err(Error::msg)?;
    let unpacked = emptied(&unpacked())?;
    for name in CRATES {
        let archive = target().join(format!("package/{name}-{VERSION}.crate"));
        let mut tar = Command::new("tar");
        tar.arg("-xzf").arg(&archive).arg("-C").arg(&unpacked);
        succeed(&mut tar).map_err(Error::msg)?;
        let folder = unpacked.join(format!("{name}-{VERSION}"));
        check(name, &folder)?;
        say(&format!(
            "{name}: {} files, {} KiB packed",
            count_files(&folder)?,
            archive.metadata()?.len() / 1024
        ));
    }
    Ok(())
}

/// Builds the packages without a network, and runs the tests of a crate that depends on them.
pub fn build() -> anyhow::Result<()> {
    pack()?;
    let folder = unpacked();
    copy(&root().join("tests/downstream"), &folder.join("downstream"))?;
    fs::write(folder.join("Cargo.toml"), manifest())?;
    // The versions of this repository; users may get newer ones.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    for step in [
        "build --workspace --bins --examples",
        "test -p downstream",
        "test -p zoom-chat-reports --example testing",
        "run -p zoom-chat-cli -- messages --all --sandbox=sessions=2,messages=100 --from today --summary /dev/null",
    ] {
        say(&format!("on the packages: cargo {step}"));
        let mut command = cargo();
        command
            .args(step.split(' '))
            .env("CARGO_NET_OFFLINE", "true");
        command.env("CARGO_TARGET_DIR", target().join("package/target"));
        succeed(command.current_dir(&folder)).map_err(Error::msg)?;
    }
    Ok(())
}

/// The manifest of a workspace in which each package finds the others.
fn manifest() -> String {
    let members: String = CRATES
        .iter()
        .map(|name| format!("    \"{name}-{VERSION}\",\n"))
        .collect();
    let patches: String = CRATES
        .iter()
        .map(|name| format!("{name} = {{ path = \"{name}-{VERSION}\" }}\n"))
        .collect();
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\n{members}    \"downstream\",\n]\n\n[patch.crates-io]\n{patches}"
    )
}

fn check(name: &str, folder: &Path) -> anyhow::Result<()> {
    for file in ["README.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        let length = fs::metadata(folder.join(file)).map(|it| it.len());
        // A link that was not followed is a few bytes.
        ensure!(length.unwrap_or(0) > 100, "{name} is packed without {file}");
    }
    if GENERATED.contains(&name) {
        let packed = fs::read(folder.join("zoom-chat-reports.yaml"))
            .with_context(|| format!("{name} is packed without its document"))?;
        ensure!(
            packed == fs::read(spec_path())?,
            "the document in the package of {name} is not that of spec/"
        );
    }
    Ok(())
}

fn unpacked() -> PathBuf {
    target().join("package/unpacked")
}

fn emptied(folder: &Path) -> anyhow::Result<PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder)?;
    }
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

fn count_files(folder: &Path) -> anyhow::Result<usize> {
    let mut count = 0;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        count += if path.is_dir() {
            count_files(&path)?
        } else {
            1
        };
    }
    Ok(count)
}

fn copy(from: &Path, to: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let path = entry?.path();
        let to = to.join(path.file_name().context("a file has a name")?);
        if path.is_dir() {
            copy(&path, &to)?;
        } else {
            fs::copy(&path, &to)?;
        }
    }
    Ok(())
}

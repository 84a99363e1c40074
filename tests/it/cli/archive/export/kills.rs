//! Exports that are killed.

use super::*;

/// Kills at moments that are spread over the time that an export takes.
const KILLS: u32 = 20;

fn start(archive: &str, out: &Path, more: &[&str]) -> std::process::Child {
    let mut command = program(&["export", archive, "--quiet", "--unverified"]);
    command.args(ALL).args(more).arg("--out").arg(out);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// How long an export takes here.
fn takes(archive: &str, out: &Path, more: &[&str]) -> Duration {
    let began = std::time::Instant::now();
    assert!(start(archive, out, more).wait().unwrap().success());
    began.elapsed()
}

#[test]
fn a_killed_export_leaves_nothing_that_looks_whole() {
    let (folder, archive, out) = archived(NOW);
    let whole = takes(&archive, &out, &[]);
    let expected = tree(&out).len();
    let (mut killed, mut begun) = (0, 0);
    for round in 0..KILLS {
        let out = folder.path().join(format!("out{round}"));
        let mut child = start(&archive, &out, &[]);
        std::thread::sleep(whole * round / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        if out.exists() {
            // It was whole before the kill came.
            assert_whole(&out);
            assert_eq!(tree(&out).len(), expected);
        } else {
            killed += 1;
        }
    }
    for entry in folder.path().read_dir().unwrap().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.contains(".part-") {
            begun += 1;
        } else {
            assert!(name == "demo" || name.starts_with("out"), "{name}");
        }
    }
    assert!(killed > 2 && begun > 0, "{killed} killed, {begun} begun");
}

#[cfg(unix)]
#[test]
fn an_export_that_a_signal_stops_leaves_nothing() {
    let (folder, archive, out) = archived(NOW);
    let names = || {
        let entries = folder.path().read_dir().unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        names.collect::<Vec<_>>()
    };
    let before = names();
    let mut stopped = 0;
    for signal in ["INT", "TERM"].into_iter().cycle().take(50) {
        let mut child = start(&archive, &out, &[]);
        while !names().iter().any(|name| name.contains(".part-")) {
            if child.try_wait().unwrap().is_some() {
                break;
            }
        }
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.is_ok());
        let code = child.wait().unwrap().code().expect("it ends in order");
        match code {
            0 => std::fs::remove_dir_all(&out).unwrap(),
            code => {
                assert_eq!(code, if signal == "INT" { 130 } else { 143 });
                stopped += 1;
            }
        }
        assert_eq!(names(), before);
        if stopped == 4 {
            return;
        }
    }
    panic!("only {stopped} exports were stopped");
}

#[test]
fn a_killed_supplement_leaves_the_matter_as_it_was_or_as_it_will_be() {
    let (folder, archive, out) = archived(NOW);
    export(&archive, &out, &["--quiet"], 0);
    let former = tree(&out);
    document(&["sync", &archive, LATER, "--json"], 0);
    let copy = |name: String| {
        let copy = folder.path().join(name);
        let status = Command::new("cp").arg("-a").arg(&out).arg(&copy).status();
        assert!(status.unwrap().success());
        copy
    };
    let first = copy("first".to_owned());
    let whole = takes(&archive, &first, &["--supplement"]);
    let later = tree(&first).len();
    let mut kept = 0;
    for round in 0..KILLS {
        let out = copy(format!("out{round}"));
        let mut child = start(&archive, &out, &["--supplement"]);
        std::thread::sleep(whole * round / KILLS);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_whole(&out);
        let now = tree(&out);
        match now.len() {
            number if number == later => {}
            _ => {
                kept += 1;
                assert!(now == former);
            }
        }
        // The next one succeeds, or finds nothing new.
        if round % 8 == 0 {
            export(&archive, &out, &["--supplement", "--quiet"], 0);
            assert_eq!(tree(&out).len(), later);
        }
    }
    assert!(kept > 2, "{kept}");
}

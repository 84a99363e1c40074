//! Disks that end, archives that grow meanwhile.

use super::*;

#[cfg(unix)]
#[test]
fn a_full_disk_is_exit_1_and_leaves_nothing() {
    let (folder, archive, out) = archived(NOW);
    // No file may have more than 64 KiB; the signal for that is ignored, so that writing fails.
    let command = format!(
        "trap '' XFSZ; ulimit -f {}; exec \"$@\"",
        if cfg!(target_os = "macos") { 128 } else { 64 }
    );
    let mut limited = Command::new("sh");
    limited.args([
        "-c",
        &command,
        "sh",
        env!("CARGO_BIN_EXE_zoom-chat-under-test"),
    ]);
    limited
        .args(["export", &archive])
        .args(ALL)
        .arg("--out")
        .arg(&out);
    let output = limited.output().unwrap();
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    assert!(
        stderr(&output).contains("hint: free some disk space"),
        "{}",
        stderr(&output)
    );
    assert_eq!(folder.path().read_dir().unwrap().count(), 1);
}

#[test]
fn an_export_beside_a_sync_is_of_one_instant() {
    let (_folder, archive, out) = archived(NOW);
    let slow = format!("{LATER},latency_ms=50");
    let mut sync = program(&["sync", &archive, &slow, "--quiet"]);
    let mut sync = sync
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let (mut number, mut told) = (0, Vec::new());
    while sync.try_wait().unwrap().is_none() && number < 20 {
        let out = out.with_extension(number.to_string());
        let place = out.to_str().unwrap();
        let output = run(&[&["export", &archive, "--quiet", "--out", place], &ALL[..]].concat());
        // The end of what is asked for is what the archive proves, so only stretches under way may be missing.
        assert!([0, 3].contains(&code(&output)), "{}", stderr(&output));
        assert_whole(&out);
        told.push((manifest(&out)["ledger_rows"].as_i64(), records(&out).len()));
        number += 1;
    }
    assert!(sync.wait().unwrap().success());
    assert!(number > 0, "the sync ended too early");
    // What the rows witness of which the manifest tells, and nothing of later ones.
    let db = database(&archive);
    let sql = "SELECT count(*) FROM entries WHERE unit IN (SELECT unit FROM ledger WHERE no <= ?1)";
    for (rows, entries) in told {
        let expected: usize = db.query_row(sql, [rows], |row| row.get(0)).unwrap();
        assert_eq!(entries, expected, "{rows:?}");
    }
}

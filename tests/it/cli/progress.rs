//! How far a run is, on a terminal of any width.

use super::*;

/// What the program draws on a terminal of this width while it reads slowly.
#[cfg(target_os = "linux")]
fn drawn(columns: u16) -> String {
    use rustix::{
        pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt},
        termios::{Winsize, tcsetwinsize},
    };

    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap();
    let mut options = File::options();
    let side = options.read(true).write(true).open(path.to_str().unwrap());
    let mut child = program(&["messages", "--all"])
        .args(["--plan", "business", "--from", "2026-08-01"])
        .arg("--sandbox=sessions=9,messages=900,latency_ms=30,fault=messages:nth=3:status=429:header=Retry-After=2")
        .env("TERM", "xterm")
        .stdout(Stdio::null())
        .stderr(Stdio::from(side.unwrap()))
        .spawn()
        .unwrap();
    let mut drawn = Vec::new();
    let mut terminal = File::from(terminal);
    let mut buffer = [0; 4096];
    // Reading fails when the last user of the other side has gone.
    while let Ok(length @ 1..) = terminal.read(&mut buffer) {
        drawn.extend_from_slice(&buffer[..length]);
    }
    assert_eq!(child.wait().unwrap().code(), Some(0));
    String::from_utf8(drawn).unwrap()
}

#[cfg(target_os = "linux")]
#[test]
fn progress_fits_any_terminal_and_leaves_no_half_line() {
    for columns in [40, 80, 200] {
        let drawn = drawn(columns);
        let (bars, end) = drawn.split_once("summary").unwrap();
        for frame in bars.split(['\r', '\n']) {
            let width = visible(frame).chars().count();
            assert!(width <= columns.into(), "{width} of {columns}: {frame:?}");
        }
        assert!(bars.contains("Zoom's rate limit is"), "{bars:?}");
        assert!(bars.contains("listing sessions"), "{bars:?}");
        // The bar is wiped away before the summary, which has a line of its own.
        assert!(
            visible(bars)
                .rsplit(['\r', '\n'])
                .next()
                .unwrap()
                .trim()
                .is_empty(),
            "{bars:?}"
        );
        assert!(end.contains("  messages "), "{end}");
    }
}

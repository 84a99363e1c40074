//! How far a run is, on a terminal of any width.

use super::*;

/// What the program draws on a terminal of this width while it reads slowly.
#[cfg(target_os = "linux")]
fn drawn(columns: u16) -> String {
    let (terminal, side) = terminal(columns);
    let mut child = program(&["messages", "--all"])
        .args(["--plan", "business", "--from", "2026-08-01"])
        .arg("--sandbox=sessions=9,messages=900,latency_ms=30,fault=messages:nth=3:status=429:header=Retry-After=2")
        .env("TERM", "xterm")
        .stdout(Stdio::null())
        .stderr(Stdio::from(side))
        .spawn()
        .unwrap();
    let drawn = drawn_on(terminal);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    drawn
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

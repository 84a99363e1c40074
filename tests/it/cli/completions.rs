//! Completion in real shells; a shell that is not installed is skipped with a sentence.

use super::*;

/// What `shell` offers for each command line, by a script that prints one line for each.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn offered(shell: &str, driver: &str) -> Option<String> {
    if Command::new(shell).arg("--version").output().is_err() {
        eprintln!("{shell} is not installed: its completion is not tried");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("chats")).unwrap();
    std::fs::write(folder.path().join("chats.txt"), "").unwrap();
    let script = run(&["completions", shell]);
    assert_eq!(code(&script), 0);
    let name = folder.path().join("_zoom-chat");
    std::fs::write(&name, &script.stdout).unwrap();
    let output = Command::new(shell)
        .args(if shell == "fish" {
            &["--no-config", "-c"][..]
        } else {
            &["-c"]
        })
        .arg(driver)
        .env("SCRIPT", &name)
        .env("FOLDER", folder.path())
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said, "", "{shell}");
    Some(String::from_utf8(output.stdout).unwrap())
}

const BASH: &str = r#"
source "$SCRIPT"
# Only a running completion may change its options, so they are printed.
compopt() { options=" ($*)"; }
offer() {
    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=() options=
    _zoom__chat "$1" "${!#}" "${COMP_WORDS[COMP_CWORD - 1]}"
    echo "$* => ${COMPREPLY[*]}$options"
}
offer zoom-chat ver
offer zoom-chat verify --expect
offer zoom-chat messages --plan ""
offer zoom-chat messages --plan b
offer zoom-chat messages --share ""
offer zoom-chat verify ""
offer zoom-chat verify ch
offer zoom-chat messages --all --archive ""
offer zoom-chat schema sync
offer /usr/local/bin/zoom-chat sandbox --li
"#;

#[test]
fn bash_completes_subcommands_options_values_and_folders() {
    let Some(offered) = offered("bash", BASH) else {
        return;
    };
    let lines: Vec<&str> = offered.lines().collect();
    assert_eq!(
        lines,
        [
            "zoom-chat ver => verify",
            "zoom-chat verify --expect => --expect-head",
            "zoom-chat messages --plan  => free pro business",
            "zoom-chat messages --plan b => business",
            "zoom-chat messages --share  =>  (-o nospace)",
            "zoom-chat verify  => chats (-o filenames)",
            "zoom-chat verify ch => chats (-o filenames)",
            "zoom-chat messages --all --archive  =>  (-o plusdirs)",
            "zoom-chat schema sync => sync-plan sync",
            "/usr/local/bin/zoom-chat sandbox --li => --listen",
        ]
    );
}

const FISH: &str = r#"
source $SCRIPT
for line in "zoom-chat ver" "zoom-chat verify --expect" "zoom-chat messages --plan " "zoom-chat verify ch" "zoom-chat messages --all --archive ch"
    echo "$line =>" (complete -C "$line" | string replace -r '\t.*' '')
end
"#;

#[test]
fn fish_completes_subcommands_options_values_and_folders() {
    let Some(offered) = offered("fish", FISH) else {
        return;
    };
    let lines: Vec<&str> = offered.lines().collect();
    assert_eq!(lines[0], "zoom-chat ver => verify");
    assert_eq!(lines[1], "zoom-chat verify --expect => --expect-head");
    assert_eq!(lines[2], "zoom-chat messages --plan  => business free pro");
    assert!(lines[3].contains("chats/"), "{}", lines[3]);
    assert_eq!(lines[4], "zoom-chat messages --all --archive ch => chats/");
}

/// Types into a shell of its own and prints what it lists.
const ZSH: &str = r#"
zmodload zsh/zpty
fpath=($FOLDER $fpath)
zpty shell zsh -f -i
zpty -w shell "fpath=($FOLDER \$fpath); PS1=; autoload -U compinit; compinit -u -D; zstyle ':completion:*' list-prompt ''; LISTMAX=0; stty -echo; setopt auto_list"
for line in "zoom-chat verify --expect" "zoom-chat messages --all --plan " "zoom-chat verify ch"; do
    sleep 0.5
    zpty -w -n shell "$line"$'\t'
    sleep 1
    zpty -w -n shell $'\x03'
done
sleep 0.5
zpty -r -t shell all '*' 2>/dev/null
while zpty -r -t shell more; do all+=$more; done
print -r -- "$all"
zpty -d shell
"#;

#[test]
fn zsh_completes_options_values_and_folders() {
    let Some(offered) = offered("zsh", ZSH) else {
        return;
    };
    let offered = visible(&offered);
    for expected in ["--expect-head", "business", "chats/"] {
        assert!(offered.contains(expected), "{expected}: {offered}");
    }
    assert!(!offered.contains("chats.txt"), "{offered}");
}

//! The generated sources, for reviewers, and what the views of the spec promise.

use std::fs;

use zoom_chat_reports_codegen::{Document, Output, spec_path};

fn source(output: Output) -> String {
    output
        .source(&Document::read(&spec_path()).unwrap())
        .unwrap()
}

fn changed(from: &str, to: &str) -> Document {
    let text = fs::read_to_string(spec_path()).unwrap();
    assert!(text.contains(from), "the spec no longer holds `{from}`");
    Document::parse("changed.yaml", &text.replacen(from, to, 1)).unwrap()
}

#[test]
fn generated_client() {
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("generated_client", source(Output::Client));
    });
}

#[test]
fn generated_mock() {
    insta::with_settings!({prepend_module_to_snapshot => false}, {
        insta::assert_snapshot!("generated_mock", source(Output::Mock));
    });
}

#[test]
fn a_changed_description_changes_the_generated_source() {
    let document = changed("description: The text.", "description: The words.");
    assert_ne!(
        Output::Client.source(&document).unwrap(),
        source(Output::Client)
    );
}

#[test]
fn an_optional_field_added_to_the_spec_reaches_the_typed_message() {
    let document = changed(
        "        forward_id:\n",
        "        emoji_actions:\n          type: string\n          nullable: true\n          \
         description: New.\n        forward_id:\n",
    );
    let client = Output::Client.source(&document).unwrap();
    assert!(client.contains("pub emoji_actions: ::std::option::Option<::std::string::String>"));
}

#[test]
fn debug_of_generated_types_shows_no_text() {
    let client = source(Output::Client);
    let types =
        &client[client.find("pub mod types").unwrap()..client.find("pub mod builder").unwrap()];
    for line in types.lines().filter(|line| line.contains("derive(")) {
        assert!(!line.contains("Debug"), "{line}");
    }
}

#[test]
fn a_view_whose_target_is_gone_says_what_to_mend() {
    let document = changed(
        "        deleted_messages:\n          type: array",
        "        removed_messages:\n          type: array",
    );
    let error = Output::Client.source(&document).unwrap_err().to_string();
    assert!(error.contains("deleted_messages"), "{error}");
    assert!(error.contains("capture_items"), "{error}");
}

#[test]
fn an_unreadable_spec_is_named_with_file_and_line() {
    let error = Document::parse("spec/x.yaml", "openapi: 3.0.3\ninfo:\n  title: [\n")
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("spec/x.yaml:"), "{error}");
    let line: String = error["spec/x.yaml:".len()..]
        .chars()
        .take_while(char::is_ascii_digit)
        .collect();
    assert!(line.parse::<u32>().is_ok_and(|line| line >= 3), "{error}");
}

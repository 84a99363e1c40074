//! Generates the mock helpers from `spec/zoom-chat-reports.yaml`.

use zoom_chat_reports_codegen::{Output, write_to_out_dir};

fn main() {
    write_to_out_dir(Output::Mock);
}

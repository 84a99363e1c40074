//! The program `zoom-chat`, for the tests that run it.
fn main() -> std::process::ExitCode {
    zoom_chat_cli::run()
}

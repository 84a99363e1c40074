//! The checks for any body that is taken for a page of messages.

use zoom_chat_reports_api::{Answer, Captured, Expected, MessageKeys, types};

/// Reads a body as the client does. It may be refused, but nothing may panic, and nothing may be altered.
pub fn check(body: &[u8]) {
    let Ok(answer) = serde_json::from_slice::<Answer<types::ChatMessagesPage>>(body) else {
        return;
    };
    let text = std::str::from_utf8(body).expect("JSON that was read is UTF-8");
    assert_eq!(answer.raw(), text.trim_matches([' ', '\n', '\r', '\t']));
    let judged = answer.judged(&Expected::MESSAGES);
    assert_eq!(judged, Expected::MESSAGES.judge(answer.raw()));
    match answer.typed() {
        Ok(page) => {
            let arrays = [
                &page.messages,
                &page.edited_messages,
                &page.deleted_messages,
            ];
            for item in arrays.into_iter().flatten().flatten() {
                check_item(item, text);
            }
            let _ = format!("{page:?}");
        }
        Err(error) => {
            let _ = format!("{error} {error:?}");
        }
    }
}

fn check_item(item: &Captured<types::ChatMessage>, text: &str) {
    assert!(text.contains(item.raw()), "an item is kept byte for byte");
    let keys = MessageKeys::of(item);
    let _ = keys.sent_at();
    let _ = keys.modified_at();
    match item.typed() {
        Ok(message) => {
            // The two ways to the keys agree.
            assert_eq!(keys, MessageKeys::read(item.raw()));
            let _ = message.thread_key();
            let _ = message.person_key();
            if let Some(bot) = &message.bot_message {
                let _ = bot.decoded_content();
            }
        }
        Err(error) => {
            let _ = format!("{error} {error:?}");
        }
    }
}

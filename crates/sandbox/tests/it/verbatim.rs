//! Odd items that must survive byte for byte, and answers that never change.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::client::start;

#[tokio::test]
async fn quirks_are_in_a_few_items_and_can_be_switched_off() {
    let oddities = [
        "\"x_future\":",
        "\"forward_id\":null",
        "\"score\":1.50",
        "\"weight\":1e3",
        "\"is_sender_external\":\"yes\"",
        "\"sender_display_name\":42",
        "\"files\":{}",
        "\\ud83d\"",
        "\"id\" : \"",
        "\\u0022",
        "\"reply_main_message_timestamp\":\"",
        "<script>alert(1)</script>",
        "\\u001b[31m",
    ];
    for (quirks, expected) in [("yes", true), ("no", false)] {
        let client = start(&format!("plan=unlimited,quirks={quirks}")).await;
        let mut all = String::new();
        for from in ["2026-08-01", "2026-09-01", "2026-10-01"] {
            let to = from.replace("-01", "-28");
            let query = format!("from={from}&to={to}&page_size=100");
            let target = client.report(&client.first_session(), &query);
            let mut token = String::new();
            loop {
                let page = client
                    .get(&format!("{target}&next_page_token={token}"))
                    .await;
                assert_eq!(page.status, 200);
                all.push_str(page.text());
                match page.text().split("\"next_page_token\":\"").nth(1) {
                    Some(rest) if !rest.starts_with('"') => {
                        token = rest.split('"').next().unwrap().to_owned();
                    }
                    _ => break,
                }
            }
        }
        for oddity in oddities {
            assert_eq!(all.contains(oddity), expected, "{quirks}: {oddity}");
        }
    }
}

/// An object that refuses a second member of the same name.
struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        struct Keys;
        impl<'de> Visitor<'de> for Keys {
            type Value = UniqueKeys;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<UniqueKeys, M::Error> {
                let mut seen = HashSet::new();
                while let Some((key, _)) = map.next_entry::<String, &RawValue>()? {
                    if !seen.insert(key.clone()) {
                        return Err(M::Error::custom(format!("twice: {key}")));
                    }
                }
                Ok(UniqueKeys)
            }
        }
        input.deserialize_map(Keys)
    }
}

#[derive(Deserialize)]
struct Page<'a> {
    #[serde(borrow)]
    messages: Vec<&'a RawValue>,
    #[serde(borrow)]
    edited_messages: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    deleted_messages: Option<Vec<&'a RawValue>>,
}

#[tokio::test]
async fn every_item_is_json_that_names_no_field_twice() {
    let client = start("plan=unlimited,quirks=yes,messages=60000").await;
    let query = "page_size=100&include_bot_message=true&include_reactions=true\
                 &include_custom_emoji_reactions=true\
                 &include_fields=edited_messages,deleted_messages";
    let mut items = 0;
    for id in client.sandbox.session_ids().iter().take(6) {
        for day in 1..=20 {
            let dates = format!("from=2026-11-{day:02}&to=2026-11-{day:02}");
            let answer = client
                .get(&client.report(id, &format!("{dates}&{query}")))
                .await;
            let page: Page<'_> = serde_json::from_slice(&answer.body).unwrap();
            let changed = page
                .edited_messages
                .into_iter()
                .chain(page.deleted_messages);
            for item in changed.flatten().chain(page.messages) {
                items += 1;
                assert!(
                    serde_json::from_str::<UniqueKeys>(item.get()).is_ok(),
                    "{item}"
                );
            }
        }
    }
    assert!(items > 3000, "{items}");
}

#[tokio::test]
async fn the_same_question_gives_the_same_bytes_but_for_signatures() {
    let one = start("plan=unlimited").await;
    let two = start("plan=unlimited,latency_ms=1").await;
    let query = "from=2026-10-25&to=2026-11-20&page_size=100&include_reactions=true";
    let target = one.report(&one.first_session(), query);
    let strip = |text: &str| -> String {
        text.split("\"download_url\":\"")
            .enumerate()
            .map(|(n, part)| {
                if n == 0 {
                    part
                } else {
                    part.split_once('"').unwrap().1
                }
            })
            .collect()
    };
    let (first, second) = (one.get(&target).await, two.get(&target).await);
    assert!(first.body.len() > 10_000);
    assert_eq!(strip(first.text()), strip(second.text()));
}

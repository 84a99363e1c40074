//! The query of a report: reading and validating it.

use chrono::NaiveDate;

use crate::http::call::value;
use crate::http::reply::Reply;

/// The parameters of both reports.
#[derive(Clone, Debug)]
pub(crate) struct Params {
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) page_size: usize,
    pub(crate) page_token: Option<String>,
    pub(crate) edited: bool,
    pub(crate) deleted: bool,
    pub(crate) bots: bool,
    pub(crate) reactions: bool,
    pub(crate) custom_reactions: bool,
    pub(crate) all_modifications: bool,
}

const COMMON: [&str; 4] = ["from", "to", "page_size", "next_page_token"];
const OF_MESSAGES: [&str; 5] = [
    "include_fields",
    "include_bot_message",
    "include_reactions",
    "include_custom_emoji_reactions",
    "query_all_modifications",
];

/// The parameters of a query that a report does not know.
pub(crate) fn unknown_parameters(query: &[(String, String)], messages: bool) -> Vec<&str> {
    query
        .iter()
        .map(|(name, _)| name.as_str())
        .filter(|name| {
            let known = COMMON.contains(name) || (messages && OF_MESSAGES.contains(name));
            !known
        })
        .collect()
}

impl Params {
    /// Reads a query; the answer for a bad one names every bad field.
    pub(crate) fn read(query: &[(String, String)], messages: bool) -> Result<Self, Reply> {
        let mut reader = Reader {
            query,
            errors: Vec::new(),
        };
        let (from, to) = (reader.date("from"), reader.date("to"));
        let page_size = reader.page_size(if messages { 100 } else { 300 });
        let [edited, deleted] = if messages {
            reader.fields()
        } else {
            [false; 2]
        };
        let mut flag = |name| messages && reader.flag(name);
        let params = Self {
            from,
            to,
            page_size,
            page_token: value(query, "next_page_token")
                .filter(|token| !token.is_empty())
                .map(str::to_owned),
            edited,
            deleted,
            bots: flag("include_bot_message"),
            reactions: flag("include_reactions"),
            custom_reactions: flag("include_custom_emoji_reactions"),
            all_modifications: flag("query_all_modifications"),
        };
        if reader.errors.is_empty() {
            Ok(params)
        } else {
            Err(Reply::invalid(&reader.errors))
        }
    }
}

/// Reads one parameter after the other, and collects what is wrong with them. A bad value is
/// replaced by any valid one.
struct Reader<'a> {
    query: &'a [(String, String)],
    errors: Vec<(&'static str, String)>,
}

impl Reader<'_> {
    fn date(&mut self, name: &'static str) -> NaiveDate {
        let message = match value(self.query, name) {
            None | Some("") => "This field is required.",
            Some(text) => match read_date(text) {
                Some(date) => return date,
                None => "Not a date of the form yyyy-mm-dd.",
            },
        };
        self.errors.push((name, message.to_owned()));
        NaiveDate::MIN
    }

    fn page_size(&mut self, most: usize) -> usize {
        match value(self.query, "page_size").map(str::parse::<usize>) {
            None => 30,
            Some(Ok(size)) if (1..=most).contains(&size) => size,
            Some(_) => {
                let message = format!("Not a number from 1 to {most}.");
                self.errors.push(("page_size", message));
                30
            }
        }
    }

    /// Whether edited and deleted messages are to be included.
    fn fields(&mut self) -> [bool; 2] {
        let [mut edited, mut deleted] = [false; 2];
        let fields = value(self.query, "include_fields").unwrap_or_default();
        for field in fields.split(',') {
            match field.trim() {
                "edited_messages" => edited = true,
                "deleted_messages" => deleted = true,
                "" => {}
                _ => self.errors.push((
                    "include_fields",
                    "Only edited_messages and deleted_messages can be included.".to_owned(),
                )),
            }
        }
        [edited, deleted]
    }

    fn flag(&mut self, name: &'static str) -> bool {
        match value(self.query, name) {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => {
                self.errors
                    .push((name, "Neither true nor false.".to_owned()));
                false
            }
        }
    }
}

/// Exactly ten characters: chrono alone would take `2026-1-5` too.
fn read_date(text: &str) -> Option<NaiveDate> {
    (text.len() == 10).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::Params;

    fn read(query: &str, messages: bool) -> Result<Params, String> {
        let pairs: Vec<(String, String)> =
            serde_urlencoded::from_str(query).expect("a readable query");
        Params::read(&pairs, messages)
            .map_err(|reply| String::from_utf8(reply.body).expect("UTF-8"))
    }

    #[test]
    fn every_bad_field_is_named() {
        let error = read(
            "from=2026-1-5&page_size=101&include_fields=x&include_reactions=1",
            true,
        )
        .expect_err("bad");
        for field in [
            "from",
            "to",
            "page_size",
            "include_fields",
            "include_reactions",
        ] {
            assert!(error.contains(&format!("\"field\":\"{field}\"")), "{error}");
        }
        assert!(error.contains("\"code\":300"));
    }

    #[test]
    fn each_report_has_its_own_largest_page() {
        let dates = "from=2026-11-01&to=2026-11-02";
        assert_eq!(read(dates, true).expect("good").page_size, 30);
        assert!(read(&format!("{dates}&page_size=100"), true).is_ok());
        assert!(read(&format!("{dates}&page_size=300"), true).is_err());
        assert!(read(&format!("{dates}&page_size=300"), false).is_ok());
        assert!(read(&format!("{dates}&page_size=301"), false).is_err());
        assert!(read(&format!("{dates}&page_size=0"), false).is_err());
    }
}

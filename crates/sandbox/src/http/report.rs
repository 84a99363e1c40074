//! The common part of both reports: dates, page tokens, the frame of a page.

mod messages;
mod page_token;
mod pager;
mod params;
mod sessions;

use chrono::{DateTime, NaiveDate, Utc};

pub(super) use params::unknown_parameters;

use super::call::Call;
use super::guard::with_headers;
use super::reply::Reply;
use page_token::PageToken;
use params::Params;

use crate::render::json::Object;
use crate::rules::{self, Answer};
use crate::settings::{ExpiredAnswer, PageTokenLife, PageTokens, Plan, Settings};
use crate::state::limit::Label;
use crate::state::lock;
use crate::view::Vanished;

/// A report request that has passed every check.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) params: Params,
    /// The page asked for. That of a first page has given no items yet.
    pub(crate) token: PageToken,
    /// The report shows the account at this instant: the clock's, or the snapshot's.
    pub(crate) as_of: DateTime<Utc>,
    /// The range selected, epoch ms, the end not included.
    pub(crate) start: i64,
    pub(crate) end: i64,
    echo: Option<(NaiveDate, NaiveDate)>,
}

impl Report {
    /// How many times messages had vanished at the instant of `as_of`.
    pub(crate) fn vanished_times(&self, settings: &Settings, vanished: &Vanished) -> usize {
        match settings.page_tokens {
            PageTokens::Snapshot => self.token.vanished,
            PageTokens::Offset | PageTokens::Key => vanished.times(),
        }
    }
}

impl Call<'_> {
    /// Answers a report: checks the request, then lets `page` write the arrays and give the
    /// token of the next page.
    pub(crate) fn report(
        &self,
        messages: bool,
        scopes: &[&str],
        page: impl FnOnce(&Report, &mut Object<'_>) -> Result<Option<PageToken>, Reply>,
    ) -> Reply {
        let headers = match self.admit(Label::Medium, scopes) {
            Ok(headers) => headers,
            Err(reply) => return reply,
        };
        let reply = self.admitted(messages, page).unwrap_or_else(|reply| reply);
        with_headers(reply, headers)
    }

    fn admitted(
        &self,
        messages: bool,
        page: impl FnOnce(&Report, &mut Object<'_>) -> Result<Option<PageToken>, Reply>,
    ) -> Result<Reply, Reply> {
        if self.shared.settings.plan == Plan::Free {
            return Err(Reply::error(
                400,
                200,
                "This report needs a paid plan, Pro or higher.",
            ));
        }
        let params = Params::read(&self.query, messages)?;
        let report = self.checked(params)?;
        let mut body = String::new();
        let mut arrays = String::new();
        let mut written = Object::open(&mut arrays, false);
        let next = page(&report, &mut written)?;
        written.close();

        let mut frame = Object::open(&mut body, false);
        if let Some((from, to)) = report.echo {
            frame.text("from", &from.to_string());
            frame.text("to", &to.to_string());
        }
        frame.number("page_size", report.params.page_size as i64);
        self.write_next(&mut frame, &report, next);
        // The arrays were written as a separate object: join the two.
        frame.splice(&arrays);
        frame.close();
        Ok(Reply::json(200, body))
    }

    fn checked(&self, params: Params) -> Result<Report, Reply> {
        let settings = &self.shared.settings;
        let question = page_token::question(settings.seed, self.path, &self.query);
        let token = match &params.page_token {
            None => PageToken {
                question,
                page: 1,
                first: self.now_ms(),
                vanished: self.shared.vanished().times(),
                issued: self.now_ms(),
                ..PageToken::default()
            },
            Some(text) => self.page_token(text, question)?,
        };
        let as_of = match settings.page_tokens {
            PageTokens::Snapshot => {
                DateTime::from_timestamp_millis(token.first).unwrap_or(self.now)
            }
            PageTokens::Offset | PageTokens::Key => self.now,
        };
        let wider = i64::from(self.fault.wide.unwrap_or_default()) * 86_400_000;
        match rules::answer(&settings.range, as_of, params.from, params.to) {
            Answer::Refused { code, message, .. } => Err(Reply::error(400, code, &message)),
            Answer::Served { start, end, echo } => Ok(Report {
                params,
                token,
                as_of,
                start: start.timestamp_millis() - wider,
                end: end.timestamp_millis() + wider,
                echo,
            }),
        }
    }

    fn page_token(&self, text: &str, question: u64) -> Result<PageToken, Reply> {
        let settings = &self.shared.settings;
        let life = i64::try_from(settings.page_token_ttl.saturating_mul(1000)).unwrap_or(i64::MAX);
        PageToken::decode(settings.seed, text)
            .filter(|token| token.question == question)
            .filter(|token| {
                let since = match settings.page_token_life {
                    PageTokenLife::Own => token.issued,
                    PageTokenLife::First => token.first,
                };
                self.now_ms() < since.saturating_add(life)
            })
            .filter(|_| !lock(&self.shared.revoked_pages).contains(text))
            .ok_or_else(|| {
                lock(&self.shared.stats).stats.page_tokens_refused += 1;
                expired(settings.expired_answer)
            })
    }

    /// An empty token on the last page; sometimes null or absent, which mean the same.
    fn write_next(&self, frame: &mut Object<'_>, report: &Report, next: Option<PageToken>) {
        let settings = &self.shared.settings;
        let endless = self.fault.endless_pages.then(|| PageToken {
            page: report.token.page + 1,
            skip: usize::MAX,
            place: (i64::MAX, u64::MAX),
            ..report.token
        });
        match next.or(endless) {
            Some(next) => {
                let next = PageToken {
                    issued: self.now_ms(),
                    ..next
                };
                frame.text("next_page_token", &next.encode(settings.seed));
            }
            None => match report.token.question % 12 {
                0 if settings.quirks => frame.raw("next_page_token", "null"),
                1 if settings.quirks => {}
                _ => frame.text("next_page_token", ""),
            },
        }
    }

    /// The number of the page asked for, from 1.
    pub(crate) fn page_number(&self) -> u32 {
        self.value("next_page_token")
            .and_then(|text| PageToken::decode(self.shared.settings.seed, text))
            .map_or(1, |token| token.page)
    }
}

fn expired(answer: ExpiredAnswer) -> Reply {
    let message = "The next page token is invalid or has expired.";
    match answer {
        ExpiredAnswer::Http400Code300 => Reply::error(400, 300, message),
        ExpiredAnswer::Http300 => Reply::error(300, 300, message),
        ExpiredAnswer::Http422 => Reply::error(422, 422, message),
    }
}

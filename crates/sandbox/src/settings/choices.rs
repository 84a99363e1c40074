//! The values of settings that do not concern dates: U6 to U15 of the unknowns in
//! the crate documentation, the account's own settings, and lies.

use crate::value::choice;

choice! {
    /// Whether the sandbox's clock moves by itself.
    pub enum ClockMode {
        /// It stands until it is set or moved.
        #[default]
        Still = "still",
        /// It runs at the speed of the machine's clock, starting from `now`.
        Running = "running",
    }
}

choice! {
    /// The account's plan, which sets the requests per second it may make.
    pub enum Plan {
        /// Reports are refused (they need a paid plan); 2 requests a second.
        Free = "free",
        /// 20 report requests a second.
        #[default]
        Pro = "pro",
        /// 60 report requests a second.
        Business = "business",
        /// No limit, for tests that are not about limits.
        Unlimited = "unlimited",
    }
}

choice! {
    /// Whether answers carry the rate-limit headers.
    pub enum RateHeaders {
        /// Every answer of a limited operation does.
        #[default]
        All = "all",
        /// None does, not even a 429.
        None = "none",
    }
}

choice! {
    /// On which pages `edited_messages` and `deleted_messages` stand (U6).
    pub enum ModificationsOn {
        /// Whole on the first page, empty on the others.
        #[default]
        FirstPage = "first_page",
        /// Whole on every page.
        EveryPage = "every_page",
        /// Shared out over the pages.
        Spread = "spread",
    }
}

choice! {
    /// The order of messages (U7).
    pub enum Order {
        /// Oldest first.
        #[default]
        Ascending = "ascending",
        /// Newest first.
        Descending = "descending",
        /// No order that means anything, but the same in every request.
        None = "none",
    }
}

choice! {
    /// The order of sessions in a listing (U7).
    pub enum ListingOrder {
        /// Latest message first, so that a place changes as messages arrive.
        #[default]
        Activity = "activity",
        /// An order that never changes.
        Fixed = "fixed",
    }
}

choice! {
    /// Whether items come back on two pages (U7).
    pub enum Duplicates {
        /// Never.
        #[default]
        None = "none",
        /// The last item of every other page is also the first of the next one.
        Some = "some",
    }
}

choice! {
    /// The content of a page token (U7), in reports and in listings.
    pub enum PageTokens {
        /// How many items to skip: items that vanish or arrive between two pages
        /// shift the rest.
        Offset = "offset",
        /// The last item given.
        #[default]
        Key = "key",
        /// A picture of the account taken when the first page was asked for.
        Snapshot = "snapshot",
    }
}

choice! {
    /// How full pages are.
    pub enum PageFill {
        /// As full as `page_size` allows.
        #[default]
        Full = "full",
        /// About half of that.
        Short = "short",
        /// Every third page is empty and carries a token all the same.
        Gaps = "gaps",
    }
}

choice! {
    /// From when on a page token's life is counted (U8).
    pub enum PageTokenLife {
        /// From the page that carried it.
        #[default]
        Own = "own",
        /// From the first page of the window.
        First = "first",
    }
}

choice! {
    /// How a page token that has expired, or is unknown, is answered (U9).
    pub enum ExpiredAnswer {
        /// HTTP 400, body code 300.
        #[default]
        Http400Code300 = "400_300",
        /// HTTP 300, body code 300.
        Http300 = "http_300",
        /// HTTP 422, and only the message speaks of the token.
        Http422 = "422",
    }
}

choice! {
    /// Which sessions a listing of a range names (U10).
    pub enum ListedWhen {
        /// Those with any message in it.
        #[default]
        Any = "any",
        /// Those whose last message of all lies in it.
        Last = "last",
    }
}

choice! {
    /// Which messages `last_message_sent_time` looks at (U11).
    pub enum LastSent {
        /// All of them.
        #[default]
        Ever = "ever",
        /// Those in the range of the listing.
        InRange = "in_range",
    }
}

choice! {
    /// `last_message_sent_time` once the last message was deleted (U11).
    pub enum AfterDelete {
        /// It stays.
        #[default]
        Stays = "stays",
        /// It falls back to the last message that was not deleted.
        FallsBack = "falls_back",
    }
}

choice! {
    /// The name of the field that holds a session's id in a listing.
    pub enum SessionIdField {
        /// `id`.
        #[default]
        Id = "id",
        /// `session_id`, as in older traffic.
        SessionId = "session_id",
        /// Both.
        Both = "both",
    }
}

choice! {
    /// Which text an edited message shows (U12, U14).
    pub enum EditText {
        /// The text before the edit.
        Before = "before",
        /// The text after the edit.
        #[default]
        After = "after",
    }
}

choice! {
    /// Whether an item carries `action_timestamp` (U12).
    pub enum ActionTimestamp {
        /// It does.
        #[default]
        Served = "served",
        /// It does not.
        Absent = "absent",
    }
}

choice! {
    /// Whether a deleted message stays in `messages` (U13).
    pub enum DeletedInMessages {
        /// It stays there.
        #[default]
        Stays = "stays",
        /// It is only in `deleted_messages` from then on.
        Vanishes = "vanishes",
    }
}

choice! {
    /// How many items of `edited_messages` a message has that was edited
    /// several times (U14).
    pub enum EditedItems {
        /// One for each edit.
        #[default]
        Each = "each",
        /// One, for the last edit.
        Last = "last",
    }
}

choice! {
    /// The effect of `query_all_modifications=true` on `messages` (U15).
    pub enum QueryAllModifications {
        /// It leaves `messages` as it is.
        #[default]
        Leaves = "leaves",
        /// It empties `messages`.
        Empties = "empties",
        /// It is ignored altogether.
        Ignored = "ignored",
    }
}

choice! {
    /// The error in the times of about one message in a hundred. Its
    /// `date_time` is right in every case.
    pub enum OddTimes {
        /// No error.
        #[default]
        None = "none",
        /// `timestamp` is 0.
        Zero = "zero",
        /// `timestamp` is in seconds.
        Seconds = "seconds",
        /// `timestamp` is three years too early.
        Contradict = "contradict",
        /// There is no `timestamp`.
        DateTimeOnly = "date_time_only",
    }
}

choice! {
    /// Whether the account has sessions with odd ids, beside the others.
    pub enum OddIds {
        /// It has none.
        #[default]
        None = "none",
        /// It has ten, with a few messages each.
        Some = "some",
    }
}

choice! {
    /// Where the token endpoint looks for `grant_type` and `account_id`.
    pub enum TokenParams {
        /// In the form body, then in the query string.
        #[default]
        Both = "both",
        /// In the form body only.
        Form = "form",
        /// In the query string only.
        Query = "query",
    }
}

//! The account's settings, with a passcode that clients must not keep.

use serde_json::json;

use super::call::Call;
use super::guard::with_headers;
use super::reply::Reply;
use crate::state::limit::Label;

const SCOPES: [&str; 2] = ["account:read:settings:admin", "account:read:admin"];

/// Stands in the body as an archiving vendor's passcode: look for it in logs.
pub const DECOY_PASSCODE: &str = "decoy-passcode-7f3a91";

impl Call<'_> {
    /// Answers `GET /accounts/{accountId}/settings`.
    pub(crate) fn account_settings(&self, id: &str) -> Reply {
        let headers = match self.admit(Label::Medium, &SCOPES) {
            Ok(headers) => headers,
            Err(reply) => return reply,
        };
        let reply = if id == "me" || id == self.shared.account.id {
            let body = json!({
                "chat": {
                    "store_revise_chat": true,
                    "set_retention_period_in_cloud": {
                        "enable": true,
                        "retention_period_of_direct_messages_and_group_conversation": "1y",
                        "retention_period_of_channels": "10y",
                    },
                    "allow_edit_message": {"enable": true, "time": 10080},
                    "allow_delete_message": {"enable": true, "time": 10080},
                    "archive_chat": {"vendor": "Example Vault", "passcode": DECOY_PASSCODE},
                },
            });
            Reply::json(200, body.to_string())
        } else {
            Reply::error(404, 2001, "There is no such account.")
        };
        with_headers(reply, headers)
    }
}

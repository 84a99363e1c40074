//! Faults as text, for command lines.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::{Fault, PARTS};

impl FromStr for Fault {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(':');
        let name = parts.next().unwrap_or_default();
        let operation = name
            .parse()
            .map_err(|valid| format!("unknown operation `{name}`; valid: {valid}"))?;
        let mut fault = Self {
            operation,
            ..Self::default()
        };
        for part in parts {
            let (key, value) = part.split_once('=').unwrap_or((part, ""));
            let value = percent_decode_str(value)
                .decode_utf8()
                .map_err(|_| format!("`{part}` is not UTF-8"))?;
            set(&mut fault, key, &value)?;
        }
        fault.check().map_err(|why| format!("`{text}` {why}"))?;
        Ok(fault)
    }
}

fn set(fault: &mut Fault, key: &str, value: &str) -> Result<(), String> {
    fn number<T: FromStr>(key: &str, value: &str) -> Result<Option<T>, String> {
        value
            .parse()
            .map(Some)
            .map_err(|_| format!("`{key}` cannot be `{value}`; valid: a number"))
    }
    match key {
        "session" => fault.session = Some(value.to_owned()),
        "page" => fault.page = number(key, value)?,
        "nth" => fault.nth = number(key, value)?,
        "times" => fault.times = number(key, value)?,
        "probability" => fault.probability = number(key, value)?,
        "seed" => fault.seed = number(key, value)?.unwrap_or_default(),
        "status" => fault.action.status = number(key, value)?,
        "header" | "add_header" => {
            let (name, value) = value
                .split_once('=')
                .ok_or_else(|| format!("`{value}` is not of the form NAME=VALUE"))?;
            let headers = if key == "header" {
                &mut fault.action.headers
            } else {
                &mut fault.action.add_headers
            };
            headers.insert(name.to_owned(), value.to_owned());
        }
        "body" => fault.action.body = Some(value.to_owned()),
        "error_page" => fault.action.error_page = number(key, value)?,
        "date" => fault.action.date = Some(value.to_owned().try_into()?),
        "endless_pages" => fault.action.endless_pages = true,
        "rename_arrays" => fault.action.rename_arrays = true,
        "wide" => fault.action.wide = number(key, value)?,
        "vanish" => fault.action.vanish = number(key, value)?,
        "encoding" => {
            let encoding = value
                .parse()
                .map_err(|valid| format!("`encoding` cannot be `{value}`; valid: {valid}"))?;
            fault.action.encoding = Some(encoding);
        }
        "delay_ms" => fault.action.delay_ms = number(key, value)?,
        "truncate_body" => fault.action.truncate_body = number(key, value)?,
        "cut_after" => fault.action.cut_after = number(key, value)?,
        "expire_token" => fault.action.expire_token = true,
        "expire_page_token" => fault.action.expire_page_token = true,
        _ => return Err(format!("unknown part `{key}`; valid: {PARTS}")),
    }
    Ok(())
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const ESCAPED: &AsciiSet = &CONTROLS.add(b':').add(b',').add(b'%');
        let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
        let action = &self.action;
        let parts = [
            self.session.as_deref().map(|v| ("session", escaped(v))),
            self.page.map(|v| ("page", v.to_string())),
            self.nth.map(|v| ("nth", v.to_string())),
            self.times.map(|v| ("times", v.to_string())),
            self.probability.map(|v| ("probability", v.to_string())),
            (self.seed != 0).then(|| ("seed", self.seed.to_string())),
            action.status.map(|v| ("status", v.to_string())),
            action.body.as_deref().map(|v| ("body", escaped(v))),
            action.error_page.map(|v| ("error_page", v.to_string())),
            action
                .date
                .clone()
                .map(|v| ("date", escaped(&String::from(v)))),
            action.wide.map(|v| ("wide", v.to_string())),
            action.vanish.map(|v| ("vanish", v.to_string())),
            action.encoding.map(|v| ("encoding", v.to_string())),
            action.delay_ms.map(|v| ("delay_ms", v.to_string())),
            action
                .truncate_body
                .map(|v| ("truncate_body", v.to_string())),
            action.cut_after.map(|v| ("cut_after", v.to_string())),
        ];
        write!(f, "{}", self.operation)?;
        for (key, value) in parts.into_iter().flatten() {
            write!(f, ":{key}={value}")?;
        }
        for (key, headers) in [
            ("header", &action.headers),
            ("add_header", &action.add_headers),
        ] {
            for (name, value) in headers {
                write!(f, ":{key}={}={}", escaped(name), escaped(value))?;
            }
        }
        for (name, set) in [
            ("rename_arrays", action.rename_arrays),
            ("endless_pages", action.endless_pages),
            ("expire_token", action.expire_token),
            ("expire_page_token", action.expire_page_token),
        ] {
            if set {
                write!(f, ":{name}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Fault;

    #[test]
    fn faults_read_what_they_write() {
        for text in [
            "messages:nth=3:status=503",
            "any:session=a%3Ab:page=2:times=0:probability=0.5:seed=9:body={\"a\"%3A1%2C\"b\"%3A\"%25\"}",
            "token:status=429:header=Retry-After=2026-11-20T12%3A00%3A00Z",
            "download:cut_after=10",
            "messages:page=2:error_page=300",
            "sessions:date=-80d:rename_arrays",
            "any:date=1970-01-01T00%3A00%3A00Z",
            "any:date=none",
            "any:date=Monday%2C half past %3A noon",
            "messages:page=3:wide=2:vanish=5:encoding=GZIP",
            "messages:encoding=x-gzip",
            "any:add_header=X-RateLimit-Limit=0.0001:endless_pages",
            "sessions:delay_ms=5:truncate_body=3:expire_token:expire_page_token",
        ] {
            let fault: Fault = text.parse().expect("valid");
            assert_eq!(fault.to_string(), text);
        }
    }

    #[test]
    fn the_json_form_says_the_same() {
        let text: Fault = "messages:page=2:status=503:header=A=b:body=busy"
            .parse()
            .expect("valid");
        let json: Fault = serde_json::from_str(
            r#"{"operation":"messages","page":2,"do":{"status":503,"headers":{"A":"b"},"body":"busy"}}"#,
        )
        .expect("valid");
        assert_eq!(text, json);
        let text: Fault =
            "any:date=+36h:error_page=300:rename_arrays:wide=1:vanish=2:encoding=GZIP"
                .parse()
                .expect("valid");
        let form = r#"{"operation":"any","do":{"error_page":300,"date":"+36h","rename_arrays":true,"wide":1,"vanish":2,"encoding":"GZIP"}}"#;
        assert_eq!(text, serde_json::from_str(form).expect("valid"));
        assert_eq!(serde_json::to_string(&text).expect("JSON"), form);
    }

    #[test]
    fn a_fault_without_effect_or_with_an_unknown_part_is_refused() {
        for text in [
            "messages",
            "messages:nth=1",
            "message:status=500",
            "any:state=500",
            "any:status=99",
            "any:status=700",
            "any:status=500:probability=NaN",
            "any:status=500:probability=2",
            "any:encoding=brotli",
            "any:date=a%0Ab",
        ] {
            assert!(text.parse::<Fault>().is_err(), "{text}");
        }
    }
}

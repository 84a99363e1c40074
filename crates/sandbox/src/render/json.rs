//! A small JSON writer that decides about every byte: number forms, escapes and
//! white space are part of what the account serves.

use std::fmt::Write;

/// Writes the members of one object.
pub(crate) struct Object<'a> {
    out: &'a mut String,
    first: bool,
    /// Whether white space stands around colons and commas.
    loose: bool,
}

impl<'a> Object<'a> {
    /// Opens an object.
    pub(crate) fn open(out: &'a mut String, loose: bool) -> Self {
        out.push('{');
        Self {
            out,
            first: true,
            loose,
        }
    }

    /// A member whose value is JSON text already.
    pub(crate) fn raw(&mut self, key: &str, json: &str) {
        self.key(key);
        self.out.push_str(json);
    }

    /// A member that is a string.
    pub(crate) fn text(&mut self, key: &str, text: &str) {
        self.key(key);
        quote(self.out, text);
    }

    /// A member that is a whole number.
    pub(crate) fn number(&mut self, key: &str, number: i64) {
        self.key(key);
        write!(self.out, "{number}").expect("writing to a string cannot fail");
    }

    /// A member that is true or false.
    pub(crate) fn flag(&mut self, key: &str, flag: bool) {
        self.raw(key, if flag { "true" } else { "false" });
    }

    /// A member that is an array of objects, one for each item.
    pub(crate) fn array<T>(
        &mut self,
        key: &str,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut String, T),
    ) {
        self.key(key);
        self.out.push('[');
        let mut first = true;
        for item in items {
            if !first {
                self.out.push(',');
            }
            first = false;
            write(self.out, item);
        }
        self.out.push(']');
    }

    /// All members of another object, given as text.
    pub(crate) fn splice(&mut self, object: &str) {
        let members = object.strip_prefix('{').unwrap_or(object);
        let members = members.strip_suffix('}').unwrap_or(members);
        if !members.is_empty() {
            if !self.first {
                self.out.push(',');
            }
            self.first = false;
            self.out.push_str(members);
        }
    }

    /// Closes the object.
    pub(crate) fn close(self) {
        self.out.push('}');
    }

    fn key(&mut self, key: &str) {
        if !self.first {
            self.out.push_str(if self.loose { " ,\n " } else { "," });
        }
        self.first = false;
        quote(self.out, key);
        self.out.push_str(if self.loose { " : " } else { ":" });
    }
}

/// Writes a JSON string with the escapes that must be.
pub(crate) fn quote(out: &mut String, text: &str) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            control if control < ' ' => {
                write!(out, "\\u{:04x}", u32::from(control)).expect("writing cannot fail");
            }
            other => out.push(other),
        }
    }
    out.push('"');
}

/// A JSON string in ASCII alone, slashes escaped too.
pub(crate) fn quote_ascii(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(b'/') => out.push_str("\\/"),
            Ok(byte) if byte.is_ascii_alphanumeric() || byte == b' ' => out.push(char::from(byte)),
            _ => write!(out, "\\u{unit:04X}").expect("writing cannot fail"),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{Object, quote, quote_ascii};

    #[test]
    fn strings_come_back_from_both_forms() {
        let text = "a\"b\\c\n\t\u{1}é 漢/🦉";
        let mut plain = String::new();
        quote(&mut plain, text);
        for json in [plain, quote_ascii(text)] {
            assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
        }
        assert!(quote_ascii(text).is_ascii());
    }

    #[test]
    fn a_loose_object_is_still_json() {
        let mut out = String::new();
        let mut object = Object::open(&mut out, true);
        object.number("a", 1);
        object.raw("b", "1.50");
        object.array("c", [1, 2], |out, item| out.push_str(&item.to_string()));
        object.close();
        assert_eq!(out, "{\"a\" : 1 ,\n \"b\" : 1.50 ,\n \"c\" : [1,2]}");
    }
}

//! The people of the account, and those outside it.

use crate::hash;

/// How many people belong to the account.
pub(crate) const INSIDE: u16 = 40;
/// How many people there are in all.
pub(crate) const ALL: u16 = 56;

/// One person.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Opaque member id, as in `sender_member_id`.
    pub(crate) id: String,
    /// The e-mail address.
    pub(crate) email: String,
    /// The name shown, in any script.
    pub(crate) name: String,
    /// Whether the person is outside the account.
    pub(crate) external: bool,
}

const NAMES: [&str; 28] = [
    "Ada Lindqvist",
    "Bola Adeyemi",
    "Chén Wěi 陈伟",
    "Dina Haddad دينا حداد",
    "Emil O\u{301}'Brien",
    "Fatima \"Fati\" Zahra",
    "Goran Petrović",
    "Hana 佐藤花",
    "Ivo Čapek",
    "Jae-won 박재원",
    "Kofi Mensah 🦉",
    "Lior בן דוד",
    "Mei-Ling Tan",
    "Noor & Sons",
    "Olga Смирнова",
    "Priya नायर",
    "Quim <Rovira>",
    "Rasa Kazlauskaitė",
    "Søren Østergård",
    "Tomás Núñez",
    "Uma O'Neil",
    "Víðar Þórsson",
    "Wanjiru K.",
    "Xóchitl Reyes",
    "Yann, le Goff",
    "Zoë Müller-Straße",
    "=HYPERLINK(\"x\")",
    "Ἀριστοτέλης",
];

/// Everyone, those of the account first.
pub(crate) fn everyone(seed: u64) -> Vec<Person> {
    (0..ALL)
        .map(|number| {
            let external = number >= INSIDE;
            let host = if external {
                "partner.example"
            } else {
                "company.example"
            };
            Person {
                id: hash::word(hash::join(seed, &[11, u64::from(number)]), 22),
                email: format!("person{number:02}@{host}"),
                name: match NAMES.get(usize::from(number)) {
                    Some(name) => (*name).to_owned(),
                    None => format!("{} {number}", NAMES[usize::from(number) % NAMES.len()]),
                },
                external,
            }
        })
        .collect()
}

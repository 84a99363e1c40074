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

/// Names of the usual account.
const NAMES: [&str; ALL as usize] = [
    "Ada Lindqvist",
    "Bola Adeyemi",
    "Chen Wei",
    "Dina Haddad",
    "Emil O'Brien",
    "Fatima Zahra",
    "Goran Petrović",
    "Hana Sato",
    "Ivo Čapek",
    "Jae-won Park",
    "Kofi Mensah",
    "Lior Ben David",
    "Mei-Ling Tan",
    "Noor Aziz",
    "Olga Smirnova",
    "Priya Nair",
    "Quim Rovira",
    "Rasa Kazlauskaitė",
    "Søren Østergård",
    "Tomás Núñez",
    "Uma O'Neil",
    "Viktor Thorsson",
    "Wanjiru Kamau",
    "Ximena Reyes",
    "Yann le Goff",
    "Zoë Müller",
    "Amara Diallo",
    "Ben Carter",
    "Carla Rossi",
    "Daniel Kim",
    "Elif Yılmaz",
    "Femi Okafor",
    "Grace Liu",
    "Hugo Almeida",
    "Ines Moreau",
    "Jonas Weber",
    "Kavya Menon",
    "Leo Fischer",
    "Maria Santos",
    "Nils Berg",
    "Omar Farouk",
    "Petra Novák",
    "Rafael Costa",
    "Sofia Nielsen",
    "Tariq Hassan",
    "Ursula Meyer",
    "Vera Ivanova",
    "Will Turner",
    "Yuki Tanaka",
    "Zara Khan",
    "Anton Vogel",
    "Bianca Marin",
    "Cormac Walsh",
    "Delia Popescu",
    "Ewan Fraser",
    "Freya Lund",
];

/// Names that only `quirks=yes` has: many scripts, markup, formulas.
const HOSTILE: [&str; 28] = [
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
pub(crate) fn everyone(seed: u64, quirks: bool) -> Vec<Person> {
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
                name: if quirks {
                    hostile_name(usize::from(number))
                } else {
                    NAMES[usize::from(number)].to_owned()
                },
                external,
            }
        })
        .collect()
}

fn hostile_name(number: usize) -> String {
    match HOSTILE.get(number) {
        Some(name) => (*name).to_owned(),
        None => format!("{} {number}", HOSTILE[number % HOSTILE.len()]),
    }
}

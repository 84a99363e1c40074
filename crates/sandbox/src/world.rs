//! The timeline of the account: which sessions there are and when each of their
//! messages was sent.
//!
//! A message is two numbers in memory; the rest of it is derived from the
//! second one when it is shown. The timeline is made in chunks of ten days,
//! so that a later clock only adds chunks at its end.

mod boundary;
mod message;
pub(crate) mod people;
pub(crate) mod session;

use std::collections::HashMap;

use boundary::DAY;
pub(crate) use message::{LONGEST_WAIT, Message, Modifications};
use people::Person;
use session::{Life, Session};

use crate::hash::{self, Rng};
use crate::rules;
use crate::settings::Settings;
use crate::settings::timeline::{CHUNK, COUNTED_CHUNKS, FIRST_CHUNK};

/// How many messages a session with an odd id has in each chunk.
const MESSAGES_OF_ODD_IDS: i64 = 4;

/// The whole account, up to a chunk of the timeline.
#[derive(Debug)]
pub(crate) struct World {
    /// Everyone.
    pub(crate) people: Vec<Person>,
    /// Every session, whether it has messages yet or not.
    pub(crate) sessions: Vec<Session>,
    /// The messages of each session, by time.
    messages: Vec<Vec<Message>>,
    by_id: HashMap<String, usize>,
    seed: u64,
    /// How many sessions share the messages asked for; those with odd ids come
    /// after them.
    ordinary: usize,
    count: i64,
    anchor: i64,
    /// The offsets of the account's midnights, ms.
    shifts: Vec<i64>,
    longest_delay: u64,
    next_chunk: i64,
}

impl World {
    /// The account of these settings, up to its starting clock.
    pub(crate) fn new(settings: &Settings) -> Self {
        let count = settings.sessions as usize;
        let sessions: Vec<Session> = (0..count)
            .map(|number| session::session(settings, number))
            .chain(session::odd(settings))
            .collect();
        let by_id = sessions
            .iter()
            .enumerate()
            .map(|(number, session)| (session.id.clone(), number))
            .collect();
        let mut world = Self {
            people: people::everyone(settings.seed, settings.quirks),
            messages: vec![Vec::new(); sessions.len()],
            ordinary: count,
            sessions,
            by_id,
            seed: settings.seed,
            count: settings.messages as i64,
            anchor: settings.anchor.timestamp_millis(),
            shifts: rules::shifts(&settings.range),
            longest_delay: u64::from(settings.visible_after),
            next_chunk: FIRST_CHUNK,
        };
        world.grow(settings.now.timestamp_millis());
        world
    }

    /// Whether the timeline holds everything up to `now`.
    pub(crate) fn reaches(&self, now: i64) -> bool {
        self.chunk_start(self.next_chunk) > now
    }

    /// Makes the chunks up to `now`.
    pub(crate) fn grow(&mut self, now: i64) {
        while !self.reaches(now) {
            self.make_chunk(self.next_chunk);
            self.next_chunk += 1;
        }
    }

    /// The number of the session with this id.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.by_id.get(id).copied()
    }

    /// The messages of a session sent until `now`, by time.
    pub(crate) fn until(&self, session: usize, now: i64) -> &[Message] {
        let all = &self.messages[session];
        &all[..all.partition_point(|message| message.ts <= now)]
    }

    /// All edits and the deletion of a message, whenever they happen.
    pub(crate) fn modifications(&self, message: Message) -> Modifications {
        message.modifications(&self.shifts)
    }

    /// When a message, or its change at `action`, can be read (U16).
    pub(crate) fn visible_from(&self, message: Message, action: i64) -> i64 {
        action + message.delay(self.longest_delay)
    }

    /// Whether another message of the session was sent in the same millisecond.
    pub(crate) fn shares_instant(&self, session: usize, message: Message) -> bool {
        let messages = &self.messages[session];
        let first = messages.partition_point(|other| other.ts < message.ts);
        let next = messages.get(first + 1);
        next.is_some_and(|next| next.ts == message.ts)
    }

    /// The message that the one at `index` answers, if it is a reply: the first
    /// message of the thread.
    pub(crate) fn thread_of(&self, session: usize, index: usize) -> Option<Message> {
        let messages = &self.messages[session];
        let mut root = messages[index].replies_to(index)?;
        while let Some(earlier) = messages[root].replies_to(root) {
            root = earlier;
        }
        Some(messages[root])
    }

    fn chunk_start(&self, chunk: i64) -> i64 {
        self.anchor + chunk * CHUNK
    }

    fn make_chunk(&mut self, chunk: i64) {
        for odd in self.ordinary..self.sessions.len() {
            self.fill(odd, chunk, MESSAGES_OF_ODD_IDS);
        }
        // Nineteen chunks in a row hold exactly `count` messages.
        let total = ((chunk + 1) * self.count).div_euclid(COUNTED_CHUNKS)
            - (chunk * self.count).div_euclid(COUNTED_CHUNKS);
        let weights = self.weights(chunk);
        let sum: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        if sum == 0 {
            return;
        }
        let phase = u128::from(hash::join(self.seed, &[31, chunk as u64])) % sum;
        let mut reached: u128 = 0;
        let mut given = 0;
        for (number, weight) in weights.into_iter().enumerate() {
            reached += u128::from(weight);
            let upto = ((reached * total as u128 + phase) / sum) as i64;
            self.fill(number, chunk, upto - given);
            given = upto;
        }
    }

    fn weights(&self, chunk: i64) -> Vec<u64> {
        let counted = (-COUNTED_CHUNKS..0).contains(&chunk);
        let alive = |session: &Session| match session.life {
            Life::Always => session.weight,
            Life::Past if chunk < -COUNTED_CHUNKS => session.weight,
            Life::Returns if !counted => session.weight,
            Life::Past | Life::Returns => 0,
        };
        let varied: Vec<u64> = self
            .ordinary()
            .enumerate()
            .map(|(number, session)| {
                let roll = hash::join(session.seed, &[32, chunk as u64]) as usize % 5;
                // Those with the messages at midnights are never silent.
                let least = u64::from(number < boundary::SESSIONS);
                alive(session) / 2 * [0, 1, 2, 2, 3][roll].max(least)
            })
            .collect();
        if varied.iter().any(|&weight| weight > 0) {
            varied
        } else {
            self.ordinary().map(alive).collect()
        }
    }

    fn ordinary(&self) -> impl Iterator<Item = &Session> {
        self.sessions[..self.ordinary].iter()
    }

    fn fill(&mut self, number: usize, chunk: i64, quota: i64) {
        if quota <= 0 {
            return;
        }
        let start = self.chunk_start(chunk);
        let seed = hash::join(self.sessions[number].seed, &[33, chunk as u64]);
        let mut rng = Rng::new(seed);
        let mut times = Vec::with_capacity(quota as usize);
        if number < boundary::SESSIONS {
            let edges = boundary::instants(self.seed, number, start, start + CHUNK, &self.shifts);
            times.extend(edges.into_iter().take((quota as usize).div_ceil(2)));
        }
        while times.len() < quota as usize {
            let instant = match times.last() {
                Some(&last) if rng.chance(5) => last, // two in one millisecond
                _ => start + ordinary_time(&mut rng),
            };
            times.push(instant);
        }
        let mut made: Vec<Message> = times
            .into_iter()
            .enumerate()
            .map(|(index, ts)| Message {
                ts,
                key: hash::join(seed, &[index as u64]),
            })
            .collect();
        made.sort_unstable_by_key(|message| (message.ts, message.key));
        self.messages[number].extend(made);
    }
}

/// A time within a chunk, mostly in the working hours of UTC.
fn ordinary_time(rng: &mut Rng) -> i64 {
    let day = rng.below(10) as i64 * DAY;
    let of_day = if rng.chance(800) {
        8 * 3_600_000 + rng.below(10 * 3_600_000) as i64
    } else {
        rng.below(DAY as u64) as i64
    };
    // Chunks begin at the anchor's time of day, noon by default.
    day + (of_day + DAY / 2) % DAY
}

#[cfg(test)]
mod tests;

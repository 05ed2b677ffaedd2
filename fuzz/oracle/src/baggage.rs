//! W3C `baggage` as a run of members, naively.

use std::collections::HashSet;

use super::{regex, trim};

/// The members of lines, in order: what stands between commas, without the blanks around it, has
/// an `=` and holds only what a header value may hold.
pub fn members<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    lines
        .into_iter()
        .flat_map(|line| line.split(','))
        .map(trim)
        .filter(|member| regex!(r"^[\t\x20-\x7e]*=[\t\x20-\x7e]*$").is_match(member))
        .collect()
}

/// The key of a member.
pub fn key(member: &str) -> &str {
    trim(member.split('=').next().unwrap_or_default())
}

/// The members that fit into one header: at most 64, at most 8192 bytes with the commas. One that
/// does not fit is left out whole.
pub fn within_limits<'a>(members: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    let mut taken: Vec<&str> = Vec::new();
    for member in members {
        let mut next = taken.clone();
        next.push(member);
        if next.len() <= 64 && next.join(",").len() <= 8192 {
            taken = next;
        }
    }
    taken
}

/// What several propagators wrote, joined: each key once, Sentry's members first to be kept.
pub fn joined<'a>(written: &[Vec<&'a str>]) -> Vec<&'a str> {
    let all = || written.iter().flatten().copied();
    let is_sentry = |member: &&str| key(member).starts_with("sentry-");
    let by_precedence = all()
        .filter(is_sentry)
        .chain(all().filter(|member| !is_sentry(member)));

    let mut seen = HashSet::new();
    within_limits(by_precedence.filter(|member| seen.insert(key(member))))
}

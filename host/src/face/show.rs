//! Answers and news in words, made safe for a terminal.

use std::fmt;
use std::net::SocketAddr;

use clap::ValueEnum;
use p2pm_core::wire::sanitise;

use super::file;
use crate::discovery::Seen;
use crate::doctor::{Device, Finding};
use crate::node::{Answer, Ask, FileState, Heard, Hears, KnownPerson, Me, News, Person, Trust, Unsaid};

/// Somebody's name, or the tag of whoever has none.
pub(crate) fn name(who: &Person) -> &str {
    who.name.as_deref().unwrap_or(&who.tag)
}

/// From where this node is reached. Without a network it has an address of its own machine alone.
pub(crate) fn reach(me: &Me) -> String {
    let addresses = me.addresses.join(", ");
    let is_local = |address: &String| address.parse().is_ok_and(|it: SocketAddr| it.ip().is_loopback());
    if me.addresses.iter().all(is_local) {
        format!("this machine is on no network: you are reached from it alone, at {addresses}")
    } else {
        format!("others reach you at {addresses}")
    }
}

/// A piece of news as a line.
pub(crate) fn news(news: &News) -> impl fmt::Display {
    fmt::from_fn(move |f| match news {
        News::Came { who } => write!(f, "-- {} is here", name(who)),
        News::Left { who, why } => write!(f, "-- {} left: {why}", name(who)),
        News::Asks { who } => {
            let name = name(who);
            write!(
                f,
                "-- {} asks to be accepted, under the name {name}: /accept {name}, /deny {name} or /block {name}",
                who.tag
            )
        }
        News::Undecided { who } => write!(f, "-- {} has not accepted you yet", name(who)),
        News::Refuses { who } => write!(f, "-- {} does not accept you", name(who)),
        News::NameTaken { who, by } => write!(
            f,
            "-- somebody else ({}) goes by the name {}, which is that of {}: they are not the same",
            who.tag,
            name(who),
            by.tag
        ),
        News::OwnNameTaken { who } => {
            write!(f, "-- somebody else ({}) goes by your own name, {}", who.tag, name(who))
        }
        News::Renamed { who, was } => {
            write!(f, "-- {} goes by another name now: {} (before: {})", who.tag, name(who), sanitise(was))
        }
        News::Decided { who, trust, takes_files } => {
            let files = if *takes_files { ", and files are taken" } else { "" };
            write!(f, "-- {} is {}{files}", name(who), decision(*trust))
        }
        News::Forgotten { who } => write!(f, "-- {} is forgotten", name(who)),
        News::Said { from, to_all, circle, text, missed } => {
            if *missed {
                writeln!(f, "-- messages from {} are missing here", name(from))?;
            }
            f.write_str(name(from))?;
            match (to_all, circle) {
                (false, _) => {}
                (true, None) => f.write_str(" to all")?,
                (true, Some(circle)) => write!(f, " to all in {circle}")?,
            }
            write!(f, ": {}", lines(text))
        }
        News::WeSaid { to, to_all, text, .. } => {
            let to: Vec<_> = if *to_all { vec!["all"] } else { to.iter().map(name).collect() };
            write!(f, "you to {}: {}", to.join(", "), lines(text))
        }
        News::Sent { to, .. } => write!(f, "-- sent to {}, who gives no receipts", name(to)),
        News::Received { by, .. } => write!(f, "-- received by {}", name(by)),
        News::Failed { to, .. } => write!(f, "-- not received by {}", name(to)),
        News::Held { to, by, .. } => write!(f, "-- held by {} for {}", name(by), name(to)),
        News::Dropped { to, by, .. } => write!(f, "-- no room at {}, waits for {} here", name(by), name(to)),
        News::File { file, state } => write!(f, "{}", file::news(file, state)),
        News::Listed { address, online } => {
            write!(f, "-- on the list of the community server at {address}, {online} online")
        }
        News::NotListed { address, why } => {
            write!(
                f,
                "-- not on the list of the community server at {address}: {why}; others on it are found"
            )
        }
        News::NotReached { address, why } => write!(f, "-- nobody was reached at {address}: {why}"),
        News::Alone { finding } => write!(f, "-- nobody is here yet: {}", self::finding(finding)),
        News::NotStored { why } => write!(f, "-- not stored on disk: {why}"),
        News::Lost { count } => write!(f, "-- {count} pieces of news were lost"),
    })
}

/// What the user has decided on somebody.
fn decision(trust: Trust) -> &'static str {
    match trust {
        Trust::Asks => "undecided on",
        Trust::Denied => "denied",
        Trust::Accepted => "accepted",
        Trust::Verified => "accepted and compared",
        Trust::Blocked => "blocked",
    }
}

/// A text of one line or several. All but the first are set in, so that nobody can say what looks like another piece of news.
fn lines(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let mut lines = text.split('\n').map(sanitise);
        lines.next().map_or(Ok(()), |first| write!(f, "{first}"))?;
        lines.try_for_each(|line| write!(f, "\n   {line}"))
    })
}

/// Whether a piece of news is shown among lines: not receipts of each message or how far a file is, which would be too much, nor what
/// the user has said or decided, which stands there already.
pub(crate) fn is_for_lines(news: &News) -> bool {
    let is_moving = matches!(news, News::File { state: FileState::Moving { .. }, .. });
    !is_moving
        && !matches!(
            news,
            News::Received { .. } | News::Sent { .. } | News::WeSaid { .. } | News::Decided { .. }
        )
}

/// An answer as lines, without the end of the last; nothing for one that says only that it is done.
pub(crate) fn answer(answer: &Answer) -> impl fmt::Display {
    fmt::from_fn(move |f| match answer {
        Answer::Done => Ok(()),
        Answer::Said { not_to, .. } => {
            let lines: Vec<_> = not_to.iter().map(unsaid).collect();
            f.write_str(&lines.join("\n"))
        }
        Answer::Who { me, people } => {
            write!(f, "{} ({}), you, at {}", me.name, me.tag, me.addresses.join(", "))?;
            people.iter().try_for_each(|known| write!(f, "\n{}", person(known)))
        }
        Answer::Offered { not_to, left_out, .. } => {
            let left_out = left_out.iter().map(|omission| format!("not sent: {}", sanitise(omission)));
            let lines: Vec<_> = not_to.iter().map(unoffered).chain(left_out).collect();
            f.write_str(&lines.join("\n"))
        }
        Answer::Files { files } if files.is_empty() => f.write_str("no file is offered or on its way"),
        Answer::Files { files } => {
            let lines: Vec<_> = files.iter().map(|it| file::line(&it.info, &it.state).to_string()).collect();
            f.write_str(&lines.join("\n"))
        }
        Answer::Words { who, words } => {
            write!(f, "compare with {}: {}", name(who), words.join(" "))
        }
        Answer::Settings { accept, folder } => {
            let accept = accept.to_possible_value();
            write!(f, "accept: {}", accept.as_ref().map_or("", |it| it.get_name()))?;
            let folder = folder.iter().map(|folder| sanitise(&folder.display().to_string()).to_string());
            folder.into_iter().try_for_each(|folder| write!(f, "\nfolder: {folder}"))
        }
        Answer::Network { seen } => seen.iter().try_for_each(|seen| writeln!(f, "{}", interface(seen))),
        Answer::Reception { of } => of.iter().try_for_each(|hears| writeln!(f, "{}", self::hears(hears))),
        Answer::Error { text, .. } => f.write_str(text),
    })
}

/// What has been done of a request, as a line; nothing if news say so.
pub(crate) fn done(ask: &Ask) -> Option<String> {
    Some(match ask {
        Ask::Accept { name } => format!("{} is accepted", sanitise(name)),
        Ask::Deny { name } => format!("{} is turned away", sanitise(name)),
        Ask::Block { name } => format!("{} is blocked", sanitise(name)),
        Ask::Trust { name } => format!("files of {} are taken without asking", sanitise(name)),
        Ask::Distrust { name } => format!("files of {} are asked about", sanitise(name)),
        Ask::Verify { name, same: true } => format!("{} is compared", sanitise(name)),
        Ask::Rename { name } => format!("you go by {}", sanitise(name)),
        _ => return None,
    })
}

/// Somebody who does not get a text, as a line.
pub(crate) fn unsaid(unsaid: &Unsaid) -> String {
    format!("not said to {}: {}", name(&unsaid.who), unsaid.why)
}

/// Somebody who is not offered a file, as a line.
pub(crate) fn unoffered(unsaid: &Unsaid) -> String {
    format!("not offered to {}: {}", name(&unsaid.who), unsaid.why)
}

/// A finding as a line, with what mends it in another one.
pub(crate) fn finding(finding: &Finding) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        f.write_str(&finding.text)?;
        match &finding.mend {
            Some(mend) => write!(f, "\n   to mend it: {mend}"),
            None => Ok(()),
        }
    })
}

/// A device as lines.
pub(crate) fn device(device: &Device) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        write!(f, "{} at {}, {}", device.usn, device.location, device.server)?;
        device.targets.iter().try_for_each(|target| write!(f, "\n   {target}"))
    })
}

fn hears(hears: &Hears) -> impl fmt::Display {
    let Hears { who, hears } = hears;
    let yes = |is_heard: bool| if is_heard { "yes" } else { "no" };
    fmt::from_fn(move |f| match hears {
        None => write!(f, "{} does not look for others", name(who)),
        Some(Heard { multicasts, broadcasts, answers }) => write!(
            f,
            "{} hears of this node: announcements to a group {}, broadcast {}, answers {}",
            name(who),
            yes(*multicasts),
            yes(*broadcasts),
            yes(*answers)
        ),
    })
}

fn interface(seen: &Seen) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        write!(
            f,
            "{}: {} announcements, {} broadcasts, {} answers of nodes; {} searches of others; our own search {}",
            seen.interface,
            seen.announcements,
            seen.broadcasts,
            seen.answers,
            seen.searches,
            if seen.own_search { "came back" } else { "did not come back" }
        )
    })
}

fn person(known: &KnownPerson) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let presence = match (known.here, known.trust) {
            (true, Trust::Verified) => "here, compared",
            (true, _) => "here",
            (false, Trust::Asks) => "asks",
            (false, Trust::Denied) => "denied",
            (false, Trust::Blocked) => "blocked",
            (false, Trust::Accepted) => "away",
            (false, Trust::Verified) => "away, compared",
        };
        write!(f, "{} ({}): {presence}", name(&known.who), known.who.tag)?;
        if known.takes_files {
            f.write_str(", files are taken")?;
        }
        match &known.address {
            Some(address) => write!(f, ", at {address}"),
            None => Ok(()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(addresses: &[&str]) -> String {
        let addresses = addresses.iter().map(|address| (*address).to_owned()).collect();
        reach(&Me { name: "ann".into(), tag: "tag".into(), addresses, circles: Vec::new() })
    }

    #[test]
    fn nobody_else_reaches_a_machine_without_a_network() {
        assert_eq!(
            reached(&["192.0.2.7:7776", "[2001:db8::7]:7776"]),
            "others reach you at 192.0.2.7:7776, [2001:db8::7]:7776"
        );
        assert_eq!(
            reached(&["127.0.0.1:7776"]),
            "this machine is on no network: you are reached from it alone, at 127.0.0.1:7776"
        );
    }

    #[test]
    fn no_text_begins_a_line_of_another_piece_of_news() {
        let from = Person { name: Some("abdul".into()), tag: "5s4m-tn2x-0k8c".into() };
        let text = "one\n\nkatie: \x1b[2Jno\n-- katie left".to_owned();
        let said =
            News::Said { from: from.clone(), to_all: false, circle: None, text: text.clone(), missed: true };
        assert_eq!(
            news(&said).to_string(),
            "-- messages from abdul are missing here\nabdul: one\n   \n   katie: \u{FFFD}[2Jno\n   -- katie left"
        );
        let we_said = News::WeSaid {
            message: 1,
            to: vec![from],
            not_to: Vec::new(),
            to_all: false,
            circle: None,
            text,
        };
        assert_eq!(
            news(&we_said).to_string(),
            "you to abdul: one\n   \n   katie: \u{FFFD}[2Jno\n   -- katie left"
        );
    }

    #[test]
    fn the_tag_of_whoever_asks_stands_where_no_name_can_imitate_it() {
        let who = Person { name: Some("abdul (tqc9-1qm0-2fa0)".into()), tag: "5s4m-tn2x-0k8c".into() };
        let line = news(&News::Asks { who }).to_string();
        assert!(line.starts_with("-- 5s4m-tn2x-0k8c asks"), "{line}");
    }
}

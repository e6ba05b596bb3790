//! What a typed line means: a text, or a command that begins with a slash. The same in every face with lines.

use std::path::PathBuf;

use self::Meaning::{About, Alone, Maybe, OfFile, OfOne, OfPath};
use super::deed::Deed;
use super::path;
use super::recipient::Recipient;
use crate::node::Ask;

/// What a typed line means.
#[derive(Debug)]
pub(super) enum Typed<'l> {
    Nothing,
    Text(&'l str),
    /// Write to somebody else from now on.
    To(Recipient),
    Ask(Ask),
    /// Do it to the only file that can be meant.
    ToOnlyFile(Deed),
    /// Show the passphrase of a circle, or of the current one.
    Invite(Option<String>),
    Doctor,
    /// Look at the picture that came last, or at the file with this number.
    View(Option<u32>),
    /// Ring for what is said from now on, or no more.
    Bell,
    Help,
    Quit,
    Wrong(String),
}

/// A command, without the slash.
pub(super) struct Command {
    pub(super) name: &'static str,
    means: Meaning,
}

enum Meaning {
    /// It stands alone.
    Alone(fn() -> Typed<'static>),
    /// It is about what follows it.
    About(fn(String) -> Typed<'static>),
    /// It is about somebody: whoever is named, or whom the user writes to.
    OfOne(fn(String) -> Typed<'static>),
    /// It may be about what follows it.
    Maybe(fn(Option<String>) -> Typed<'static>),
    /// It is about a file, by number, or the only one that can be meant.
    OfFile(Deed),
    /// It is about a path, and for whom the user writes to.
    OfPath(fn(&Recipient, PathBuf) -> Typed<'static>),
}

/// The commands, in the order of the alphabet.
pub(super) const COMMANDS: [Command; 26] = [
    Command::new("accept", OfOne(|name| Typed::Ask(Ask::Accept { name }))),
    Command::new("all", Maybe(|circle| Typed::To(Recipient::All(circle)))),
    Command::new("bell", Alone(|| Typed::Bell)),
    Command::new("block", OfOne(|name| Typed::Ask(Ask::Block { name }))),
    Command::new("cancel", OfFile(Deed::Cancel)),
    Command::new("connect", About(|address| Typed::Ask(Ask::Connect { address, circle: None }))),
    Command::new("deny", OfOne(|name| Typed::Ask(Ask::Deny { name }))),
    Command::new("distrust", OfOne(|name| Typed::Ask(Ask::Distrust { name }))),
    Command::new("doctor", Alone(|| Typed::Doctor)),
    Command::new("files", Alone(|| Typed::Ask(Ask::Files {}))),
    Command::new("forget", OfOne(|name| Typed::Ask(Ask::Forget { name }))),
    Command::new("help", Alone(|| Typed::Help)),
    Command::new("invite", Maybe(Typed::Invite)),
    Command::new("meet", About(|address| Typed::Ask(Ask::Meet { address, circle: None }))),
    Command::new("name", About(|name| Typed::Ask(Ask::Rename { name }))),
    Command::new("pause", OfFile(Deed::Pause)),
    Command::new("quit", Alone(|| Typed::Quit)),
    Command::new("resume", OfFile(Deed::Resume)),
    Command::new("same", OfOne(|name| Typed::Ask(Ask::Verify { name, same: true }))),
    Command::new("send", OfPath(|to, path| Typed::Ask(to.send_file(path)))),
    Command::new("take", OfFile(Deed::Take)),
    Command::new("to", About(|name| Typed::To(Recipient::One(name)))),
    Command::new("trust", OfOne(|name| Typed::Ask(Ask::Trust { name }))),
    Command::new("verify", OfOne(|name| Typed::Ask(Ask::Verify { name, same: false }))),
    Command::new("view", Maybe(view)),
    Command::new("who", Alone(|| Typed::Ask(Ask::Who {}))),
];

impl Command {
    const fn new(name: &'static str, means: Meaning) -> Self {
        Self { name, means }
    }
}

impl<'l> Typed<'l> {
    /// What `line` means to a user who writes to `to`. Two slashes begin a text with one.
    pub(super) fn of(line: &'l str, to: &Recipient) -> Self {
        match line.strip_prefix('/') {
            Some(text) if text.starts_with('/') => Self::Text(text),
            Some(command) => Self::command(command, to),
            None if line.is_empty() => Self::Nothing,
            None => Self::Text(line),
        }
    }

    fn which_file(command: &str) -> Self {
        Self::Wrong(format!("/{command} which file? a number, as /files shows it"))
    }

    fn command(typed: &str, to: &Recipient) -> Self {
        let (name, rest) = typed.split_once(char::is_whitespace).unwrap_or((typed, ""));
        let about = Some(rest.trim().to_owned()).filter(|about| !about.is_empty());
        let name = match name {
            "q" => "quit",
            "?" => "help",
            name => name,
        };
        let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
            return Self::Wrong(format!(
                "there is no /{name}: /help shows all; // begins a text with a slash"
            ));
        };
        match (&command.means, about) {
            (OfOne(means), Some(name)) => means(name),
            (OfOne(means), None) => match to {
                Recipient::One(name) => means(name.clone()),
                Recipient::All(_) => Self::Wrong(format!("/{name} whom? give a name, or go to them first")),
            },
            (Alone(means), None) => means(),
            (Alone(_), Some(_)) => Self::Wrong(format!("/{name} stands alone")),
            (Maybe(means), about) => means(about),
            (OfFile(deed), None) => Self::ToOnlyFile(*deed),
            (OfFile(deed), Some(number)) => match number.parse() {
                Ok(file) => Self::Ask(deed.ask(file)),
                Err(_) => Self::which_file(name),
            },
            (OfPath(means), Some(typed)) => match path::absolute(&typed) {
                Ok(path) => means(to, path),
                Err(error) => Self::Wrong(format!("{typed}: {error}")),
            },
            (About(means), Some(about)) => means(about),
            (About(_) | OfPath(_), None) => {
                Self::Wrong(format!("/{name} what? /help shows what can be typed"))
            }
        }
    }
}

fn view(number: Option<String>) -> Typed<'static> {
    match number.map(|number| number.parse()).transpose() {
        Ok(file) => Typed::View(file),
        Err(_) => Typed::which_file("view"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::face::line::COMMANDS_HELP;

    #[test]
    fn every_command_is_in_the_help_and_nothing_else_is() {
        let is_end = |c: char| c.is_whitespace() || c == ';' || c == ',' || c == ':';
        let mut helped: Vec<_> = COMMANDS_HELP
            .split(is_end)
            .filter_map(|word| word.strip_prefix('/'))
            .filter(|name| !name.starts_with('/'))
            .collect();
        helped.sort_unstable();
        helped.dedup();
        assert_eq!(helped, COMMANDS.map(|command| command.name));
    }

    #[test]
    fn what_follows_a_command_is_what_it_is_about() {
        for (line, meaning) in [
            ("/accept  abdul k. ", "Ask(Accept { name: \"abdul k.\" })"),
            ("/all", "To(All(None))"),
            ("/all work", "To(All(Some(\"work\")))"),
            ("/q", "Quit"),
            ("//etc/hosts", "Text(\"/etc/hosts\")"),
            (" /who", "Text(\" /who\")"),
            ("", "Nothing"),
            ("/connect ", "Wrong(\"/connect what? /help shows what can be typed\")"),
            ("/same ", "Wrong(\"/same whom? give a name, or go to them first\")"),
            ("/who else", "Wrong(\"/who stands alone\")"),
        ] {
            assert_eq!(format!("{:?}", Typed::of(line, &Recipient::All(None))), meaning, "{line}");
        }
        let to = Recipient::One("zoe".into());
        assert_eq!(format!("{:?}", Typed::of("/deny", &to)), "Ask(Deny { name: \"zoe\" })");
        assert_eq!(format!("{:?}", Typed::of("/deny abdul", &to)), "Ask(Deny { name: \"abdul\" })");
        assert_eq!(
            format!("{:?}", Typed::of("/take 3", &to)),
            "Ask(TakeFile { file: 3, into: None, or_refuse: false })"
        );
        assert_eq!(format!("{:?}", Typed::of("/pause", &to)), "ToOnlyFile(Pause)");
        assert!(matches!(Typed::of("/cancel x", &to), Typed::Wrong(_)));
        assert!(matches!(Typed::of("/view", &to), Typed::View(None)));
        assert!(matches!(Typed::of("/view 3", &to), Typed::View(Some(3))));
        assert!(matches!(Typed::of("/view x", &to), Typed::Wrong(_)));
        assert_eq!(
            format!("{:?}", Typed::of("/send  /a photo.jpg ", &to)),
            "Ask(SendFile { to: Some(\"zoe\"), circle: None, path: \"/a photo.jpg\" })"
        );
        assert!(matches!(Typed::of("/fly", &to), Typed::Wrong(why) if why.starts_with("there is no /fly:")));
    }
}

//! `p2pm man` and `p2pm completions`, for all four programs.

use std::ffi::OsString;
use std::path::Path;
use std::{fs, io};

use clap::{Command, CommandFactory};
use clap_complete::{Generator, Shell};
use p2pm_posix::exit::Exit;

use super::options::Options;
use crate::community::command as community;
use crate::manual::{Manual, render};
use crate::term::report;
use crate::triad::{client, node};

/// The manual of `p2pm`.
pub(super) const P2PM: Manual = Manual {
    secrets: (
        "PASSPHRASE",
        "The passphrase is taken from --passphrase-file, else from the environment variable P2PM_PASSPHRASE, else \
         from the settings, else it is asked for. Never give it on a command line, which everybody on the machine \
         can read.",
    ),
    exits: &[
        (Exit::Success, "done"),
        (Exit::Failure, "failure of the network or of this machine"),
        (Exit::Usage, "mistake in the command"),
        (Exit::Refused, "refused"),
        (Exit::Nobody, "nobody of that name"),
        (Exit::TimedOut, "the time of --timeout is over"),
        (Exit::Interrupted, "interrupted"),
    ],
    environment: &[
        ("P2PM_PASSPHRASE", "See PASSPHRASE."),
        ("XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_RUNTIME_DIR", "See FILES."),
        ("TERM", "Where it is `dumb`, p2pm prints lines instead of drawing a screen, as it does in a pipe."),
        ("NO_COLOR", "If it is set, there are no colours."),
    ],
    files: &[
        (
            "$XDG_CONFIG_HOME/p2pm/PROFILE.json",
            "Settings: your name, and your circles with their passphrases. Below ~/.config unless the variable is \
             set. PROFILE is what --profile says.",
        ),
        (
            "$XDG_DATA_HOME/p2pm/PROFILE/identity.json",
            "The key by which others know you. Below ~/.local/share unless the variable is set. Whoever has it can \
             be you; without it, you are somebody new.",
        ),
        ("$XDG_DATA_HOME/p2pm/PROFILE/contacts.json", "Whom you have accepted, trusted and blocked."),
        ("$XDG_DATA_HOME/p2pm/PROFILE/sends.json", "Files and folders that wait to be taken."),
        (
            "~/Downloads/p2pm",
            "What you have taken, unless --save says another folder. What is not whole yet is in .p2pm-unfinished there.",
        ),
        (
            "$XDG_RUNTIME_DIR/p2pm/PROFILE.sock",
            "The control socket of the node that runs. Below /tmp/p2pm-UID if there is no such directory.",
        ),
    ],
    examples: &[
        ("p2pm", "Start your node, and talk. The first time it asks for a name and a passphrase."),
        ("p2pm --connect 192.0.2.7", "The same, with somebody who is not on your network."),
        ("p2pm up &", "Only run your node, for the commands below."),
        ("p2pm who --wait --timeout 30", "Look for others for half a minute, and show who is here."),
        ("p2pm send abdul 'dinner?'", "Send a text. The command ends once it was received."),
        ("dmesg --follow | p2pm send --all -", "Send each line to everyone, as it comes."),
        (
            r#"p2pm listen --json | jq -r 'select(.news == "said") | .text'"#,
            "Print what others write, and nothing else.",
        ),
        (
            "p2pm send abdul --file photo.jpg plans/",
            "Send a picture and a folder, and wait until they are there.",
        ),
        ("p2pm listen --save /srv/photos", "Take every file that is offered meanwhile."),
        ("p2pm doctor 192.0.2.7", "Nobody is found, and that address is not reached: ask why."),
    ],
    see_also: &["communityserver(1)", "nodeServer(1)", "client(1)"],
};

/// Command lines and manuals of the programs.
fn programs() -> [(Command, &'static Manual); 4] {
    [
        (Options::command(), &P2PM),
        (community::Options::command(), &community::MANUAL),
        (node::Options::command(), &node::MANUAL),
        (client::Options::command(), &client::MANUAL),
    ]
}

/// A file: its name, and what is in it.
struct Document {
    name: OsString,
    content: Vec<u8>,
}

/// `p2pm man`: prints the manual pages, or writes them into a directory.
pub(super) fn pages(directory: Option<&Path>) -> Exit {
    publish(
        directory,
        programs().map(|(command, manual)| Document {
            name: format!("{}.1", command.get_name()).into(),
            content: render(command, manual).into_bytes(),
        }),
    )
}

/// `p2pm completions`: the same with completions for a shell.
pub(super) fn completions(shell: Shell, directory: Option<&Path>) -> Exit {
    publish(
        directory,
        programs().map(|(mut command, _)| {
            let program = command.get_name().to_owned();
            let mut content = Vec::new();
            clap_complete::generate(shell, &mut command, &program, &mut content);
            Document { name: shell.file_name(&program).into(), content }
        }),
    )
}

fn publish(directory: Option<&Path>, documents: impl IntoIterator<Item = Document>) -> Exit {
    match documents.into_iter().try_for_each(|document| document.publish(directory)) {
        Ok(()) => Exit::Success,
        // Whoever reads them has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Success,
        Err(error) => {
            report(format_args!("p2pm: {error}"));
            Exit::Failure
        }
    }
}

impl Document {
    fn publish(&self, directory: Option<&Path>) -> io::Result<()> {
        let Some(directory) = directory else {
            return io::Write::write_all(&mut io::stdout(), &self.content);
        };
        let path = directory.join(&self.name);
        let written = fs::create_dir_all(directory).and_then(|()| fs::write(&path, &self.content));
        written.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }
}

//! A manual page, in the language of man(7).

use clap::{Arg, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Inline, Roff, bold, roman};

use super::{Entry, Manual};

/// Title that `clap_mangen` gives to the options of a command.
const OPTIONS: &str = ".SH OPTIONS\n";

/// The manual page of a program.
pub fn render(command: Command, manual: &Manual) -> String {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut page = opening(&command);
    if command.has_subcommands() {
        page += &Roff::new().control("SH", ["COMMANDS"]).to_roff();
        page += "Options that are described above are not described again.\n";
        page += &commands(&command, &command);
    }
    emphasise(&(page + &closing(manual).to_roff()))
}

/// The sections that follow from the command line.
fn opening(command: &Command) -> String {
    let name = command.get_name();
    let version = command.get_version().unwrap_or_default();
    let page = Man::new(introduced(command.clone()));
    // Without a date, which clap_mangen would leave out: what follows would take its place.
    let mut out = format!(".TH {name} 1 \"\" \"{name} {version}\" \"User Commands\"\n").into_bytes();
    let written = page
        .render_name_section(&mut out)
        .and_then(|()| Roff::new().control("SH", ["SYNOPSIS"]).text(usage(command)).to_writer(&mut out))
        .and_then(|()| page.render_description_section(&mut out))
        .and_then(|()| page.render_options_section(&mut out));
    text(written.map(|()| out))
}

/// What was written into a vector, which takes everything, as text.
fn text(written: std::io::Result<Vec<u8>>) -> String {
    String::from_utf8(written.unwrap_or_default()).unwrap_or_default()
}

/// A command without the first paragraph of its description, if there are more: it is under NAME already.
fn introduced(command: Command) -> Command {
    let long = command.get_long_about().map(ToString::to_string).unwrap_or_default();
    match long.split_once("\n\n") {
        Some((_, rest)) => command.long_about(rest.to_owned()),
        None => command,
    }
}

/// How a command is typed, as `--help` has it.
fn usage(command: &Command) -> Vec<Inline> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let usage = command.clone().render_usage().to_string();
    let usage = usage.trim_start_matches("Usage: ");
    vec![bold(name.clone()), roman(usage.strip_prefix(&name).unwrap_or(usage))]
}

/// The commands of a command, each with those below it, under subheadings.
fn commands(program: &Command, parent: &Command) -> String {
    let mut out = String::new();
    for command in parent.get_subcommands() {
        let own = command.clone().mut_args(|arg| {
            let is_shared = arg.get_id() == "help" || arg.is_global_set();
            arg.hide(is_shared)
        });
        let mut heading = Roff::new();
        heading.control("SS", []).text(usage(&own));
        let about = own.get_long_about().or(own.get_about()).map(ToString::to_string).unwrap_or_default();
        paragraphs(&mut heading, &about);
        out += &heading.to_roff();
        out += &options(own.mut_args(|arg| {
            let is_described = arg.is_hide_set() || is_described(program, &arg);
            arg.hide(is_described)
        }));
        out += &commands(program, command);
    }
    out
}

/// Whether an option of the program itself has this name and meaning.
fn is_described(program: &Command, arg: &Arg) -> bool {
    let help = |arg: &Arg| arg.get_help().map(ToString::to_string);
    program.get_arguments().any(|it| it.get_id() == arg.get_id() && help(it) == help(arg))
}

/// The options of a command, without a title.
fn options(command: Command) -> String {
    let mut out = Vec::new();
    let section = text(Man::new(command).render_options_section(&mut out).map(|()| out));
    section.split_once(OPTIONS).map(|(_, options)| options.to_owned()).unwrap_or_default()
}

fn paragraphs(out: &mut Roff, text: &str) {
    for (index, paragraph) in text.split("\n\n").enumerate() {
        if index > 0 {
            out.control("PP", []);
        }
        out.text([roman(paragraph)]);
    }
}

/// The sections that a command line does not know.
fn closing(manual: &Manual) -> Roff {
    let mut out = Roff::new();
    let (title, secrets) = manual.secrets;
    out.control("SH", [title]).text([roman(secrets)]);
    out.control("SH", ["EXIT STATUS"]);
    for (exit, meaning) in manual.exits {
        entry(&mut out, &(*exit as u8).to_string(), meaning);
    }
    for (title, entries) in
        [("ENVIRONMENT", manual.environment), ("FILES", manual.files), ("EXAMPLES", manual.examples)]
    {
        section(&mut out, title, entries);
    }
    out.control("SH", ["SEE ALSO"]);
    let pages = manual.see_also.iter().enumerate().flat_map(|(index, page)| {
        let (name, number) = page.split_at(page.find('(').unwrap_or(page.len()));
        [roman(if index == 0 { "" } else { ", " }), bold(name), roman(number)]
    });
    out.text(pages.collect::<Vec<_>>());
    out
}

fn section(out: &mut Roff, title: &str, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    out.control("SH", [title]);
    for (name, meaning) in entries {
        entry(out, name, meaning);
    }
}

fn entry(out: &mut Roff, name: &str, meaning: &str) {
    out.control("TP", []).text([bold(name)]).text([roman(meaning)]);
}

/// Sets in bold what stands `between backticks`.
fn emphasise(page: &str) -> String {
    let mut parts = page.split('`');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for (index, part) in parts.enumerate() {
        out += if index % 2 == 0 { r"\fB" } else { r"\fR" };
        out += part;
    }
    out
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;
    use p2pm_posix::exit::Exit;

    use super::*;

    /// Does things.
    ///
    /// Not many.
    #[derive(clap::Parser)]
    #[command(name = "tool", version = "1.2")]
    struct Tool {
        /// Where to
        #[arg(long, global = true)]
        to: Option<String>,
        /// How `fast`
        #[arg(long)]
        speed: Option<u8>,
        #[command(subcommand)]
        command: Option<Deed>,
    }

    #[derive(clap::Subcommand)]
    enum Deed {
        /// Go
        ///
        /// Away.
        Go {
            /// How `fast`
            #[arg(long)]
            speed: Option<u8>,
            /// Not forwards
            #[arg(long)]
            back: bool,
        },
        /// Stay or rest
        #[command(subcommand)]
        Stop(Stop),
    }

    #[derive(clap::Subcommand)]
    enum Stop {
        /// Stay
        Stay,
    }

    const MANUAL: Manual = Manual {
        secrets: ("PASSWORD", "There is none."),
        exits: &[(Exit::Success, "done"), (Exit::TimedOut, "too late")],
        environment: &[("TOOL", "Ignored.")],
        files: &[],
        examples: &[("tool go", ".leaves")],
        see_also: &["other(1)", "more(5)"],
    };

    fn page() -> String {
        render(Tool::command(), &MANUAL)
    }

    #[test]
    fn sections_are_in_the_usual_order_and_none_is_empty() {
        let page = page();
        let titles: Vec<_> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let expected = [
            "NAME",
            "SYNOPSIS",
            "DESCRIPTION",
            "OPTIONS",
            "COMMANDS",
            "PASSWORD",
            "\"EXIT STATUS\"",
            "ENVIRONMENT",
            "EXAMPLES",
            "\"SEE ALSO\"",
        ];
        assert_eq!(titles, expected);
    }

    #[test]
    fn what_is_said_once_is_not_said_again() {
        let page = page();
        for text in ["Does things", "Where to", "How \\fBfast\\fR", "Not forwards", "Not many."] {
            assert_eq!(page.matches(text).count(), 1, "{text} in\n{page}");
        }
    }

    #[test]
    fn commands_and_those_below_them_have_subheadings() {
        let page = page();
        for heading in [".SS\n\\fBtool go\\fR [OPTIONS]\nGo\n.PP\nAway.", "\\fBtool stop stay\\fR\nStay\n"] {
            assert!(page.contains(heading), "{heading} in\n{page}");
        }
    }

    #[test]
    fn no_text_is_taken_for_a_request() {
        assert!(page().contains("\n\\&.leaves\n"));
    }

    #[test]
    fn the_end_of_the_help_is_from_the_same_source() {
        assert_eq!(MANUAL.after_help(), "Exit status: 0 done, 124 too late.\n\nThere is none.");
    }
}

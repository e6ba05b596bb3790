//! Keys and news, and what the state is then.

use std::path::PathBuf;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::layout::Size;

use super::*;
use crate::face::file::tests::info;
use crate::face::term::graphics::Pictures;
use crate::node::{Answer, ErrorKind, FileInfo, FileState, News, Person};

fn person(name: &str, here: bool, trust: Trust) -> KnownPerson {
    let who = Person { name: Some(name.into()), tag: tag(name) };
    KnownPerson { who, here, trust, takes_files: false, address: None, circle: "home".into() }
}

fn tag(name: &str) -> String {
    format!("tag-{name}")
}

fn me() -> Me {
    Me { name: "katie".into(), tag: "mine".into(), addresses: Vec::new(), circles: vec!["home".into()] }
}

/// With Abdul, who is here, and Dora, who asks.
pub(in crate::face::term) fn app() -> App {
    let mut app = App::new(me(), Runs::Here, |_| "10:30".to_owned());
    app.set_people(me(), people());
    app
}

fn people() -> Vec<KnownPerson> {
    vec![person("abdul", true, Trust::Accepted), person("dora", false, Trust::Asks)]
}

/// Texts of all kinds, in each conversation.
pub(in crate::face::term) fn say_something(app: &mut App) {
    let to = vec![app.people[0].who.clone(), app.people[1].who.clone()];
    for chat in 0..app.chats.len() {
        for text in ["", "漢字😀 a\nb", &"long ".repeat(30), &"x".repeat(200)] {
            let to_all = chat == 0;
            let to = if to_all { to.clone() } else { vec![to[chat - 1].clone()] };
            app.handle_news(&we_said(to, to_all, text));
        }
    }
    hear(app, "abdul", true);
    hear(app, "漢字漢字漢字漢字漢字", false);
    app.paste(&"half ".repeat(50));
}

fn we_said(to: Vec<Person>, to_all: bool, text: &str) -> News {
    News::WeSaid { message: 3, to, not_to: Vec::new(), to_all, circle: None, text: text.into() }
}

fn press(app: &mut App, code: KeyCode, modifiers: KeyModifiers) -> Effect {
    app.handle_key(KeyEvent::new(code, modifiers))
}

fn alt(app: &mut App, key: char) -> Effect {
    press(app, KeyCode::Char(key), KeyModifiers::ALT)
}

fn control(app: &mut App, key: char) -> Effect {
    press(app, KeyCode::Char(key), KeyModifiers::CONTROL)
}

fn type_text(app: &mut App, text: &str) -> Effect {
    for letter in text.chars() {
        press(app, KeyCode::Char(letter), KeyModifiers::NONE);
    }
    press(app, KeyCode::Enter, KeyModifiers::NONE)
}

fn hear(app: &mut App, from: &str, to_all: bool) {
    let from = Person { name: Some(from.into()), tag: tag(from) };
    app.handle_news(&News::Said { from, to_all, circle: None, text: "dinner?".into(), missed: false });
}

#[test]
fn each_conversation_has_a_draft_of_its_own() {
    let mut app = app();
    press(&mut app, KeyCode::Char('x'), KeyModifiers::NONE);
    alt(&mut app, '1');
    assert_eq!(app.title(app.chat()), "abdul");
    assert_eq!(type_text(&mut app, "hello"), Effect::Say { chat: 1, text: "hello".into() });
    alt(&mut app, '0');
    assert_eq!(app.chat().typed(), "x");
    alt(&mut app, '9');
    assert_eq!(app.current, 0, "there is none");
}

#[test]
fn what_is_half_typed_is_not_lost_with_the_node() {
    let mut ended = app();
    press(&mut ended, KeyCode::Char('x'), KeyModifiers::NONE);
    alt(&mut ended, '1');
    press(&mut ended, KeyCode::Char('y'), KeyModifiers::NONE);
    ended.node_ended(None);
    assert_eq!(press(&mut ended, KeyCode::Enter, KeyModifiers::NONE), Effect::StartAgain);
    let mut app = app();
    app.continue_from(ended);
    assert_eq!((app.current, app.chat().typed().as_str()), (1, "y"));
    alt(&mut app, '0');
    assert_eq!(app.chat().typed(), "x");
}

#[test]
fn what_was_not_taken_is_in_the_draft_again() {
    let mut app = app();
    let error = Answer::error(ErrorKind::Nobody, "there is nobody to say it to");
    app.said(&With::Everyone(None), "hello", &error);
    assert_eq!((app.chat().typed().as_str(), app.notice.as_str()), ("hello", "there is nobody to say it to"));
    assert!(app.chat().entries.is_empty());
}

#[test]
fn what_could_not_be_sent_is_in_the_line_where_it_was_typed() {
    let mut app = app();
    for (kind, typed) in [(ErrorKind::Usage, "/send no such"), (ErrorKind::Unavailable, "")] {
        alt(&mut app, '1');
        let Effect::Ask(ask) = type_text(&mut app, "/send no such") else { panic!("a request") };
        alt(&mut app, '0');
        app.take_answer(&Question::Command(ask), Answer::error(kind, "No such file"));
        assert_eq!((app.chat().typed(), app.chats[1].typed().as_str()), (String::new(), typed));
        control(&mut app, 'u');
        alt(&mut app, '1');
        control(&mut app, 'u');
    }
}

#[test]
fn what_is_new_is_counted_until_it_is_looked_at() {
    let mut app = app();
    hear(&mut app, "abdul", false);
    hear(&mut app, "abdul", false);
    hear(&mut app, "abdul", true);
    assert_eq!(app.chats.iter().map(|chat| chat.unread).collect::<Vec<_>>(), [0, 2, 0]);
    alt(&mut app, 'a');
    assert_eq!((app.current, app.chat().unread), (1, 0));
    alt(&mut app, 'a');
    assert_eq!(app.current, 2, "Dora asks");
}

#[test]
fn whoever_asks_is_decided_on_with_a_key() {
    let mut app = app();
    app.people.push(person("zoe", false, Trust::Asks));
    app.set_people(me(), app.people.clone());
    assert_eq!(
        alt(&mut app, 'y'),
        Effect::Ask(Ask::Accept { name: tag("dora") }),
        "the first, from anywhere"
    );
    assert!(app.take_people_changed());
    alt(&mut app, '3');
    assert_eq!(alt(&mut app, 'n'), Effect::Ask(Ask::Deny { name: tag("zoe") }), "whoever is looked at");
    assert_eq!(
        type_text(&mut app, "a bad day"),
        Effect::Say { chat: 3, text: "a bad day".into() },
        "a text decides nothing"
    );
    app.set_people(me(), vec![person("dora", true, Trust::Accepted)]);
    assert_eq!(alt(&mut app, 'y'), Effect::Nothing);
    assert!(app.chat().draft.is_empty());
}

#[test]
fn nothing_is_lost_by_quitting_without_a_warning() {
    let mut app = app();
    let to = vec![app.people[0].who.clone()];
    app.handle_news(&we_said(to.clone(), false, "at eight"));
    app.set_people(me(), vec![person("abdul", false, Trust::Accepted)]);
    for quit in [|app: &mut App| control(app, 'd'), |app: &mut App| type_text(app, "/quit")] {
        assert_eq!(quit(&mut app), Effect::Nothing);
        assert!(app.notice.starts_with("1 message waits"), "{}", app.notice);
        press(&mut app, KeyCode::Esc, KeyModifiers::NONE);
    }
    control(&mut app, 'd');
    assert_eq!(control(&mut app, 'd'), Effect::Quit);
    app.handle_news(&News::Received { message: 3, by: to[0].clone() });
    assert_eq!(control(&mut app, 'd'), Effect::Quit);
}

#[test]
fn receipts_are_shown_where_the_text_was_said() {
    let mut app = app();
    let to = vec![app.people[0].who.clone()];
    app.handle_news(&we_said(to.clone(), false, "at eight"));
    app.handle_news(&News::Received { message: 3, by: to[0].clone() });
    let Content::Ours(message) = &app.chats[1].entries[0].content else { panic!("a message") };
    assert_eq!(message.mark(|_| true), "✓");
}

#[test]
fn what_has_failed_is_sent_again_with_enter() {
    let mut app = app();
    let to = vec![app.people[0].who.clone()];
    app.handle_news(&we_said(to.clone(), false, "at eight"));
    alt(&mut app, '1');
    assert_eq!(type_text(&mut app, ""), Effect::Nothing);
    app.handle_news(&News::Failed { message: 3, to: to[0].clone() });
    assert_eq!(type_text(&mut app, ""), Effect::Say { chat: 1, text: "at eight".into() });
    assert!(app.chat().entries.is_empty());
}

#[test]
fn nobody_quits_by_mistake() {
    let mut app = app();
    press(&mut app, KeyCode::Char('x'), KeyModifiers::NONE);
    assert_eq!(control(&mut app, 'd'), Effect::Nothing);
    assert_eq!(control(&mut app, 'c'), Effect::Nothing);
    assert!(app.chat().draft.is_empty(), "it is cleared first");
    assert_eq!(control(&mut app, 'c'), Effect::Nothing);
    press(&mut app, KeyCode::Char('x'), KeyModifiers::NONE);
    control(&mut app, 'c');
    assert_eq!(control(&mut app, 'c'), Effect::Nothing);
    assert_eq!(control(&mut app, 'c'), Effect::Quit);
    assert_eq!(control(&mut app, 'd'), Effect::Quit);
}

#[test]
fn what_is_typed_over_an_overlay_is_whole() {
    let mut app = app();
    app.show(Overlay::Help(0));
    assert_eq!(type_text(&mut app, "/to abdul"), Effect::Nothing, "nobody is said `to abdul`");
    assert_eq!((app.current, app.overlay.is_none()), (1, true));
    for code in [KeyCode::Esc, KeyCode::Enter, KeyCode::Char('q'), KeyCode::Char(' '), KeyCode::Tab] {
        app.show(Overlay::Help(0));
        assert_eq!(press(&mut app, code, KeyModifiers::NONE), Effect::Nothing);
        assert!(app.overlay.is_none() && app.chat().draft.is_empty(), "{code} closes it, and no more");
    }
    app.show(Overlay::Help(0));
    app.paste("/who");
    assert!(app.overlay.is_none(), "what is pasted is seen");
    assert_eq!(app.chat().typed(), "/who");
}

#[test]
fn the_list_of_keys_is_moved_within_what_there_is() {
    let mut app = app();
    app.show(Overlay::Help(0));
    let keys = [
        (KeyCode::Down, KeyModifiers::NONE, 1),
        (KeyCode::Char('n'), KeyModifiers::CONTROL, 2),
        (KeyCode::PageDown, KeyModifiers::NONE, 7),
        (KeyCode::PageDown, KeyModifiers::NONE, 9),
        (KeyCode::PageUp, KeyModifiers::NONE, 4),
        (KeyCode::Char('p'), KeyModifiers::CONTROL, 3),
        (KeyCode::Up, KeyModifiers::NONE, 2),
    ];
    for (code, modifiers, row) in keys {
        let Effect::ScrollHelp(step) = press(&mut app, code, modifiers) else { panic!("{code}") };
        app.scroll_help(step, 5, 9);
        assert!(matches!(app.overlay, Some(Overlay::Help(first)) if first == row), "{code}");
    }
    app.scroll_help(Step { is_up: true, is_page: false }, 20, 0);
    assert!(app.overlay.is_none(), "where all is shown, there is nothing to move");
}

#[test]
fn what_is_pasted_is_one_message() {
    let mut app = app();
    app.paste("one\r\ntwo\rthree\n");
    assert_eq!(type_text(&mut app, ""), Effect::Say { chat: 0, text: "one\ntwo\nthree".into() });
}

#[test]
fn commands_are_those_of_every_face() {
    let mut app = app();
    assert_eq!(type_text(&mut app, "/who"), Effect::Ask(Ask::Who {}));
    assert_eq!(type_text(&mut app, "/doctor"), Effect::Examine);
    assert_eq!(type_text(&mut app, "/to abdul"), Effect::Nothing);
    assert_eq!(app.current, 1);
    type_text(&mut app, "/to moth");
    assert_eq!((app.current, app.notice.as_str()), (1, "there is no moth"));
    assert_eq!(
        type_text(&mut app, "/verify"),
        Effect::Ask(Ask::Verify { name: tag("abdul"), same: false }),
        "whoever is looked at"
    );
    assert_eq!(type_text(&mut app, "/quit"), Effect::Quit);
}

#[test]
fn what_is_typed_to_somebody_goes_to_nobody_else() {
    let mut app = app();
    alt(&mut app, '1');
    let abdul = app.people[0].who.clone();
    app.handle_news(&News::Forgotten { who: abdul });
    app.set_people(me(), vec![person("dora", false, Trust::Asks)]);
    assert_eq!(
        type_text(&mut app, "the code is 1234"),
        Effect::Say { chat: 1, text: "the code is 1234".into() },
        "which the node does not know any more"
    );
    assert_eq!(app.title(app.chat()), tag("abdul"));
    alt(&mut app, '0');
    app.set_people(me(), Vec::new());
    assert_eq!(app.chats.len(), 1, "nothing was said to them, nor to a stranger who is gone");
}

#[test]
fn contacts_come_before_whoever_asks() {
    let mut app = app();
    app.set_people(me(), vec![person("dora", false, Trust::Asks), person("zoe", false, Trust::Asks)]);
    alt(&mut app, '2');
    let people = [("zoe", Trust::Asks), ("abdul", Trust::Accepted), ("dora", Trust::Accepted)];
    app.set_people(me(), people.map(|(name, trust)| person(name, false, trust)).into());
    let titles: Vec<_> = app.chats.iter().map(|chat| app.title(chat)).collect();
    assert_eq!(
        (titles.join(" "), app.current),
        ("everyone dora abdul zoe".into(), 3),
        "the same is looked at"
    );
}

#[test]
fn who_is_known_is_asked_again_when_the_user_has_decided_elsewhere() {
    let mut app = app();
    app.people_changed = false;
    let who = person("dora", false, Trust::Asks).who;
    app.handle_news(&News::Decided { who, trust: Trust::Accepted, takes_files: false });
    assert!(app.people_changed);
}

#[test]
fn what_may_have_been_said_is_not_said_again() {
    let mut app = app();
    let error = |kind| Answer::error(kind, "no");
    app.said(&With::Everyone(None), "once", &error(ErrorKind::Unavailable));
    assert!(app.chat().draft.is_empty());
    app.paste("typed since");
    app.said(&With::Everyone(None), "/x ", &error(ErrorKind::TooLong));
    assert_eq!(app.chat().typed(), "//x typed since", "it was begun with two");
}

#[test]
fn two_of_one_name_are_told_apart() {
    let mut app = app();
    let mut other = person("abdul", false, Trust::Accepted);
    other.who.tag = "9b1d-v6ra".into();
    app.set_people(me(), vec![app.people[0].clone(), other.clone()]);
    type_text(&mut app, "/to abdul");
    assert_eq!((app.current, app.notice.as_str()), (0, "several are called abdul: abdul·tag-, abdul·9b1d"));
    let strangers = [("9b1d-v6ra", Trust::Asks), ("5s4m-tn2x", Trust::Blocked)].map(|(tag, trust)| {
        let who = Person { tag: tag.into(), ..other.who.clone() };
        KnownPerson { who, trust, ..other.clone() }
    });
    app.set_people(me(), [vec![app.people[0].clone()], strangers.into()].concat());
    type_text(&mut app, "/to abdul");
    assert_eq!((app.current, app.notice.as_str()), (1, ""), "no stranger takes it away");
    app.go(0);
    app.set_people(me(), vec![app.people[0].clone(), other.clone()]);
    type_text(&mut app, "/to 9b1d");
    assert_eq!(app.title(app.chat()), "abdul·9b1d");
    assert_eq!((app.handle(&other.who), app.handle(&person("zoe", true, Trust::Asks).who)), ("9b1d", "zoe"));
    assert_eq!(app.called(&person("katie", true, Trust::Asks).who), "katie·tag-", "that is the user's own");
}

#[test]
fn whoever_quits_starts_no_node_again() {
    let mut app = app();
    app.node_ended(None);
    assert_eq!(type_text(&mut app, "hello"), Effect::StartAgain);
    control(&mut app, 'c');
    assert_eq!(type_text(&mut app, "/quit"), Effect::Quit);
}

#[test]
fn without_a_node_nobody_asks_or_is_here() {
    let mut app = app();
    assert_eq!(app.asker().map(|person| person.who.tag.clone()), Some(tag("dora")));
    app.node_ended(None);
    app.take_answer(&Question::People, Answer::Who { me: me(), people: people() });
    assert!(app.asker().is_none() && !app.is_here(&tag("abdul")), "an answer from before changes nothing");
    assert!(!app.wants_attention(&app.chats[2]));
    assert_eq!(alt(&mut app, 'y'), Effect::Nothing);
}

/// The last line of a conversation, which is no text.
fn last_note(app: &App, chat: usize) -> &str {
    match &app.chats[chat].entries.back().expect("a line").content {
        Content::Note(text) | Content::File { text, .. } => text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn who_asks_is_introduced_with_a_tag_that_no_name_imitates() {
    let mut app = app();
    let who = |name: &str| Person { name: Some(name.into()), tag: "kgke-9b1d-v6ra".into() };
    app.handle_news(&News::Asks { who: who("tom") });
    assert_eq!(last_note(&app, 0), "tom (kgke…) asks to join");
    app.handle_news(&News::Asks { who: who("abdul (tqc9…)") });
    assert_eq!(last_note(&app, 0), "kgke…, under the name abdul (tqc9…), asks to join");
}

#[test]
fn that_another_goes_by_a_name_is_said_to_whoever_writes_to_either() {
    let mut app = app();
    let other = Person { name: Some("abdul".into()), tag: "9b1d-v6ra".into() };
    app.handle_news(&News::NameTaken { who: other, by: app.people[0].who.clone() });
    for chat in [0, 1, 3] {
        assert_eq!(last_note(&app, chat), "abdul (9b1d…) is not abdul (tag-…), whom you know by that name");
    }
    assert!(app.chats[2].entries.is_empty());
    let third = Person { name: Some("katie".into()), tag: "5s4m-tn2x".into() };
    app.handle_news(&News::OwnNameTaken { who: third });
    for chat in [0, 4] {
        assert_eq!(last_note(&app, chat), "katie (5s4m…) goes by your own name, and is not you");
    }
}

#[test]
fn whoever_offers_a_file_waits_for_a_decision() {
    let mut app = app();
    app.set_people(me(), vec![app.people[0].clone()]);
    let news = |state| News::File { file: info("a\u{202e}.jpg"), state };
    app.tell("done");
    app.handle_news(&news(FileState::Offered { preview: None }));
    assert_eq!(app.notice, "", "the keys for it are to be seen");
    assert_eq!(last_note(&app, 1), "abdul offers a\u{fffd}.jpg, 2.0 MB: /take 3 or /cancel 3");
    assert_eq!(last_note(&app, 0), last_note(&app, 1), "everyone is looked at");
    assert_eq!(app.chats[1].unread, 1);
    assert_eq!(alt(&mut app, 'y'), Effect::Ask(Ask::TakeFile { file: 3, into: None, or_refuse: false }));
    assert_eq!(alt(&mut app, 'n'), Effect::Ask(Ask::CancelFile { file: 3 }));
    alt(&mut app, '1');
    app.handle_news(&news(FileState::Accepted));
    assert_eq!((alt(&mut app, 'y'), app.files_under_way().count()), (Effect::Nothing, 1), "it is decided on");
    app.handle_news(&news(FileState::Moving { done: 1 }));
    assert_eq!((app.chats[1].entries.len(), app.files_under_way().count()), (1, 1), "in its place");
    app.handle_news(&news(FileState::Stored { path: Some("/home/a.jpg".into()) }));
    assert_eq!(last_note(&app, 1), "a\u{fffd}.jpg from abdul is at /home/a.jpg");
    assert_eq!((app.chats[1].unread, app.files_under_way().count()), (0, 0));
}

#[test]
fn what_goes_on_with_a_file_is_told_to_whoever_looks_elsewhere() {
    let mut app = app();
    let tell = |app: &mut App, state| app.handle_news(&News::File { file: info("a\u{202e}.jpg"), state });
    let paused = || FileState::Paused { done: 380_000, why: "no space".into() };
    tell(&mut app, FileState::Offered { preview: None });
    for state in [FileState::Accepted, FileState::Moving { done: 1 }, FileState::Accepted] {
        tell(&mut app, state);
        assert_eq!(last_note(&app, 0), "a\u{fffd}.jpg comes from abdul: Alt-1 shows how far it is");
        assert_eq!(app.chats[0].entries.len(), 2, "it is said once");
    }
    for _ in 0..2 {
        tell(&mut app, paused());
        assert_eq!(last_note(&app, 0), "a\u{fffd}.jpg waits at 19 %: no space (file 3)");
        assert_eq!(app.chats[0].entries.len(), 3, "so is this");
    }
    assert_eq!(app.chats[1].entries.len(), 1, "where the file is shown on its way, that says it");
    alt(&mut app, '1');
    tell(&mut app, FileState::Moving { done: 380_000 });
    tell(&mut app, paused());
    assert_eq!((app.chats[0].entries.len(), app.chats[1].entries.len()), (3, 1));
}

#[test]
fn whoever_asks_is_decided_on_before_a_file() {
    let mut app = app();
    app.handle_news(&News::File { file: info("a.jpg"), state: FileState::Offered { preview: None } });
    assert_eq!(alt(&mut app, 'y'), Effect::Ask(Ask::Accept { name: tag("dora") }));
    let mut app = self::app();
    app.handle_news(&News::File {
        file: FileInfo { ours: true, ..info("a.jpg") },
        state: FileState::Offered { preview: None },
    });
    app.set_people(me(), vec![app.people[0].clone()]);
    assert_eq!(alt(&mut app, 'y'), Effect::Nothing, "nobody decides on a file of their own");
}

#[test]
fn the_picture_that_came_last_is_looked_for_wherever_it_can_be_viewed() {
    for (pictures, can_view) in [(Pictures::Kitty, true), (Pictures::Blocks, false), (Pictures::None, false)]
    {
        let mut app = app();
        let without_colour = |name: &str| if name == "NO_COLOR" { "1" } else { "" }.to_owned();
        app.means = Means::told_by(Some(pictures), without_colour);
        let path = PathBuf::from("/home/a.jpg");
        let state = FileState::Stored { path: Some(path.clone()) };
        app.handle_news(&News::File { file: info("a.jpg"), state });
        let wanted = can_view.then_some(Wanted::Small { file: 3, path });
        assert_eq!(app.take_wanted(Size::default), wanted.into_iter().collect::<Vec<_>>(), "{pictures:?}");
    }
}

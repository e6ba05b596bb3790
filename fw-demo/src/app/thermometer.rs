//! Example of an application: a thermometer in a circle.

use core::fmt::Write;

use p2pm_core::node::Known;
use p2pm_core::time::Instant;

use super::circle::{Application, Words};

/// From so many degrees on there is an alarm.
const HOT: i16 = 60;
/// Degrees at the start.
const MILD: i16 = 21;

/// A thermometer that answers `temp?` and raises an alarm to everyone when it is hot. Its sensor is whoever types
/// `temp 85` on the console; a device with a real one would read that in [`say_all`](Application::say_all), and say when
/// to read it next as its deadline.
#[derive(Debug)]
pub struct Thermometer {
    /// Celsius.
    degrees: i16,
    was_hot: bool,
}

impl Default for Thermometer {
    fn default() -> Self {
        Self { degrees: MILD, was_hot: false }
    }
}

impl Application for Thermometer {
    fn on_text(&mut self, _: &Known, text: &str) -> Option<Words> {
        text.trim().eq_ignore_ascii_case("temp?").then(|| self.words(""))
    }

    fn on_line(&mut self, line: &str) -> bool {
        let degrees = line.trim().strip_prefix("temp ").and_then(|degrees| degrees.trim().parse().ok());
        self.degrees = degrees.unwrap_or(self.degrees);
        degrees.is_some()
    }

    fn say_all(&mut self, _: Instant) -> Option<Words> {
        let is_hot = self.degrees >= HOT;
        let has_changed = core::mem::replace(&mut self.was_hot, is_hot) != is_hot;
        has_changed.then(|| self.words(if is_hot { "alarm: " } else { "no alarm any more: " }))
    }
}

impl Thermometer {
    fn words(&self, before: &str) -> Words {
        let mut words = Words::new();
        // There is room.
        _ = write!(words, "{before}{} °C", self.degrees);
        words
    }
}

#[cfg(test)]
mod tests {
    use p2pm_core::wire::PublicKey;

    use super::*;

    #[test]
    fn it_answers_one_question_and_raises_each_alarm_once() {
        let (mut it, somebody, now) =
            (Thermometer::default(), Known::of(PublicKey([0; 32])), Instant::default());
        let answer = |it: &mut Thermometer, text| it.on_text(&somebody, text);
        assert_eq!(answer(&mut it, " Temp? ").as_deref(), Some("21 °C"));
        assert_eq!(answer(&mut it, "21 °C"), None, "two of them do not talk for ever");
        assert_eq!(it.say_all(now), None);
        for (line, is_understood, said) in [
            ("temp 85", true, Some("alarm: 85 °C")),
            ("temp 90", true, None),
            ("temp high", false, None),
            ("temp -5", true, Some("no alarm any more: -5 °C")),
        ] {
            assert_eq!(it.on_line(line), is_understood, "{line}");
            assert_eq!(it.say_all(now).as_deref(), said, "{line}");
            assert_eq!(it.say_all(now), None, "{line}: it was said");
        }
    }
}

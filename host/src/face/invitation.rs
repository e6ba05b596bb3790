//! What is told to whoever is to join a circle: its passphrase, as text and as a QR code.

use std::fmt;

use qrcode::render::unicode::Dense1x2;
use qrcode::{Color, EcLevel, QrCode};
use zeroize::Zeroizing;

use super::launch;
use super::options::LaunchOptions;
use super::shown::Shown;
use crate::config::profile::{Circle, ProfileName};
use crate::node::{Answer, Ask};
use crate::triad::shell::Stop;

/// A circle that others are to join.
pub(super) struct Invitation {
    pub(super) circle: Circle,
}

impl Invitation {
    /// To a circle of the node that a face shows; without a name, to the one that is meant there where none is named, which
    /// need not be the current one of the settings.
    pub(super) fn of_node(
        node: &Shown,
        circle: Option<String>,
        profile: &ProfileName,
        options: &LaunchOptions,
    ) -> Result<Self, Stop> {
        let current = || match node.ask(Ask::Who {}) {
            Answer::Who { me, .. } => me.circles.into_iter().next(),
            _ => None,
        };
        Self::to(circle.or_else(current).as_deref(), profile, options)
    }

    /// To a circle of the user's; without a name, to the current one.
    pub(super) fn to(
        circle: Option<&str>,
        profile: &ProfileName,
        options: &LaunchOptions,
    ) -> Result<Self, Stop> {
        Self::among(launch::circles(profile, options)?, circle)
    }

    fn among(known: Vec<Circle>, circle: Option<&str>) -> Result<Self, Stop> {
        let is_meant = |it: &Circle| circle.is_none_or(|circle| circle == it.name.as_str());
        match known.into_iter().find(is_meant) {
            Some(circle) => Ok(Self { circle }),
            None => Err(Stop::Usage(match circle {
                Some(circle) => format!("the passphrase of a circle {circle} is not known here"),
                None => "no passphrase is known here".to_owned(),
            })),
        }
    }

    /// The passphrase as text.
    pub(super) fn passphrase(&self) -> Zeroizing<String> {
        self.circle.passphrase.reveal()
    }

    /// The modules of that code, in rows without a margin: `1` is dark. No rows if the passphrase is too long for one.
    pub(super) fn modules(&self) -> Vec<String> {
        let Ok(code) = QrCode::with_error_correction_level(self.passphrase().as_bytes(), EcLevel::L) else {
            return Vec::new();
        };
        let digit = |colour: &Color| colour.select('1', '0');
        code.to_colors().chunks(code.width()).map(|row| row.iter().map(digit).collect()).collect()
    }

    /// The passphrase as a QR code (ISO/IEC 18004), in rows of half blocks: light where the terminal writes, and dark where it
    /// does not. No rows if it is too long for one.
    pub(super) fn qr_code(&self) -> Vec<String> {
        // A screen is clean, so the fewest rows are best.
        let Ok(code) = QrCode::with_error_correction_level(self.passphrase().as_bytes(), EcLevel::L) else {
            return Vec::new();
        };
        let picture =
            code.render::<Dense1x2>().dark_color(Dense1x2::Light).light_color(Dense1x2::Dark).build();
        picture.lines().map(str::to_owned).collect()
    }
}

impl fmt::Display for Invitation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.qr_code().iter().try_for_each(|row| writeln!(f, "{row}"))?;
        f.write_str(&self.passphrase())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_other_circle_stands_for_one_that_is_not_known() {
        let known = || {
            let circle = |(name, passphrase): (&str, &str)| Circle {
                name: name.parse().unwrap(),
                passphrase: passphrase.parse().unwrap(),
            };
            [("home", "47-coral-tulip-anvil-mocha"), ("work", "48-coral-tulip-anvil-mocha")]
                .map(circle)
                .into()
        };
        let to = |circle| Invitation::among(known(), circle).map(|it| it.passphrase().to_string()).ok();
        assert_eq!(to(Some("work")).as_deref(), Some("48-coral-tulip-anvil-mocha"));
        assert_eq!(to(None).as_deref(), Some("47-coral-tulip-anvil-mocha"));
        assert_eq!(to(Some("home 2")), None);
    }

    #[test]
    fn a_code_fits_on_a_small_screen() {
        let passphrase = "9999-abdominal-abdominal-abdominal-abdominal".parse().unwrap();
        let invitation = Invitation { circle: Circle { name: "home".parse().unwrap(), passphrase } };
        let rows = invitation.qr_code();
        assert!((10..=20).contains(&rows.len()), "{}", rows.len());
        assert!(rows.iter().all(|row| row.chars().count() == rows[0].chars().count()));
        assert!(rows[0].chars().all(|half| half == '█'), "a margin that is light");
    }
}

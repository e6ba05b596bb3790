//! A device on a TAP interface and the programs of Linux, each test on a network of its own.
//!
//! Requires root; otherwise every test reports that it is skipped.

mod cast;
mod chat;
mod circle;
mod cut;
mod discovery;
mod dying_server;
mod loss;
mod meeting;
mod start;
mod wire;

/// Every test, with both suites.
macro_rules! with_both_suites {
    ($($module:ident::$story:ident)*) => {
        mod sealed {
            $(#[test]
            fn $story() {
                crate::$module::$story(crate::cast::Site::sealed);
            })*
        }

        mod xor {
            $(#[test]
            fn $story() {
                crate::$module::$story(crate::cast::Site::xor);
            })*
        }
    };
}

with_both_suites! {
    chat::a_client_and_a_node_on_the_device_take_turns
    chat::a_client_and_a_node_on_the_device_write_at_any_time
    chat::the_device_sends_back_what_it_hears
    chat::what_a_terminal_would_obey_is_not_shown
    chat::the_device_calls_a_node_on_linux
    chat::input_that_ends_ends_a_call_but_only_after_the_answer
    chat::a_second_caller_is_told_busy_by_device_and_linux
    chat::a_wrong_password_is_refused_both_ways
    chat::a_call_that_cannot_connect_is_a_failure
    chat::the_way_to_another_network_is_through_the_gateway
    chat::told_to_end_the_device_says_goodbye
    meeting::the_device_is_on_the_list_but_during_a_chat
    meeting::a_device_that_is_not_wanted_says_so
    meeting::a_device_that_has_to_wait_for_others_guesses_waits
    meeting::a_meeting_place_that_comes_back_has_the_device_again
    meeting::sixteen_meet_at_the_device_and_the_seventeenth_is_told_that_it_is_full
    loss::whatever_the_wire_does_all_that_is_said_is_heard
}

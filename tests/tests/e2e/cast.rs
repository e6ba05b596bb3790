//! The programs of the story, started as a user starts them.

pub use p2pm_tests::machine::Machine;
use p2pm_tests::machine::number_after;
use p2pm_tests::pty::Terminal;

pub const SERVER_PASSWORD: &str = "password";
pub const KATIES_PASSWORD: &str = "barbeau";

/// A `communityserver` for so many users, and its port.
pub fn server(users: usize) -> (Terminal, u16) {
    let machine = Machine::new();
    let mut command = machine.command("communityserver");
    command.args(["--listen", "127.0.0.1:0", "--users", &users.to_string()]);
    command.env("P2PM_PASSWORD", SERVER_PASSWORD);
    let mut server = machine.run_alone(command);
    server.expect("listening on 127.0.0.1:");
    server.expect("\n");
    let port = number_after(&server.screen(), "listening on 127.0.0.1:");
    (server, port)
}

/// Option 1 of the menu, to the prompt that comes after the list.
pub fn meet(client: &mut Terminal, server: u16, port: u16, name: &str) {
    client.expect("Selection: ");
    client.send_line("1");
    client.expect("Enter the ip address to connect to\n");
    client.send_line("127.0.0.1");
    client.expect("Enter port number to of server\n");
    client.send_line(&server.to_string());
    client.expect("-----\nPlease enter password: ");
    client.send_line(SERVER_PASSWORD);
    client.expect("Welcome inside, Enter your local port number: ");
    client.send_line(&port.to_string());
    client.expect("Enter username: ");
    client.send_line(name);
    client.expect("menu for the menu: ");
}

/// Option 1 once more, with every answer as before.
pub fn meet_again(client: &mut Terminal, server: u16, port: u16, name: &str) {
    client.expect("Selection: ");
    client.send_line("1");
    client.expect(&format!("Enter the ip address to connect to [127.0.0.1:{server}]\n"));
    client.send_line("");
    client.expect("-----\nPlease enter password (Enter for the same): ");
    client.send_line("");
    client.expect(&format!("Welcome inside, Enter your local port number [{port}]: "));
    client.send_line("");
    client.expect(&format!("Enter username [{name}]: "));
    client.send_line("");
    client.expect("menu for the menu: ");
}

/// Option 2 of the menu, to the password.
pub fn call(client: &mut Terminal, port: u16, password: &str) {
    client.expect("Selection: ");
    client.send_line("2");
    client.expect("Enter the ip address to connect to: ");
    client.send_line("0.0.0.0");
    client.expect("Enter port number to of server: ");
    client.send_line(&port.to_string());
    client.expect("-----\nPlease enter password:\n");
    client.send_line(password);
}
